package ingressalb

import (
	"maps"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// subnetWish is how a member wants the subnets chosen.
type subnetWish struct {
	by *member
	// names are ids and Name tags; tags is a selector. Both empty means discovery.
	names []string
	tags  map[string][]string
	// params says that IngressClassParams wished it.
	params bool
}

// subnets chooses the load balancer's subnets. Mistakes leave it without any, which concerns AWS only: rules and target
// groups are built all the same.
func (w *work) subnets(members []*member, scheme model.Scheme, t model.IPAddressType) []model.SubnetMapping {
	wish := w.subnetWish(members)
	about := members[0].object
	if wish.by != nil {
		about = wish.by.object
	}
	c := &elb.Subnets{
		Questions: w.questions, Cluster: w.options.ClusterName, AnyCluster: w.options.AnyClusterSubnets,
		NoReachability: w.options.NoReachability, Zones: 2, Scheme: scheme, IPAddressType: t,
		About: about, Field: fieldOf(alb.Subnets), Into: &w.found,
	}
	if w.options.SingleSubnet {
		c.Zones = 1
	}
	var chosen []lookup.Subnet
	var ok bool
	switch {
	case wish.by == nil:
		chosen, ok = w.keptSubnets(c)
	case wish.tags != nil:
		chosen, ok = c.Tagged(wish.tags)
	default:
		chosen, ok = c.Named(wish.names)
	}
	if !ok || !c.Check(chosen) {
		return nil
	}
	out := make([]model.SubnetMapping, len(chosen))
	for i, s := range chosen {
		out[i] = model.SubnetMapping{SubnetID: s.ID}
	}
	return out
}

// keptSubnets are those of the load balancer that the group has already; only a new one, or one of another scheme, gets
// subnets by their tags.
func (w *work) keptSubnets(c *elb.Subnets) ([]lookup.Subnet, bool) {
	answer, ok := w.ask(lookup.LoadBalancerOf(lookup.IngressStacks, w.group), c.About, "", c.Into)
	if !ok {
		return nil, false
	}
	if kept := c.KeptOf(answer.LoadBalancer); len(kept) > 0 {
		return c.Named(kept)
	}
	return c.Discover()
}

// subnetWish is the first member's that has one. IngressClassParams and annotations may not both be there, nor differ
// among themselves.
func (w *work) subnetWish(members []*member) subnetWish {
	var winner subnetWish
	for _, m := range members {
		wish := subnetWish{by: m}
		if p := m.params; p != nil && p.Spec.Subnets != nil && len(p.Spec.Subnets.IDs)+len(p.Spec.Subnets.Tags) > 0 {
			wish.params, wish.names, wish.tags = true, p.Spec.Subnets.IDs, p.Spec.Subnets.Tags
		} else {
			names, set := get(m, m.own, alb.Subnets)
			if !set {
				continue
			}
			wish.names = names
		}
		switch {
		case winner.by == nil:
			winner = wish
		case winner.params != wish.params:
			w.found.Add(diag.ALBSubnetSources, m.object, fieldOf(alb.Subnets),
				diag.A("group", w.group), diag.A("other", winner.by.name()))
		case !sameSet(winner.names, wish.names) || !maps.EqualFunc(winner.tags, wish.tags, sameSet):
			w.conflict(m, winner.by, alb.Subnets.Declaration(), wish.text(), winner.text())
		}
	}
	return winner
}

func (s subnetWish) text() string {
	if s.tags != nil {
		return lookup.SubnetsTagged(s.tags).Name
	}
	return strings.Join(s.names, ",")
}
