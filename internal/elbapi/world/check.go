package world

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// checker collects what does not fit together in a file, with the place of each.
type checker struct {
	f        *File
	problems []string
	// ids that were seen, and the index of each in its section.
	ids  map[string]int
	used map[netip.Addr]string
}

var (
	region   = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+$`)
	account  = regexp.MustCompile(`^[0-9]{12}$`)
	idDigits = regexp.MustCompile(`^[0-9a-f]{8,17}$`)
)

func (f *File) check() []string {
	c := &checker{f: f, ids: map[string]int{}, used: map[netip.Addr]string{}}
	if !region.MatchString(f.Region) {
		c.say("region", "%q has not the form of a region, such as ap-northeast-2", f.Region)
	}
	if !account.MatchString(f.Account) {
		c.say("account", "%q is not twelve digits", f.Account)
	}
	if !slices.Contains([]string{"aws", "aws-cn", "aws-us-gov"}, f.Partition) {
		c.say("partition", "%q is not aws, aws-cn or aws-us-gov", f.Partition)
	}
	c.zones()
	c.register()
	c.vpcs()
	c.subnets()
	c.gateways()
	c.routeTables()
	c.prefixLists()
	c.groups()
	c.machines()
	c.certificates()
	c.guards()
	return c.problems
}

func (c *checker) say(path, format string, args ...any) {
	c.problems = append(c.problems, path+": "+fmt.Sprintf(format, args...))
}

func at(section string, i int, member string) string {
	p := section + "[" + strconv.Itoa(i) + "]"
	if member != "" {
		p += "." + member
	}
	return p
}

func (c *checker) zones() {
	seen := map[string]bool{}
	for i, z := range c.f.Zones {
		if z.Name == "" || z.ID == "" {
			c.say(at("zones", i, ""), "name and id are needed")
		}
		if seen[z.Name] || seen[z.ID] {
			c.say(at("zones", i, ""), "name or id stands here twice")
		}
		seen[z.Name], seen[z.ID] = true, true
		if !slices.Contains([]string{"", "availability-zone", "local-zone", "wavelength-zone"}, z.Type) {
			c.say(at("zones", i, "type"), "%q is not availability-zone, local-zone or wavelength-zone", z.Type)
		}
	}
}

// register checks the form of all ids and that no two are the same.
func (c *checker) register() {
	for i, x := range c.f.VPCs {
		c.id("vpcs", i, "vpc", x.ID)
	}
	for i, x := range c.f.Subnets {
		c.id("subnets", i, "subnet", x.ID)
	}
	for i, x := range c.f.RouteTables {
		c.id("routeTables", i, "rtb", x.ID)
	}
	for i, x := range c.f.InternetGateways {
		c.id("internetGateways", i, "igw", x.ID)
	}
	for i, x := range c.f.NetworkACLs {
		c.id("networkACLs", i, "acl", x.ID)
	}
	for i, x := range c.f.SecurityGroups {
		c.id("securityGroups", i, "sg", x.ID)
	}
	for i, x := range c.f.PrefixLists {
		c.id("prefixLists", i, "pl", x.ID)
	}
	for i, x := range c.f.Instances {
		c.id("instances", i, "i", x.ID)
	}
	for i, x := range c.f.Interfaces {
		c.id("interfaces", i, "eni", x.ID)
	}
}

func (c *checker) id(section string, i int, prefix, id string) {
	path := at(section, i, "id")
	digits, ok := strings.CutPrefix(id, prefix+"-")
	if !ok || !idDigits.MatchString(digits) {
		c.say(path, "%q is not %s- and 8 to 17 hexadecimal digits", id, prefix)
	}
	if _, twice := c.ids[id]; twice {
		c.say(path, "%q stands here twice", id)
		return
	}
	c.ids[id] = i
}

func (c *checker) vpcs() {
	defaults := 0
	for i, v := range c.f.VPCs {
		if len(v.CIDRs) == 0 {
			c.say(at("vpcs", i, "cidrs"), "at least one is needed")
		}
		for n, p := range v.CIDRs {
			if !IsNetwork(p, 16, 28) {
				c.say(at("vpcs", i, at("cidrs", n, "")), "%s is no IPv4 network of /16 to /28", p)
			}
		}
		for n, p := range v.IPv6 {
			if !IsNetwork6(p, 44, 60) {
				c.say(at("vpcs", i, at("ipv6", n, "")), "%s is no IPv6 network of /44 to /60", p)
			}
		}
		if v.Default {
			defaults++
		}
	}
	if defaults > 1 {
		c.say("vpcs", "more than one is the default")
	}
}

// IsNetwork says whether a prefix is an IPv4 network without bits behind its length, which is within bounds.
func IsNetwork(p netip.Prefix, shortest, longest int) bool {
	return p.IsValid() && p.Addr().Is4() && p == p.Masked() && p.Bits() >= shortest && p.Bits() <= longest
}

// IsNetwork6 is IsNetwork for IPv6.
func IsNetwork6(p netip.Prefix, shortest, longest int) bool {
	return p.IsValid() && p.Addr().Is6() && p == p.Masked() && p.Bits() >= shortest && p.Bits() <= longest
}

// Within says whether a network lies in one of others.
func Within(p netip.Prefix, in []netip.Prefix) bool {
	return slices.ContainsFunc(in, func(o netip.Prefix) bool { return o.Bits() <= p.Bits() && o.Contains(p.Addr()) })
}

func (c *checker) vpc(id string) *VPC {
	i := slices.IndexFunc(c.f.VPCs, func(v VPC) bool { return v.ID == id })
	if i < 0 {
		return nil
	}
	return &c.f.VPCs[i]
}

func (c *checker) subnet(id string) *Subnet {
	i := slices.IndexFunc(c.f.Subnets, func(s Subnet) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return &c.f.Subnets[i]
}

func (c *checker) subnets() {
	for i, s := range c.f.Subnets {
		v := c.vpc(s.VPC)
		if v == nil {
			c.say(at("subnets", i, "vpc"), "no VPC %q", s.VPC)
			continue
		}
		if !slices.ContainsFunc(c.f.Zones, func(z Zone) bool { return z.Name == s.Zone }) {
			c.say(at("subnets", i, "zone"), "no zone %q", s.Zone)
		}
		if !IsNetwork(s.CIDR, 16, 28) || !Within(s.CIDR, v.CIDRs) {
			c.say(at("subnets", i, "cidr"), "%s is no IPv4 network of /16 to /28 within %s", s.CIDR, v.ID)
		}
		if s.IPv6.IsValid() && (!IsNetwork6(s.IPv6, 44, 64) || !Within(s.IPv6, v.IPv6)) {
			c.say(at("subnets", i, "ipv6"), "%s is no IPv6 network of /44 to /64 within %s", s.IPv6, v.ID)
		}
		for n, o := range c.f.Subnets[:i] {
			if o.VPC == s.VPC && (o.CIDR.Overlaps(s.CIDR) || o.IPv6.IsValid() && o.IPv6.Overlaps(s.IPv6)) {
				c.say(at("subnets", i, "cidr"), "overlaps subnets[%d]", n)
			}
		}
	}
}
