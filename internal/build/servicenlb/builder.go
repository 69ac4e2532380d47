package servicenlb

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// serviceUnit begins the keys of units.
const serviceUnit = "nlb/service/"

// Builder builds the units of Services with network load balancers. It holds no state but its options.
type Builder struct {
	options  Options
	registry *annotation.Registry
}

var _ build.Builder = (*Builder)(nil)

// New makes a builder.
func New(o Options) *Builder { return &Builder{options: o, registry: nlb.Registry()} }

// Units lists the units of all Services that are ours or were meant to be. It looks at every Service once.
func (b *Builder) Units(in build.Input) []string {
	var out []string
	for _, svc := range in.Objects.Services() {
		if b.concerns(svc) {
			out = append(out, unitOf(svc))
		}
	}
	return out
}

// UnitsOf lists the units that an object takes part in: a Service's own, and those of Services whose actions may name it.
// Endpoints and nodes change targets only and are followed by their target groups, so they are in no unit.
func (b *Builder) UnitsOf(in build.Input, k objects.Key) []string {
	if k.Kind != objects.KindService {
		return nil
	}
	var out []string
	if svc := in.Objects.Service(k.Name); svc != nil && b.concerns(svc) {
		out = append(out, unitOf(svc))
	}
	for _, n := range in.Objects.ServicesAnnotated(objects.FamilyNLBActions) {
		svc := in.Objects.Service(n)
		if n.Namespace == k.Namespace && n != k.Name && b.concerns(svc) && mayName(svc, k.Name.Name) {
			out = append(out, unitOf(svc))
		}
	}
	slices.Sort(out)
	return out
}

func (b *Builder) concerns(svc *corev1.Service) bool {
	var found diag.Collector
	return b.judge(svc, &found) != others || len(found.Sorted()) > 0
}

func unitOf(svc *corev1.Service) string { return serviceUnit + svc.Namespace + "/" + svc.Name }

// mayName says whether an action of a Service may name another one: JSON can write any letter with a backslash.
func mayName(svc *corev1.Service, name string) bool {
	for key, raw := range svc.Annotations {
		if strings.HasPrefix(key, objects.FamilyNLBActions) && (strings.Contains(raw, name) || strings.Contains(raw, `\`)) {
			return true
		}
	}
	return false
}

// Build builds one unit.
func (b *Builder) Build(in build.Input, key string) build.Unit {
	unit := build.Unit{Key: key}
	name, ok := strings.CutPrefix(key, serviceUnit)
	namespace, short, both := strings.Cut(name, "/")
	if !ok || !both {
		return unit
	}
	svc := in.Objects.Service(objects.Name{Namespace: namespace, Name: short})
	if svc == nil {
		return unit
	}
	return b.buildService(in, svc, key)
}
