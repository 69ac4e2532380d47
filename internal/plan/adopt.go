package plan

import (
	"cmp"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// Adoption is an observed model in the words of a desired one.
type Adoption struct {
	// Model is what was observed, with the IDs of the desired model where resources correspond. What has no counterpart
	// keeps the id that AWS gave it, so that it is planned to go.
	Model *model.Model
	// IDs are the AWS ids of the resources that were renamed, by their IDs in Model: with them, Rename leads back.
	IDs IDs
}

// Adopt pairs observed resources (whose IDs are AWS's) with desired ones. They correspond when their resource tags are equal:
// load balancers of either scheme, target groups only if they could be made equal without replacing them. Names decide where a
// tag alone leaves a choice, because the tag of group "a", Service "b-c" and that of "a-b", "c" are the same text.
func Adopt(desired, observed *model.Model) Adoption {
	balancers := pairUp(desired.LoadBalancers, observed.LoadBalancers, func(w, h *model.LoadBalancer) closeness {
		return closest(w.Tags, h.Tags, w.Name == h.Name, w.Scheme == h.Scheme && w.Type == h.Type)
	}, func(b *model.LoadBalancer) string { return b.ID })
	groups := pairUp(desired.TargetGroups, observed.TargetGroups, func(w, h *model.TargetGroup) closeness {
		if !replaceable(w, h) {
			return stranger
		}
		return closest(w.Tags, h.Tags, w.Name == h.Name, w.Port == h.Port)
	}, func(g *model.TargetGroup) string { return g.ID })
	security := pairUp(desired.SecurityGroups, observed.SecurityGroups, func(w, h *model.SecurityGroup) closeness {
		return closest(w.Tags, h.Tags, w.Name == h.Name, true)
	}, func(g *model.SecurityGroup) string { return g.ID })
	return Adoption{
		Model: Rename(observed, IDs{LoadBalancers: balancers.names, TargetGroups: groups.names, SecurityGroups: security.names}),
		IDs:   IDs{LoadBalancers: balancers.ids, TargetGroups: groups.ids, SecurityGroups: security.ids},
	}
}

// replaceable says whether an observed target group can become the desired one: none of what cannot be changed differs.
// The port is no part of it, as with the original: every target is registered with a port of its own.
func replaceable(want, have *model.TargetGroup) bool {
	return want.Type == have.Type && want.Protocol == have.Protocol &&
		(want.ProtocolVersion == "" || cmp.Or(want.ProtocolVersion, model.HTTP1) == cmp.Or(have.ProtocolVersion, model.HTTP1)) &&
		cmp.Or(want.IPAddressType, model.IPv4) == cmp.Or(have.IPAddressType, model.IPv4) &&
		want.ControlPort == have.ControlPort
}

// closeness orders candidates; stranger is none.
type closeness int

const (
	stranger closeness = iota
	sameTag
	sameTagAndKind
	sameTagAndName
	sameAll
)

func closest(want, have []model.Tag, name, kind bool) closeness {
	switch tag := resourceTag(want); {
	case tag == "" || tag != resourceTag(have):
		return stranger
	case name && kind:
		return sameAll
	case name:
		return sameTagAndName
	case kind:
		return sameTagAndKind
	}
	return sameTag
}

// resourceTag is the value of the tag that names a resource within its stack, with its key: controllers use keys of their own.
func resourceTag(tags []model.Tag) string {
	for _, t := range tags {
		if strings.HasSuffix(t.Key, "/resource") {
			return t.Key + "=" + t.Value
		}
	}
	return ""
}

// pairs are the correspondences of one kind: AWS ids by model ID, and the other way.
type pairs struct{ ids, names map[string]string }

// pairUp gives the closest candidates away first, so that no choice takes away another's only one.
func pairUp[T any](want, have []T, near func(want, have *T) closeness, id func(*T) string) pairs {
	p := pairs{ids: map[string]string{}, names: map[string]string{}}
	for level := sameAll; level > stranger; level-- {
		for i := range want {
			if _, done := p.ids[id(&want[i])]; done {
				continue
			}
			for j := range have {
				if _, taken := p.names[id(&have[j])]; !taken && near(&want[i], &have[j]) == level {
					p.ids[id(&want[i])], p.names[id(&have[j])] = id(&have[j]), id(&want[i])
					break
				}
			}
		}
	}
	return p
}
