package model

import (
	"cmp"
	"slices"
)

// Sorted returns a copy with every list whose order means nothing in a fixed order: load balancers, target groups and
// the like by ID, listeners by port, rules by priority, attributes and tags by key, targets by ID and port. Lists whose
// order matters or that a user wrote (conditions, values, actions, subnets, certificates of a listener) stay as they
// are. Parts that need no sorting are shared with m.
func Sorted(m *Model) *Model {
	out := &Model{
		LoadBalancers:  sortedByID(m.LoadBalancers, func(b *LoadBalancer) string { return b.ID }),
		TargetGroups:   sortedByID(m.TargetGroups, func(g *TargetGroup) string { return g.ID }),
		Certificates:   sortedByID(m.Certificates, func(c *Certificate) string { return c.ID }),
		SecurityGroups: sortedByID(m.SecurityGroups, func(g *SecurityGroup) string { return g.ID }),
		UserLists:      sortedByID(m.UserLists, func(l *UserList) string { return l.ID }),
		TrustStores:    sortedByID(m.TrustStores, func(s *TrustStore) string { return s.ID }),
	}
	for i := range out.LoadBalancers {
		sortLoadBalancer(&out.LoadBalancers[i])
	}
	for i := range out.TargetGroups {
		g := &out.TargetGroups[i]
		g.Attributes, g.Tags = sortedAttributes(g.Attributes), sortedTags(g.Tags)
		g.Targets = slices.SortedStableFunc(slices.Values(g.Targets), func(a, b Target) int {
			return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Zone, b.Zone))
		})
	}
	for i := range out.Certificates {
		out.Certificates[i].Tags = sortedTags(out.Certificates[i].Tags)
	}
	for i := range out.SecurityGroups {
		out.SecurityGroups[i].Tags = sortedTags(out.SecurityGroups[i].Tags)
	}
	return out
}

func sortLoadBalancer(b *LoadBalancer) {
	b.Attributes, b.Tags = sortedAttributes(b.Attributes), sortedTags(b.Tags)
	b.Listeners = slices.SortedStableFunc(slices.Values(b.Listeners), func(a, b Listener) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol))
	})
	for i := range b.Listeners {
		l := &b.Listeners[i]
		l.Attributes, l.Tags = sortedAttributes(l.Attributes), sortedTags(l.Tags)
		l.Rules = slices.SortedStableFunc(slices.Values(l.Rules), rulesOrder(b.Dialect))
		for j := range l.Rules {
			l.Rules[j].Tags = sortedTags(l.Rules[j].Tags)
		}
	}
}

func sortedByID[T any](list []T, id func(*T) string) []T {
	return slices.SortedStableFunc(slices.Values(list), func(a, b T) int { return cmp.Compare(id(&a), id(&b)) })
}

func sortedAttributes(list []Attribute) []Attribute {
	return slices.SortedStableFunc(slices.Values(list), func(a, b Attribute) int { return cmp.Compare(a.Key, b.Key) })
}

func sortedTags(list []Tag) []Tag {
	return slices.SortedStableFunc(slices.Values(list), func(a, b Tag) int { return cmp.Compare(a.Key, b.Key) })
}
