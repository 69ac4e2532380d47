package world

import (
	"maps"
	"slices"
	"strings"
)

// TagsAt finds where the tags of a resource of EC2 are kept, by its id, and the word EC2 has for its kind. The tags may be
// nil: the caller sets them through the pointer.
func (s *State) TagsAt(id string) (tags *Tags, kind string, ok bool) {
	prefix, _, _ := strings.Cut(id, "-")
	for _, p := range places {
		if p.prefix == prefix {
			tags, ok = p.at(s, id)
			return tags, p.kind, ok
		}
	}
	return nil, "", false
}

// KnowsPrefix says whether ids of EC2 in this world can begin like this one.
func KnowsPrefix(id string) bool {
	prefix, rest, dash := strings.Cut(id, "-")
	return dash && rest != "" && slices.ContainsFunc(places, func(p place) bool { return p.prefix == prefix })
}

// TaggedResource is a resource of EC2 with its tags.
type TaggedResource struct {
	ID, Kind string
	Tags     Tags
}

// Tagged are all resources of EC2 that have tags, by kind and id. The tags are copies.
func (s *State) Tagged() []TaggedResource {
	var out []TaggedResource
	for _, p := range places {
		for _, id := range p.ids(s) {
			if t, ok := p.at(s, id); ok && len(*t) > 0 {
				out = append(out, TaggedResource{ID: id, Kind: p.kind, Tags: maps.Clone(*t)})
			}
		}
	}
	return out
}

// place says for one kind of resource where it is kept.
type place struct {
	prefix, kind string
	ids          func(*State) []string
	at           func(*State, string) (*Tags, bool)
}

var places = []place{
	kept("i", "instance", func(s *State) map[string]*Instance { return s.Instances }, func(x *Instance) *Tags { return &x.Tags }),
	kept("igw", "internet-gateway", func(s *State) map[string]*InternetGateway { return s.InternetGateways }, func(x *InternetGateway) *Tags { return &x.Tags }),
	kept("acl", "network-acl", func(s *State) map[string]*NetworkACL { return s.NetworkACLs }, func(x *NetworkACL) *Tags { return &x.Tags }),
	kept("eni", "network-interface", func(s *State) map[string]*Interface { return s.Interfaces }, func(x *Interface) *Tags { return &x.Tags }),
	kept("pl", "prefix-list", func(s *State) map[string]*PrefixList { return s.PrefixLists }, func(x *PrefixList) *Tags { return &x.Tags }),
	kept("rtb", "route-table", func(s *State) map[string]*RouteTable { return s.RouteTables }, func(x *RouteTable) *Tags { return &x.Tags }),
	kept("sg", "security-group", func(s *State) map[string]*SecurityGroup { return s.SecurityGroups }, func(x *SecurityGroup) *Tags { return &x.Tags }),
	{prefix: "sgr", kind: "security-group-rule", ids: ruleIDs, at: ruleTags},
	kept("subnet", "subnet", func(s *State) map[string]*Subnet { return s.Subnets }, func(x *Subnet) *Tags { return &x.Tags }),
	kept("vpc", "vpc", func(s *State) map[string]*VPC { return s.VPCs }, func(x *VPC) *Tags { return &x.Tags }),
}

func kept[T any](prefix, kind string, in func(*State) map[string]*T, tags func(*T) *Tags) place {
	return place{
		prefix: prefix, kind: kind,
		ids: func(s *State) []string { return slices.Sorted(maps.Keys(in(s))) },
		at: func(s *State, id string) (*Tags, bool) {
			x, ok := in(s)[id]
			if !ok {
				return nil, false
			}
			return tags(x), true
		},
	}
}

func ruleIDs(s *State) []string {
	var out []string
	for _, g := range s.SecurityGroups {
		for _, rules := range [][]Rule{g.Ingress, g.Egress} {
			for _, r := range rules {
				out = append(out, r.ID)
			}
		}
	}
	slices.Sort(out)
	return out
}

func ruleTags(s *State, id string) (*Tags, bool) {
	for _, g := range s.SecurityGroups {
		for _, rules := range [][]Rule{g.Ingress, g.Egress} {
			for i := range rules {
				if rules[i].ID == id {
					return &rules[i].Tags, true
				}
			}
		}
	}
	return nil, false
}
