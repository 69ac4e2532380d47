package world

import (
	"maps"
	"net/netip"
	"slices"
)

// Each finder gives a copy that the caller may keep and change.

// VPC finds a VPC by id.
func (w *World) VPC(id string) (VPC, bool) {
	return find(w, func(s *State) map[string]*VPC { return s.VPCs }, id, VPC.clone)
}

// Subnet finds a subnet by id.
func (w *World) Subnet(id string) (Subnet, bool) {
	return find(w, func(s *State) map[string]*Subnet { return s.Subnets }, id, Subnet.clone)
}

// SubnetAt finds the subnet of a VPC that an address is in.
func (w *World) SubnetAt(vpc string, a netip.Addr) (Subnet, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, s := range w.state.Subnets {
		if s.VPC == vpc && (s.CIDR.Contains(a) || s.IPv6.Contains(a)) { // those of a VPC have no address in common
			return s.clone(), true
		}
	}
	return Subnet{}, false
}

// SecurityGroup finds a security group by id.
func (w *World) SecurityGroup(id string) (SecurityGroup, bool) {
	return find(w, func(s *State) map[string]*SecurityGroup { return s.SecurityGroups }, id, SecurityGroup.clone)
}

// Instance finds an instance by id; a terminated one too, for as long as it is shown.
func (w *World) Instance(id string) (Instance, bool) {
	return find(w, func(s *State) map[string]*Instance { return s.Instances }, id, Instance.clone)
}

// Interface finds a network interface by id.
func (w *World) Interface(id string) (Interface, bool) {
	return find(w, func(s *State) map[string]*Interface { return s.Interfaces }, id, Interface.clone)
}

// Instances are all instances, by id.
func (w *World) Instances() []Instance {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []Instance
	for _, i := range Sorted(w.state.Instances) {
		out = append(out, i.clone())
	}
	return out
}

// Interfaces are all network interfaces, by id.
func (w *World) Interfaces() []Interface {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []Interface
	for _, i := range Sorted(w.state.Interfaces) {
		out = append(out, i.clone())
	}
	return out
}

func find[T any](w *World, in func(*State) map[string]*T, id string, clone func(T) T) (T, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	x, ok := in(w.state)[id]
	if !ok {
		var none T
		return none, false
	}
	return clone(*x), true
}

func (v VPC) clone() VPC {
	v.CIDRs, v.IPv6, v.Tags = slices.Clone(v.CIDRs), slices.Clone(v.IPv6), maps.Clone(v.Tags)
	return v
}

func (s Subnet) clone() Subnet {
	s.Tags = maps.Clone(s.Tags)
	return s
}

func (g SecurityGroup) clone() SecurityGroup {
	g.Ingress, g.Egress, g.Tags = cloneRules(g.Ingress), cloneRules(g.Egress), maps.Clone(g.Tags)
	return g
}

func cloneRules(rules []Rule) []Rule {
	out := slices.Clone(rules)
	for i := range out {
		out[i].Tags = maps.Clone(out[i].Tags)
	}
	return out
}

func (i Instance) clone() Instance {
	i.SecurityGroups, i.Tags = slices.Clone(i.SecurityGroups), maps.Clone(i.Tags)
	return i
}

func (i Interface) clone() Interface {
	i.Addresses, i.SecurityGroups, i.Tags = slices.Clone(i.Addresses), slices.Clone(i.SecurityGroups), maps.Clone(i.Tags)
	return i
}

func (c Certificate) clone() Certificate {
	c.Names, c.InUseBy, c.Tags = slices.Clone(c.Names), slices.Clone(c.InUseBy), maps.Clone(c.Tags)
	return c
}
