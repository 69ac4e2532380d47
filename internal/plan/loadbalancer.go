package plan

import (
	"cmp"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

// Values of add-ons that stand for "take it away"; an empty one is none of our affair.
const addOnNone = "none"

const deletionProtection = "deletion_protection.enabled"

func (p *planner) loadBalancers() {
	id := func(lb *model.LoadBalancer) string { return lb.ID }
	match(p.desired.LoadBalancers, p.observed.LoadBalancers, id, func(want, have *model.LoadBalancer) {
		switch {
		case want == nil:
			p.removeLoadBalancer(have)
			return
		case have == nil:
			have = p.createLoadBalancer(want)
		case want.Scheme != have.Scheme || want.Type != have.Type:
			have = p.replace(want, have)
		default:
			p.network(want, have)
		}
		p.listeners(want, have)
		p.attributes(Operation{Call: ModifyLoadBalancerAttributes, LoadBalancer: want.ID}, want.Attributes, have.Attributes)
		p.tags(Operation{LoadBalancer: want.ID}, want.Tags, have.Tags)
		p.addOns(want, have)
	})
}

func (p *planner) createLoadBalancer(want *model.LoadBalancer) *model.LoadBalancer {
	p.do(Operation{Call: CreateLoadBalancer, LoadBalancer: want.ID, WantLoadBalancer: want, Tags: want.Tags})
	return &model.LoadBalancer{
		ID: want.ID, Tags: want.Tags, IPAMPoolID: want.IPAMPoolID, Type: want.Type, Scheme: want.Scheme,
	}
}

// removeLoadBalancer deletes a load balancer with its listeners, which go with it.
func (p *planner) removeLoadBalancer(have *model.LoadBalancer) {
	if have.Shield != "" && have.Shield != addOnNone {
		p.remove(Operation{Call: DeleteProtection, LoadBalancer: have.ID})
	}
	p.remove(Operation{Call: DeleteLoadBalancer, LoadBalancer: have.ID})
}

// replace deletes a load balancer whose scheme or type is another one and makes it anew: neither can be changed, the name is
// free only when the old one is gone, and its target groups can serve one load balancer only. Where the policy forbids
// that, the old one is kept with everything else as desired.
func (p *planner) replace(want, have *model.LoadBalancer) *model.LoadBalancer {
	gone := Operation{Call: DeleteLoadBalancer, LoadBalancer: have.ID}
	if p.options.Policy.withholds(gone.Call) {
		p.withheld = append(p.withheld, gone)
		p.network(want, have)
		return have
	}
	if slices.Contains(have.Attributes, model.Attribute{Key: deletionProtection, Value: "true"}) {
		p.do(Operation{
			Call: ModifyLoadBalancerAttributes, LoadBalancer: have.ID,
			Attributes: []model.Attribute{{Key: deletionProtection, Value: "false"}},
		})
	}
	p.do(gone)
	return p.createLoadBalancer(want)
}

// network compares addresses. What is not desired keeps what AWS has.
func (p *planner) network(want, have *model.LoadBalancer) {
	at := Operation{LoadBalancer: want.ID, WantLoadBalancer: want}
	do := func(c Call) {
		o := at
		o.Call = c
		p.do(o)
	}
	if want.IPAMPoolID != have.IPAMPoolID {
		do(ModifyIPPools)
	}
	if len(want.SecurityGroups) > 0 && !sameSet(want.SecurityGroups, have.SecurityGroups) ||
		!wanted(want.PrivateLinkInboundRules, have.PrivateLinkInboundRules) {
		do(SetSecurityGroups)
	}
	if len(want.Subnets) > 0 && !sameSubnets(want.Subnets, have.Subnets) || !wanted(want.IPv6SourceNAT, have.IPv6SourceNAT) {
		do(SetSubnets)
	}
	if cmp.Or(want.IPAddressType, model.IPv4) != cmp.Or(have.IPAddressType, model.IPv4) {
		do(SetIPAddressType)
	}
}

// addOns come last: they need a load balancer that is there, and refuse in ways of their own.
func (p *planner) addOns(want, have *model.LoadBalancer) {
	at := Operation{LoadBalancer: want.ID, WantLoadBalancer: want}
	if want.MinimumCapacityUnits != 0 && want.MinimumCapacityUnits != have.MinimumCapacityUnits {
		at.Call = ModifyCapacityReservation
		p.set(at)
	}
	switch have := cmp.Or(have.WebACL, addOnNone); {
	case want.WebACL == "" || want.WebACL == have:
	case want.WebACL == addOnNone:
		p.remove(Operation{Call: DisassociateWebACL, LoadBalancer: want.ID})
	default:
		at.Call = AssociateWebACL
		p.set(at)
	}
	switch have := cmp.Or(have.Shield, addOnNone); {
	case want.Shield == "" || want.Shield == have:
	case want.Shield == addOnNone:
		p.remove(Operation{Call: DeleteProtection, LoadBalancer: want.ID})
	default:
		at.Call = CreateProtection
		p.set(at)
	}
}
