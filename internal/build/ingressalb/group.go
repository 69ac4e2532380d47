package ingressalb

import (
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// buildGroup builds one IngressGroup. Members are read one by one, then those without mistakes are brought together; what
// only shows then (an address family that does not fit, a redirect to a port that nobody listens on) leaves further
// members out and starts over, so the result is the same as if they had not been there.
//
// A unit with members but without a model serves nothing because all its members are faulty. That is not a wish to delete
// the load balancer: only a unit without members is.
func (b *Builder) buildGroup(in build.Input, key, group string) build.Unit {
	w := &work{Builder: b, set: in.Objects, questions: &elb.Questions{Table: in.Lookups}, group: group}
	for _, n := range b.candidates(in.Objects, group) {
		ing := in.Objects.Ingress(n)
		if ing == nil {
			continue
		}
		p := b.place(in.Objects, ing, &diag.Collector{})
		if p.group != group {
			continue
		}
		w.members = append(w.members, w.newMember(ing, p.params))
	}
	unit := build.Unit{Key: key}
	if len(w.members) == 0 {
		return unit
	}
	slices.SortFunc(w.members, compareMembers)
	unit.Model = w.assemble()
	unit.Asked, unit.Missing = w.questions.Asked(), w.questions.Missing()
	for _, m := range w.members {
		if m.failed {
			w.tellRest(m)
		}
		unit.Members = append(unit.Members, w.memberOf(m))
		w.found.Append(m.found.Sorted()...)
	}
	unit.Diagnostics = w.found.Sorted()
	return unit
}

func (w *work) memberOf(m *member) build.Member {
	out := build.Member{
		Object: objects.Key{
			Kind: objects.KindIngress, Name: objects.Name{Namespace: m.ing.Namespace, Name: m.ing.Name},
		},
		LoadBalancer: w.id(),
		Accepted:     !m.failed,
	}
	if !m.failed {
		out.Ports = m.served
	}
	return out
}

// id is the load balancer's ID, and that of its managed security group.
func (w *work) id() string { return "alb/" + w.group }

// accepted are the members that nothing is wrong with, in the group's order.
func (w *work) accepted() []*member {
	return slices.DeleteFunc(slices.Clone(w.members), func(m *member) bool { return m.failed })
}

// assemble brings the accepted members together until no more of them turn out to be faulty.
func (w *work) assemble() *model.Model {
	for {
		members := w.accepted()
		if len(members) == 0 {
			w.found = diag.Collector{}
			return nil
		}
		w.found = diag.Collector{}
		if out, ok := w.join(members); ok {
			return out
		}
	}
}

// join makes the model from the members; false when one of them has failed meanwhile.
func (w *work) join(members []*member) (*model.Model, bool) {
	lb := w.loadBalancer(members)
	listeners := w.listeners(members)
	redirect, ok := w.sslRedirect(members, listeners)
	if !ok || w.refuseIPv6(members, lb.IPAddressType) {
		return nil, false
	}
	out := &model.Model{}
	w.certificates(listeners, out)
	source := w.securityGroups(members, &lb, listeners, out)
	for _, m := range members {
		m.served = nil
	}
	for _, l := range listeners {
		lb.Listeners = append(lb.Listeners, w.listener(l, redirect))
		for _, m := range l.members {
			m.served = append(m.served, l.port)
		}
	}
	out.LoadBalancers = []model.LoadBalancer{lb}
	for _, m := range members {
		for _, tg := range m.targetGroups {
			out.TargetGroups = append(out.TargetGroups, w.withNetworking(tg, source))
		}
	}
	slices.SortFunc(out.TargetGroups, func(a, b model.TargetGroup) int { return strings.Compare(a.ID, b.ID) })
	// Settings of the group are read while members are brought together, so a value that leaves its member out may show
	// only now.
	return out, !anyFailed(members)
}

// refuseIPv6 leaves members with IPv6 targets out when the load balancer has no IPv6 addresses.
func (w *work) refuseIPv6(members []*member, t model.IPAddressType) bool {
	if elb.Dualstack(t) {
		return false
	}
	refused := false
	for _, m := range members {
		if m.ipv6Service != "" {
			m.fail(diag.ALBTargetsIPv6, m.ipv6Field, diag.A("service", m.ipv6Service))
			refused = true
		}
	}
	return refused
}
