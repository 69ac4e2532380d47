package elb

import (
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Keys of the tags that say what a resource belongs to. They are how resources are found again, so nothing overrides them.
// A controller's own keys are its name, followed by "/stack" and "/resource".
const (
	TagCluster    = "elbv2.k8s.aws/cluster"
	TagResource   = "elbv2.k8s.aws/resource"
	stackSuffix   = "/stack"
	stackResource = "/resource"
)

// Tagging completes the tags of the resources of one stack.
type Tagging struct {
	Cluster string
	// Controller is lookup.IngressStacks or lookup.ServiceStacks; Stack is the stack's id text.
	Controller, Stack string
	// Defaults are set on every resource; they beat the users' unless LowPriority.
	Defaults    []model.Tag
	LowPriority bool
	// External are keys that others manage.
	External []string
}

// Of completes the users' tags of one resource with the default ones and those that say what it belongs to.
func (t Tagging) Of(resource string, user []annotation.Pair) []model.Tag {
	defaults := make([]annotation.Pair, len(t.Defaults))
	for i, d := range t.Defaults {
		defaults[i] = annotation.Pair{Key: d.Key, Value: d.Value}
	}
	if t.LowPriority {
		user = Overlay(defaults, user)
	} else {
		user = Overlay(user, defaults)
	}
	return Tags(Overlay(user, []annotation.Pair{
		{Key: TagCluster, Value: t.Cluster},
		{Key: t.Controller + stackSuffix, Value: t.Stack},
		{Key: t.Controller + stackResource, Value: resource},
	}))
}

// Allowed takes out keys that are managed by others, and tells of them.
func (t Tagging) Allowed(pairs []annotation.Pair, about diag.Object, field string, into *diag.Collector) []annotation.Pair {
	return slices.DeleteFunc(slices.Clone(pairs), func(p annotation.Pair) bool {
		external := slices.Contains(t.External, p.Key)
		if external {
			into.Add(diag.ALBExternalTag, about, field, diag.A("tag", p.Key))
		}
		return external
	})
}

// Tags are pairs as tags.
func Tags(pairs []annotation.Pair) []model.Tag {
	out := make([]model.Tag, len(pairs))
	for i, p := range pairs {
		out[i] = model.Tag{Key: p.Key, Value: p.Value}
	}
	return out
}

// Overlay joins two lists; for a key in both, top counts. The result is sorted by key.
func Overlay(bottom, top []annotation.Pair) []annotation.Pair {
	out := slices.Clone(bottom)
	for _, p := range top {
		if i := slices.IndexFunc(out, func(q annotation.Pair) bool { return q.Key == p.Key }); i >= 0 {
			out[i] = p
		} else {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b annotation.Pair) int { return strings.Compare(a.Key, b.Key) })
	return out
}
