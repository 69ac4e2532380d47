package ingressalb

import (
	"maps"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation/alb"
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
	var chosen []lookup.Subnet
	var ok bool
	switch {
	case wish.by == nil:
		wish.by = members[0]
		chosen, ok = w.discoverSubnets(wish.by, scheme, t)
	case wish.tags != nil:
		chosen, ok = w.taggedSubnets(wish)
	default:
		chosen, ok = w.namedSubnets(wish)
	}
	if !ok || !w.checkSubnets(wish.by.object, chosen, t) {
		return nil
	}
	out := make([]model.SubnetMapping, len(chosen))
	for i, s := range chosen {
		out[i] = model.SubnetMapping{SubnetID: s.ID}
	}
	return out
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

// namedSubnets finds each id and Name tag; a Name tag that is listed several times stands for as many subnets, in the
// order of their ids. The list's order stays.
func (w *work) namedSubnets(wish subnetWish) ([]lookup.Subnet, bool) {
	var out []lookup.Subnet
	complete := true
	for _, name := range wish.names {
		answer, ok := w.ask(lookup.Question{Kind: lookup.Subnets, Name: name}, wish.by.object, fieldOf(alb.Subnets), &w.found)
		if !ok {
			complete = false
			continue
		}
		found := slices.SortedFunc(slices.Values(answer.Subnets), compareSubnets)
		i := slices.IndexFunc(found, func(s lookup.Subnet) bool {
			fits := s.ID == name || s.Name == name && !strings.HasPrefix(name, "subnet-")
			return fits && !slices.ContainsFunc(out, func(o lookup.Subnet) bool { return o.ID == s.ID })
		})
		if i < 0 {
			w.found.Add(diag.LookupSubnetMissing, wish.by.object, fieldOf(alb.Subnets), diag.A("name", name))
			complete = false
			continue
		}
		out = append(out, found[i])
	}
	return out, complete
}

func (w *work) taggedSubnets(wish subnetWish) ([]lookup.Subnet, bool) {
	answer, ok := w.ask(lookup.SubnetsTagged(wish.tags), wish.by.object, fieldOf(alb.Subnets), &w.found)
	if !ok {
		return nil, false
	}
	fitting := slices.DeleteFunc(slices.Clone(answer.Subnets), func(s lookup.Subnet) bool { return !s.HasTags(wish.tags) })
	return w.onePerZone(fitting), true
}

func compareSubnets(a, b lookup.Subnet) int { return strings.Compare(a.ID, b.ID) }
