package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// A Plan is what there is to do, in order.
type Plan struct {
	Operations []Operation
	// Withheld are operations that the policy left out.
	Withheld []Operation
}

// Compare lists the operations that turn observed into desired. Equal models give an empty plan. What the observed model
// holds and the desired one lacks is deleted: observed must hold owned resources only, in the words of the desired model
// (Adopt).
//
// Order: what is needed is made first (security groups, target groups with their targets, load balancers, listeners,
// rules), attributes and tags come after what carries traffic, and deletions come last, from listeners down to what they
// referred to. Whatever the number of operations that were carried out, a request that both the old and the new rules
// answer is answered by one of them.
func Compare(desired, observed *model.Model, o Options) Plan {
	p := &planner{desired: desired, observed: observed, options: o}
	p.securityGroups()
	p.targetGroups()
	p.loadBalancers()
	p.ops = append(p.ops, p.settings...)
	slices.SortStableFunc(p.deletions, func(a, b Operation) int {
		return cmp.Compare(deletionOrder[a.Call], deletionOrder[b.Call])
	})
	var out Plan
	for _, op := range append(p.ops, p.deletions...) {
		if o.Policy.withholds(op.Call) {
			p.withheld = append(p.withheld, op)
			continue
		}
		out.Operations = append(out.Operations, op)
	}
	out.Withheld = p.withheld
	return out
}

// deletionOrder puts referring things before what they refer to.
var deletionOrder = map[Call]int{
	DisassociateWebACL: 1, DeleteProtection: 1, RemoveListenerCertificates: 2, DeleteListener: 3, DeregisterTargets: 4,
	DeleteLoadBalancer: 5, DeleteTargetGroup: 6, RevokeSecurityGroupIngress: 7, DeleteSecurityGroup: 8,
}

type planner struct {
	desired, observed *model.Model
	options           Options
	ops               []Operation
	// settings are attributes and tags: a refused one must not keep traffic waiting.
	settings  []Operation
	deletions []Operation
	withheld  []Operation
}

func (p *planner) do(o Operation)     { p.ops = append(p.ops, o) }
func (p *planner) set(o Operation)    { p.settings = append(p.settings, o) }
func (p *planner) remove(o Operation) { p.deletions = append(p.deletions, o) }

// match calls f for every ID of either list, in ID order, with nil for the side that lacks it.
func match[T any](want, have []T, id func(*T) string, f func(want, have *T)) {
	ids := map[string][2]*T{}
	for i := range want {
		ids[id(&want[i])] = [2]*T{&want[i]}
	}
	for i := range have {
		pair := ids[id(&have[i])]
		pair[1] = &have[i]
		ids[id(&have[i])] = pair
	}
	keys := make([]string, 0, len(ids))
	for k := range ids {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		f(ids[k][0], ids[k][1])
	}
}

// without is a less b.
func without[T comparable](a, b []T) []T {
	var out []T
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// awsTagPrefix begins the keys of tags that only AWS itself may set.
const awsTagPrefix = "aws:"

// tags adds and removes tags of the resource that o names.
func (p *planner) tags(o Operation, want, have []model.Tag) {
	foreign := func(t model.Tag) bool {
		return strings.HasPrefix(t.Key, awsTagPrefix) || slices.Contains(p.options.ForeignTags, t.Key)
	}
	if add := slices.DeleteFunc(without(want, have), foreign); len(add) > 0 {
		o.Call, o.Tags = AddTags, add
		p.set(o)
	}
	gone := slices.DeleteFunc(slices.Clone(have), func(t model.Tag) bool {
		return foreign(t) || slices.ContainsFunc(want, func(w model.Tag) bool { return w.Key == t.Key })
	})
	if len(gone) > 0 {
		o.Call, o.Tags = RemoveTags, gone
		p.set(o)
	}
}

// attributes modifies those of the desired attributes that differ; attributes that are not desired keep what AWS has.
func (p *planner) attributes(o Operation, want, have []model.Attribute) {
	if o.Attributes = without(want, have); len(o.Attributes) > 0 {
		p.set(o)
	}
}
