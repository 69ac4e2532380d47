package world

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// AWS keeps the first four addresses of a subnet and the last one for itself.
const (
	reservedFirst = 4
	reserved      = 5
)

// FreeAddresses counts the IPv4 addresses of a subnet that nothing has.
func (s *State) FreeAddresses(sub *Subnet) int {
	free := 1<<(32-sub.CIDR.Bits()) - reserved
	return max(0, free-len(s.taken(sub.ID, sub.CIDR)))
}

// taken are the addresses within a network that interfaces of the subnet have.
func (s *State) taken(subnet string, in netip.Prefix) map[netip.Addr]bool {
	out := map[netip.Addr]bool{}
	for _, i := range s.Interfaces {
		if i.Subnet != subnet {
			continue
		}
		for _, a := range i.Addresses {
			if in.Contains(a) {
				out[a] = true
			}
		}
	}
	return out
}

// PickAddress finds a free IPv4 address of a subnet, from the end: the beginning is left to machines and pods, whose
// addresses other people choose.
func (s *State) PickAddress(sub *Subnet) (netip.Addr, bool) {
	taken := s.taken(sub.ID, sub.CIDR)
	first := sub.CIDR.Masked().Addr()
	for range reservedFirst {
		first = first.Next()
	}
	for a := last(sub.CIDR).Prev(); a.IsValid() && a.Compare(first) >= 0; a = a.Prev() {
		if !taken[a] {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// Usable says whether an address can be given to something in the subnet: within it, and not one of those AWS keeps.
func (s *Subnet) Usable(a netip.Addr) bool {
	if a.Is6() {
		return s.IPv6.IsValid() && s.IPv6.Contains(a)
	}
	if !s.CIDR.Contains(a) || a == last(s.CIDR) {
		return false
	}
	head := s.CIDR.Masked().Addr()
	for range reservedFirst {
		if a == head {
			return false
		}
		head = head.Next()
	}
	return true
}

// last is the last address of an IPv4 network.
func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(b)
}

// PutInterface adds an interface: an id when it has none, a free IPv4 address when it has none, the VPC of its subnet.
func (s *State) PutInterface(i Interface) (*Interface, error) {
	sub, ok := s.Subnets[i.Subnet]
	if !ok {
		return nil, fmt.Errorf("add an interface: no subnet %q", i.Subnet)
	}
	i = i.clone()
	i.VPC = sub.VPC
	if err := s.mayHave(sub, i.Addresses); err != nil {
		return nil, fmt.Errorf("add an interface: %w", err)
	}
	if !slices.ContainsFunc(i.Addresses, netip.Addr.Is4) {
		a, ok := s.PickAddress(sub)
		if !ok {
			return nil, fmt.Errorf("add an interface: subnet %s has no free address", sub.ID)
		}
		i.Addresses = slices.Insert(i.Addresses, 0, a)
	}
	for _, g := range i.SecurityGroups {
		if sg, ok := s.SecurityGroups[g]; !ok || sg.VPC != sub.VPC {
			return nil, fmt.Errorf("add an interface: no security group %q in %s", g, sub.VPC)
		}
	}
	if i.ID == "" {
		i.ID = s.NewID("eni")
	}
	if s.Interfaces[i.ID] != nil {
		return nil, fmt.Errorf("add an interface: %s is there already", i.ID)
	}
	s.Interfaces[i.ID] = &i
	return &i, nil
}

func (s *State) mayHave(sub *Subnet, addresses []netip.Addr) error {
	for n, a := range addresses {
		if !sub.Usable(a) {
			return fmt.Errorf("%s is no address of subnet %s", a, sub.ID)
		}
		if s.taken(sub.ID, netip.PrefixFrom(a, a.BitLen()))[a] || slices.Contains(addresses[:n], a) {
			return fmt.Errorf("%s is taken", a)
		}
	}
	return nil
}

// AddInterface adds a network interface. It gives it an id if it has none and, if it has no IPv4 address, a free one of its
// subnet; the VPC follows from the subnet.
func (w *World) AddInterface(i Interface) (Interface, error) {
	var out Interface
	err := w.Change(func(s *State) error {
		added, err := s.PutInterface(i)
		if err != nil {
			return err
		}
		out = added.clone()
		return nil
	})
	return out, err
}

// RemoveInterfaces removes the interfaces with a description and says how many there were. A load balancer's interfaces
// all have the same one.
func (w *World) RemoveInterfaces(description string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := len(w.state.Interfaces)
	maps.DeleteFunc(w.state.Interfaces, func(_ string, i *Interface) bool { return i.Description == description })
	removed := before - len(w.state.Interfaces)
	if removed > 0 {
		w.version++
	}
	return removed
}

// AssignAddresses gives an interface further addresses, as the CNI of EKS does for pods. Those that it has are left alone.
func (w *World) AssignAddresses(id string, addresses ...netip.Addr) error {
	return w.Change(func(s *State) error {
		i, ok := s.Interfaces[id]
		if !ok {
			return fmt.Errorf("assign addresses: no interface %q", id)
		}
		fresh := slices.DeleteFunc(slices.Clone(addresses), func(a netip.Addr) bool { return slices.Contains(i.Addresses, a) })
		if err := s.mayHave(s.Subnets[i.Subnet], fresh); err != nil {
			return fmt.Errorf("assign addresses to %s: %w", id, err)
		}
		i.Addresses = append(i.Addresses, fresh...)
		return nil
	})
}

// UnassignAddresses takes addresses from an interface again; the first one, its primary address, stays.
func (w *World) UnassignAddresses(id string, addresses ...netip.Addr) error {
	return w.Change(func(s *State) error {
		i, ok := s.Interfaces[id]
		if !ok {
			return fmt.Errorf("unassign addresses: no interface %q", id)
		}
		if len(i.Addresses) > 0 {
			rest := slices.DeleteFunc(i.Addresses[1:], func(a netip.Addr) bool { return slices.Contains(addresses, a) })
			i.Addresses = i.Addresses[:1+len(rest)]
		}
		return nil
	})
}

// InterfaceOf finds the first network interface of an instance.
func (w *World) InterfaceOf(instance string) (Interface, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, i := range Sorted(w.state.Interfaces) {
		if i.Instance == instance {
			return i.clone(), true
		}
	}
	return Interface{}, false
}
