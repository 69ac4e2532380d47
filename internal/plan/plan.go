package plan

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

// Plan lists the operations that turn observed into desired. Equal models give an empty plan. What the observed model
// holds and the desired one lacks is deleted: observed must hold owned resources only.
//
// Order: what is needed is made first (security groups, target groups with their targets, load balancers, listeners,
// rules), attributes and tags come after what carries traffic, and deletions come last, from listeners down to what they
// referred to.
func Plan(desired, observed *model.Model) []Operation {
	p := &planner{desired: desired, observed: observed}
	p.securityGroups()
	p.targetGroups()
	p.loadBalancers()
	p.ops = append(p.ops, p.settings...)
	slices.SortStableFunc(p.deletions, func(a, b Operation) int {
		return cmp.Compare(deletionOrder[a.Call], deletionOrder[b.Call])
	})
	return append(p.ops, p.deletions...)
}

// deletionOrder puts referring things before what they refer to.
var deletionOrder = map[Call]int{
	RemoveListenerCertificates: 1, DeleteListener: 2, DeregisterTargets: 3, DeleteLoadBalancer: 4,
	DeleteTargetGroup: 5, RevokeSecurityGroupIngress: 6, DeleteSecurityGroup: 7,
}

type planner struct {
	desired, observed *model.Model
	ops               []Operation
	// settings are attributes and tags: a refused one must not keep traffic waiting.
	settings  []Operation
	deletions []Operation
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

func (p *planner) securityGroups() {
	id := func(g *model.SecurityGroup) string { return g.ID }
	match(p.desired.SecurityGroups, p.observed.SecurityGroups, id, func(want, have *model.SecurityGroup) {
		switch {
		case have == nil:
			p.do(Operation{Call: CreateSecurityGroup, SecurityGroup: want.ID, WantSecurityGroup: want, Tags: want.Tags})
			if len(want.Ingress) > 0 {
				p.do(Operation{Call: AuthorizeSecurityGroupIngress, SecurityGroup: want.ID, Permissions: want.Ingress})
			}
		case want == nil:
			p.remove(Operation{Call: DeleteSecurityGroup, SecurityGroup: have.ID})
		default:
			if add := without(want.Ingress, have.Ingress); len(add) > 0 {
				p.do(Operation{Call: AuthorizeSecurityGroupIngress, SecurityGroup: want.ID, Permissions: add})
			}
			if drop := without(have.Ingress, want.Ingress); len(drop) > 0 {
				p.remove(Operation{Call: RevokeSecurityGroupIngress, SecurityGroup: want.ID, Permissions: drop})
			}
			p.tags(Operation{SecurityGroup: want.ID}, want.Tags, have.Tags)
		}
	})
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

// tags adds and removes tags of the resource that o names.
func (p *planner) tags(o Operation, want, have []model.Tag) {
	if add := without(want, have); len(add) > 0 {
		o.Call, o.Tags = AddTags, add
		p.set(o)
	}
	gone := slices.DeleteFunc(slices.Clone(have), func(t model.Tag) bool {
		return slices.ContainsFunc(want, func(w model.Tag) bool { return w.Key == t.Key })
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

func (p *planner) targetGroups() {
	id := func(g *model.TargetGroup) string { return g.ID }
	match(p.desired.TargetGroups, p.observed.TargetGroups, id, func(want, have *model.TargetGroup) {
		switch {
		case have == nil:
			p.do(Operation{Call: CreateTargetGroup, TargetGroup: want.ID, WantTargetGroup: want, Tags: want.Tags})
			p.targets(want, nil)
			p.attributes(Operation{Call: ModifyTargetGroupAttributes, TargetGroup: want.ID}, want.Attributes, nil)
		case want == nil:
			p.remove(Operation{Call: DeleteTargetGroup, TargetGroup: have.ID})
		default:
			if !reflect.DeepEqual(want.HealthCheck, have.HealthCheck) {
				p.do(Operation{Call: ModifyTargetGroup, TargetGroup: want.ID, WantTargetGroup: want})
			}
			p.targets(want, have.Targets)
			p.attributes(Operation{Call: ModifyTargetGroupAttributes, TargetGroup: want.ID}, want.Attributes, have.Attributes)
			p.tags(Operation{TargetGroup: want.ID}, want.Tags, have.Tags)
		}
	})
}

// targets registers what is missing and, at the end, deregisters what is too much. A target is its id and port.
func (p *planner) targets(want *model.TargetGroup, have []model.Target) {
	same := func(list []model.Target) func(model.Target) bool {
		return func(t model.Target) bool {
			return slices.ContainsFunc(list, func(u model.Target) bool { return u.ID == t.ID && u.Port == t.Port })
		}
	}
	if add := slices.DeleteFunc(slices.Clone(want.Targets), same(have)); len(add) > 0 {
		p.do(Operation{Call: RegisterTargets, TargetGroup: want.ID, Targets: add})
	}
	if drop := slices.DeleteFunc(slices.Clone(have), same(want.Targets)); len(drop) > 0 {
		p.remove(Operation{Call: DeregisterTargets, TargetGroup: want.ID, Targets: drop})
	}
}

func (p *planner) loadBalancers() {
	id := func(lb *model.LoadBalancer) string { return lb.ID }
	match(p.desired.LoadBalancers, p.observed.LoadBalancers, id, func(want, have *model.LoadBalancer) {
		switch {
		case want == nil:
			// Its listeners go with it.
			p.remove(Operation{Call: DeleteLoadBalancer, LoadBalancer: have.ID})
			return
		case have == nil:
			p.do(Operation{Call: CreateLoadBalancer, LoadBalancer: want.ID, WantLoadBalancer: want, Tags: want.Tags})
			have = &model.LoadBalancer{ID: want.ID, Tags: want.Tags}
		case want.Scheme != have.Scheme || want.Type != have.Type:
			// Neither can be changed; the name is free only when the old one is gone.
			p.do(Operation{Call: DeleteLoadBalancer, LoadBalancer: have.ID})
			p.do(Operation{Call: CreateLoadBalancer, LoadBalancer: want.ID, WantLoadBalancer: want, Tags: want.Tags})
			have = &model.LoadBalancer{ID: want.ID, Tags: want.Tags}
		default:
			p.network(want, have)
		}
		p.listeners(want, have)
		p.attributes(Operation{Call: ModifyLoadBalancerAttributes, LoadBalancer: want.ID}, want.Attributes, have.Attributes)
		p.tags(Operation{LoadBalancer: want.ID}, want.Tags, have.Tags)
	})
}

func (p *planner) network(want, have *model.LoadBalancer) {
	if cmp.Or(want.IPAddressType, model.IPv4) != cmp.Or(have.IPAddressType, model.IPv4) {
		p.do(Operation{Call: SetIPAddressType, LoadBalancer: want.ID, WantLoadBalancer: want})
	}
	if !slices.Equal(want.Subnets, have.Subnets) {
		p.do(Operation{Call: SetSubnets, LoadBalancer: want.ID, WantLoadBalancer: want})
	}
	if !slices.Equal(want.SecurityGroups, have.SecurityGroups) {
		p.do(Operation{Call: SetSecurityGroups, LoadBalancer: want.ID, WantLoadBalancer: want})
	}
}
