package world

import (
	"slices"
	"strconv"
	"strings"
)

func (c *checker) gateways() {
	attached := map[string]bool{}
	for i, g := range c.f.InternetGateways {
		if g.VPC == "" {
			continue
		}
		if c.vpc(g.VPC) == nil {
			c.say(at("internetGateways", i, "vpc"), "no VPC %q", g.VPC)
		}
		if attached[g.VPC] {
			c.say(at("internetGateways", i, "vpc"), "%s has an internet gateway already", g.VPC)
		}
		attached[g.VPC] = true
	}
	lists := map[string]bool{}
	for i, a := range c.f.NetworkACLs {
		if c.vpc(a.VPC) == nil {
			c.say(at("networkACLs", i, "vpc"), "no VPC %q", a.VPC)
		}
		if lists[a.VPC] {
			c.say(at("networkACLs", i, "vpc"), "%s has a network ACL already", a.VPC)
		}
		lists[a.VPC] = true
	}
}

func (c *checker) routeTables() {
	mains, tables := map[string]bool{}, map[string]string{}
	for i, t := range c.f.RouteTables {
		if c.vpc(t.VPC) == nil {
			c.say(at("routeTables", i, "vpc"), "no VPC %q", t.VPC)
		}
		if t.Main && mains[t.VPC] {
			c.say(at("routeTables", i, "main"), "%s has a main route table already", t.VPC)
		}
		mains[t.VPC] = mains[t.VPC] || t.Main
		for n, id := range t.Subnets {
			path := at("routeTables", i, at("subnets", n, ""))
			if s := c.subnet(id); s == nil || s.VPC != t.VPC {
				c.say(path, "no subnet %q in %s", id, t.VPC)
			}
			if tables[id] != "" {
				c.say(path, "%s is associated with %s already", id, tables[id])
			}
			tables[id] = t.ID
		}
		c.routes(i, t)
	}
}

func (c *checker) routes(i int, t RouteTable) {
	seen := map[string]bool{}
	for n, r := range t.Routes {
		path := at("routeTables", i, at("routes", n, ""))
		if r.Destination.IsValid() == (r.PrefixList != "") {
			c.say(path, "exactly one of destination and prefixList is needed")
			continue
		}
		if r.Destination.IsValid() && r.Destination != r.Destination.Masked() {
			c.say(path+".destination", "%s has bits behind its length", r.Destination)
		}
		key := r.PrefixList + r.Destination.String()
		if seen[key] {
			c.say(path, "the destination stands here twice")
		}
		seen[key] = true
		if r.PrefixList != "" && !slices.ContainsFunc(c.f.PrefixLists, func(p PrefixList) bool { return p.ID == r.PrefixList }) {
			c.say(path+".prefixList", "no prefix list %q", r.PrefixList)
		}
		inVPC := func(g InternetGateway) bool { return g.ID == r.Via && g.VPC == t.VPC }
		if strings.HasPrefix(r.Via, "igw-") && !slices.ContainsFunc(c.f.InternetGateways, inVPC) {
			c.say(path+".via", "no internet gateway %q that is attached to %s", r.Via, t.VPC)
		}
		if r.Via == "" {
			c.say(path+".via", "a gateway or interface is needed")
		}
	}
}

func (c *checker) prefixLists() {
	for i, p := range c.f.PrefixLists {
		if p.Name == "" {
			c.say(at("prefixLists", i, "name"), "is needed")
		}
		for n, e := range p.Entries {
			if !e.IsValid() || e != e.Masked() || e.Addr().Is4() != p.Entries[0].Addr().Is4() {
				c.say(at("prefixLists", i, at("entries", n, "")), "%s has bits behind its length, or is of another family", e)
			}
		}
		if p.Weight < 0 {
			c.say(at("prefixLists", i, "weight"), "is negative")
		}
	}
}

func (c *checker) groups() {
	names, rules := map[string]bool{}, map[string]bool{}
	for i := range c.f.SecurityGroups {
		g := &c.f.SecurityGroups[i]
		if c.vpc(g.VPC) == nil {
			c.say(at("securityGroups", i, "vpc"), "no VPC %q", g.VPC)
		}
		if g.Name == "" || names[g.VPC+"/"+g.Name] {
			c.say(at("securityGroups", i, "name"), "%q is empty, or another group of %s has it", g.Name, g.VPC)
		}
		names[g.VPC+"/"+g.Name] = true
		for n := range slices.Concat(g.Ingress, g.Egress) {
			section, first := "ingress", 0
			if n >= len(g.Ingress) {
				section, first = "egress", len(g.Ingress)
			}
			r := ruleAt(g, n)
			path := at("securityGroups", i, at(section, n-first, ""))
			c.rule(path, *g, *r)
			if r.ID != "" && (rules[r.ID] || !strings.HasPrefix(r.ID, "sgr-")) {
				c.say(path+".id", "%q stands here twice, or does not begin with sgr-", r.ID)
			}
			rules[r.ID] = true
		}
		c.twice(at("securityGroups", i, "ingress"), g.Ingress)
		c.twice(at("securityGroups", i, "egress"), g.Egress)
	}
}

func (c *checker) twice(path string, rules []Rule) {
	seen := map[Match]bool{}
	for n, r := range rules {
		if seen[r.Match] {
			c.say(path+"["+strconv.Itoa(n)+"]", "the same rule stands here twice")
		}
		seen[r.Match] = true
	}
}

func (c *checker) rule(path string, g SecurityGroup, r Rule) {
	if !IsProtocol(r.Protocol) {
		c.say(path+".protocol", "%q is not tcp, udp, icmp, icmpv6, a number, or -1", r.Protocol)
	}
	ports := r.Protocol == "tcp" || r.Protocol == "udp"
	if ports && (r.FromPort < 0 || r.ToPort > 65535 || r.FromPort > r.ToPort) {
		c.say(path, "ports %d to %d are not a range within 0 to 65535", r.FromPort, r.ToPort)
	}
	sources := 0
	for _, given := range []bool{r.CIDR.IsValid(), r.PrefixList != "", r.Group != ""} {
		if given {
			sources++
		}
	}
	if sources != 1 {
		c.say(path, "exactly one of cidr, prefixList and group is needed")
	}
	if r.CIDR.IsValid() && r.CIDR != r.CIDR.Masked() {
		c.say(path+".cidr", "%s has bits behind its length", r.CIDR)
	}
	if r.Group != "" && !slices.ContainsFunc(c.f.SecurityGroups, func(o SecurityGroup) bool { return o.ID == r.Group && o.VPC == g.VPC }) {
		c.say(path+".group", "no security group %q in %s", r.Group, g.VPC)
	}
	if r.PrefixList != "" && !slices.ContainsFunc(c.f.PrefixLists, func(p PrefixList) bool { return p.ID == r.PrefixList }) {
		c.say(path+".prefixList", "no prefix list %q", r.PrefixList)
	}
}

// IsProtocol says whether a rule may have this protocol, in the form that the world keeps.
func IsProtocol(p string) bool {
	if slices.Contains([]string{"tcp", "udp", "icmp", "icmpv6", "-1"}, p) {
		return true
	}
	n, err := strconv.Atoi(p)
	return err == nil && n >= 0 && n <= 255 && strconv.Itoa(n) == p && !slices.Contains([]int{1, 6, 17, 58}, n)
}
