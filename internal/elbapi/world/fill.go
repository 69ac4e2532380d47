package world

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
)

// fill puts a checked file into an empty state.
func (f *File) fill(s *State, o Options) error {
	s.Identity = f.identity()
	s.Zones = slices.Clone(f.Zones)
	for _, x := range f.RouteTables {
		x.Subnets, x.Routes, x.Tags = slices.Clone(x.Subnets), slices.Clone(x.Routes), maps.Clone(x.Tags)
		s.RouteTables[x.ID] = &x
	}
	for _, x := range f.InternetGateways {
		x.Tags = maps.Clone(x.Tags)
		s.InternetGateways[x.ID] = &x
	}
	for _, x := range f.NetworkACLs {
		x.Tags = maps.Clone(x.Tags)
		s.NetworkACLs[x.ID] = &x
	}
	for _, x := range f.PrefixLists {
		x.Entries, x.Tags = slices.Clone(x.Entries), maps.Clone(x.Tags)
		s.PrefixLists[x.ID] = &x
	}
	for _, g := range f.SecurityGroups {
		x := g.clone()
		nameRules(&x)
		s.SecurityGroups[x.ID] = &x
	}
	for _, x := range f.VPCs {
		n := 0
		s.AddVPC(x.clone(), func(prefix string) string {
			n++
			return DerivedID(prefix, x.ID, strconv.Itoa(n))
		})
	}
	for _, g := range f.Subnets {
		x := g.clone()
		s.Subnets[x.ID] = &x
	}
	f.fillMachines(s)
	for _, a := range f.WebACLs {
		arn := s.Identity.ARN("wafv2", "regional/webacl/"+a.Name+"/"+a.ID)
		s.WebACLs[arn] = &WebACL{
			ARN: arn, ID: a.ID, Name: a.Name, Scope: "REGIONAL", Description: a.Description,
			LockToken: DerivedID("lock", a.ID), Tags: maps.Clone(a.Tags),
		}
	}
	s.Shield = f.Shield
	s.Shield.Protections = slices.Clone(f.Shield.Protections)
	return f.fillCertificates(s, o)
}

// nameRules gives ids to the rules that have none.
func nameRules(g *SecurityGroup) {
	for n := range slices.Concat(g.Ingress, g.Egress) {
		if r := ruleAt(g, n); r.ID == "" {
			r.ID = DerivedID("sgr", g.ID, strconv.Itoa(n))
		}
	}
}

func (f *File) fillMachines(s *State) {
	for _, n := range f.Interfaces {
		x := n.clone()
		s.Interfaces[x.ID] = &x
	}
	for _, m := range f.Instances {
		x := m.clone()
		s.Instances[x.ID] = &x
		if slices.ContainsFunc(f.Interfaces, func(n Interface) bool { return n.Instance == m.ID }) {
			continue
		}
		if m.State == "terminated" {
			continue
		}
		eni := Interface{
			ID: DerivedID("eni", m.ID), VPC: m.VPC, Subnet: m.Subnet, Addresses: []netip.Addr{m.PrivateIP},
			SecurityGroups: slices.Clone(m.SecurityGroups), Instance: m.ID,
		}
		s.Interfaces[eni.ID] = &eni
	}
}

func (f *File) fillCertificates(s *State, o Options) error {
	for _, c := range f.Certificates {
		x := Certificate{
			ARN: c.ARN, Domain: c.Names[0], Names: slices.Clone(c.Names), Type: c.Type, Status: c.Status,
			Authority: c.Authority, Chain: c.Chain, Key: c.Key, Created: o.Now().UTC(), Tags: maps.Clone(c.Tags),
		}
		if c.Generate {
			var err error
			if x.Chain, x.Key, err = s.Issue(x.Names, c.KeyAlgorithm, o.Now(), o.Rand); err != nil {
				return err
			}
		}
		s.Certificates[x.ARN] = &x
	}
	f.fillUserPools(s)
	for _, c := range f.ServerCertificates {
		s.ServerCertificates[c.Name] = &c
	}
	return nil
}
