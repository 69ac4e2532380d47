package ingressalb

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// First parts of unit keys.
const (
	groupUnit   = "alb/group/"
	ingressUnit = "alb/ingress/"
)

// Builder builds the units of class alb. It holds no state but its options.
type Builder struct {
	options  Options
	registry *annotation.Registry
}

var _ build.Builder = (*Builder)(nil)

// New makes a builder.
func New(o Options) *Builder { return &Builder{options: o, registry: alb.Registry()} }

// Units lists the group units and, for every Ingress that is ours or was meant to be, its own unit. It looks at every
// Ingress once.
func (b *Builder) Units(in build.Input) []string {
	var out []string
	for _, ing := range in.Objects.Ingresses() {
		out = append(out, b.unitsOfIngress(in.Objects, ing)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unitsOfIngress lists an Ingress's own unit and that of its group.
func (b *Builder) unitsOfIngress(set *objects.Set, ing *networkingv1.Ingress) []string {
	p := b.place(set, ing, &diag.Collector{})
	if !p.concerns {
		return nil
	}
	out := []string{ingressUnit + ing.Namespace + "/" + ing.Name}
	if p.group != "" {
		out = append(out, groupUnit+p.group)
	}
	return out
}

// UnitsOf lists the units that an object takes part in, and those of groups that may be told that a load balancer name is
// taken. Endpoints and nodes change targets only and are followed by
// their target groups, so they are in no unit.
func (b *Builder) UnitsOf(in build.Input, k objects.Key) []string {
	var out []string
	for _, n := range b.ingressesOf(in.Objects, k) {
		if ing := in.Objects.Ingress(n); ing != nil {
			out = append(out, b.unitsOfIngress(in.Objects, ing)...)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if mayChangeClaims(k.Kind) {
		return b.withRivals(in.Objects, out)
	}
	return out
}

// ingressesOf lists the Ingresses that an object may have a part in.
func (b *Builder) ingressesOf(set *objects.Set, k objects.Key) []objects.Name {
	switch k.Kind {
	case objects.KindIngress:
		return []objects.Name{k.Name}
	case objects.KindIngressClass:
		// Whether the class is the default one may be what changes, so classless Ingresses are in question too.
		return append(set.IngressesOfClass(k.Name.Name), set.IngressesOfClass("")...)
	case objects.KindIngressClassParams:
		return b.ingressesOfParams(set, k.Name.Name)
	case objects.KindService:
		return ingressesOfService(set, k.Name)
	case objects.KindSecret:
		return ingressesOfSecret(set, k.Name)
	case objects.KindNamespace:
		return ingressesOfNamespace(set, k.Name.Name)
	}
	return nil
}

func (b *Builder) ingressesOfParams(set *objects.Set, params string) []objects.Name {
	var out []objects.Name
	for _, class := range set.IngressClasses() {
		if p := class.Spec.Parameters; p == nil || p.Name != params {
			continue
		}
		out = append(out, set.IngressesOfClass(class.Name)...)
		if isDefaultClass(class) {
			out = append(out, set.IngressesOfClass("")...)
		}
	}
	return out
}

// ingressesOfService finds Services that are backends, and those that only an action names.
func ingressesOfService(set *objects.Set, service objects.Name) []objects.Name {
	out := set.IngressesOfService(service)
	for _, n := range set.IngressesAnnotated(objects.FamilyALBActions) {
		if n.Namespace != service.Namespace {
			continue
		}
		for key, raw := range set.Ingress(n).Annotations {
			if strings.HasPrefix(key, objects.FamilyALBActions) && mayName(raw, service.Name) {
				out = append(out, n)
				break
			}
		}
	}
	return out
}

// mayName says whether a name may be in a JSON text: JSON can write any letter with a backslash.
func mayName(raw, name string) bool {
	return strings.Contains(raw, name) || strings.Contains(raw, `\`)
}

// ingressesOfSecret finds Ingresses that use the Secret as an OpenID client, by their own annotation or by that of a
// Service.
func ingressesOfSecret(set *objects.Set, secret objects.Name) []objects.Name {
	var out []objects.Name
	for _, n := range set.IngressesAnnotated(objects.AnnotationALBOIDC) {
		if n.Namespace == secret.Namespace && mayName(set.Ingress(n).Annotations[objects.AnnotationALBOIDC], secret.Name) {
			out = append(out, n)
		}
	}
	for _, n := range set.ServicesAnnotated(objects.AnnotationALBOIDC) {
		if n.Namespace == secret.Namespace && mayName(set.Service(n).Annotations[objects.AnnotationALBOIDC], secret.Name) {
			out = append(out, ingressesOfService(set, n)...)
		}
	}
	return out
}

// ingressesOfNamespace is everything in a namespace while some class selects namespaces by label; otherwise a namespace
// has no influence.
func ingressesOfNamespace(set *objects.Set, namespace string) []objects.Name {
	selects := false
	for _, p := range set.AllIngressClassParams() {
		selects = selects || p.Spec.NamespaceSelector != nil
	}
	if !selects {
		return nil
	}
	return slices.DeleteFunc(set.IngressNames(), func(n objects.Name) bool { return n.Namespace != namespace })
}

// Build builds one unit.
func (b *Builder) Build(in build.Input, key string) build.Unit {
	if group, ok := strings.CutPrefix(key, groupUnit); ok {
		return b.buildGroup(in, key, group)
	}
	if name, ok := strings.CutPrefix(key, ingressUnit); ok {
		return b.buildIngress(in, key, name)
	}
	return build.Unit{Key: key}
}
