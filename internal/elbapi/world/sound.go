package world

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// Sound says whether everything that the state names exists. Calls keep it so; a saved state that somebody changed by hand
// may not be, and is refused.
func (s *State) Sound() error {
	var problems []error
	say := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	for _, v := range Sorted(s.VPCs) {
		if len(v.CIDRs) == 0 {
			say("%s has no network", v.ID)
		}
		_, group := s.GroupByName(v.ID, DefaultGroup)
		_, table := s.MainRouteTable(v.ID)
		if _, acl := s.ACLOf(v.ID); !group || !table || !acl {
			say("%s lacks its default security group, main route table or network ACL", v.ID)
		}
	}
	for _, x := range Sorted(s.Subnets) {
		if v := s.VPCs[x.VPC]; v == nil || !IsNetwork(x.CIDR, 16, 28) || !Within(x.CIDR, v.CIDRs) {
			say("%s is not a part of %q", x.ID, x.VPC)
		}
	}
	for _, t := range Sorted(s.RouteTables) {
		for _, id := range t.Subnets {
			if x := s.Subnets[id]; x == nil || x.VPC != t.VPC {
				say("%s is associated with %q", t.ID, id)
			}
		}
		for _, r := range t.Routes {
			if r.Destination.IsValid() == (r.PrefixList != "") {
				say("%s has a route without a destination", t.ID)
			}
		}
	}
	problems = append(problems, s.soundVPCs()...)
	problems = append(problems, s.soundGroups()...)
	problems = append(problems, s.soundMachines()...)
	return errors.Join(problems...)
}

// soundVPCs looks at what is in a VPC and has no other neighbours.
func (s *State) soundVPCs() []error {
	var problems []error
	in := func(id, vpc string) {
		if s.VPCs[vpc] == nil {
			problems = append(problems, fmt.Errorf("%s is in %q", id, vpc))
		}
	}
	for _, t := range Sorted(s.RouteTables) {
		in(t.ID, t.VPC)
	}
	for _, a := range Sorted(s.NetworkACLs) {
		in(a.ID, a.VPC)
	}
	for _, g := range Sorted(s.SecurityGroups) {
		in(g.ID, g.VPC)
	}
	for _, g := range Sorted(s.InternetGateways) {
		if g.VPC != "" {
			in(g.ID, g.VPC)
		}
	}
	return problems
}

func (s *State) soundGroups() []error {
	var problems []error
	for _, g := range Sorted(s.SecurityGroups) {
		for _, r := range slices.Concat(g.Ingress, g.Egress) {
			known := r.CIDR.IsValid() || s.PrefixLists[r.PrefixList] != nil
			if peer := s.SecurityGroups[r.Group]; peer != nil && peer.VPC == g.VPC {
				known = true
			}
			if !known {
				problems = append(problems, fmt.Errorf("rule %s of %s is about nobody", r.ID, g.ID))
			}
		}
	}
	return problems
}

func (s *State) soundMachines() []error {
	var problems []error
	used := map[string]map[netip.Addr]bool{}
	for _, i := range Sorted(s.Interfaces) {
		x := s.Subnets[i.Subnet]
		if x == nil || x.VPC != i.VPC || len(i.Addresses) == 0 {
			problems = append(problems, fmt.Errorf("%s is in %q and has %d addresses", i.ID, i.Subnet, len(i.Addresses)))
			continue
		}
		if used[x.ID] == nil {
			used[x.ID] = map[netip.Addr]bool{}
		}
		for _, a := range i.Addresses {
			if !x.Usable(a) || used[x.ID][a] {
				problems = append(problems, fmt.Errorf("%s has the address %s", i.ID, a))
			}
			used[x.ID][a] = true
		}
		for _, g := range i.SecurityGroups {
			if s.SecurityGroups[g] == nil {
				problems = append(problems, fmt.Errorf("%s carries %q", i.ID, g))
			}
		}
		if m := s.Instances[i.Instance]; i.Instance != "" && (m == nil || m.State == "terminated") {
			problems = append(problems, fmt.Errorf("%s is attached to %q", i.ID, i.Instance))
		}
	}
	return problems
}
