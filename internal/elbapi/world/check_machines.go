package world

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

func (c *checker) machines() {
	for i, m := range c.f.Instances {
		sub := c.place("instances", i, m.Subnet, m.VPC)
		c.members("instances", i, m.VPC, m.SecurityGroups)
		if !slices.Contains([]string{"", "pending", "running", "stopping", "stopped", "terminated"}, m.State) {
			c.say(at("instances", i, "state"), "%q is not a state of instances", m.State)
		}
		if sub == nil || c.hasInterface(m.ID) {
			continue
		}
		if !m.PrivateIP.Is4() {
			c.say(at("instances", i, "privateIP"), "an IPv4 address is needed")
			continue
		}
		c.address(at("instances", i, "privateIP"), sub, m.PrivateIP)
	}
	for i, n := range c.f.Interfaces {
		sub := c.place("interfaces", i, n.Subnet, n.VPC)
		c.members("interfaces", i, n.VPC, n.SecurityGroups)
		if n.Instance != "" && !slices.ContainsFunc(c.f.Instances, func(m Instance) bool { return m.ID == n.Instance }) {
			c.say(at("interfaces", i, "instance"), "no instance %q", n.Instance)
		}
		if len(n.Addresses) == 0 || !n.Addresses[0].Is4() {
			c.say(at("interfaces", i, "addresses"), "at least one is needed, an IPv4 address first")
		}
		if sub == nil {
			continue
		}
		for k, a := range n.Addresses {
			c.address(at("interfaces", i, at("addresses", k, "")), sub, a)
		}
	}
}

func (c *checker) hasInterface(instance string) bool {
	return slices.ContainsFunc(c.f.Interfaces, func(n Interface) bool { return n.Instance == instance })
}

func (c *checker) place(section string, i int, subnet, vpc string) *Subnet {
	sub := c.subnet(subnet)
	if sub == nil {
		c.say(at(section, i, "subnet"), "no subnet %q", subnet)
		return nil
	}
	if sub.VPC != vpc {
		c.say(at(section, i, "vpc"), "%s is in %s", subnet, sub.VPC)
	}
	return sub
}

func (c *checker) members(section string, i int, vpc string, groups []string) {
	for n, id := range groups {
		if !slices.ContainsFunc(c.f.SecurityGroups, func(g SecurityGroup) bool { return g.ID == id && g.VPC == vpc }) {
			c.say(at(section, i, at("securityGroups", n, "")), "no security group %q in %s", id, vpc)
		}
	}
}

func (c *checker) address(path string, sub *Subnet, a netip.Addr) {
	if !sub.CIDR.IsValid() || !a.IsValid() || a.Zone() != "" || a.Is4In6() || !sub.Usable(a) {
		c.say(path, "%s is no address of %s that can be given away", a, sub.ID)
		return
	}
	if other := c.used[a]; other != "" {
		c.say(path, "%s has the address %s too", other, a)
		return
	}
	c.used[a] = path
}

func (c *checker) certificates() {
	seen := map[string]bool{}
	for i, x := range c.f.Certificates {
		path := at("certificates", i, "")
		if seen[x.ARN] {
			c.say(path, "%s stands here twice", x.ARN)
		}
		seen[x.ARN] = true
		if x.ARN != "" && !strings.HasPrefix(x.ARN, c.f.identity().ARN("acm", "certificate/")) {
			c.say(path+".arn", "%q is not one of this account and region", x.ARN)
		}
		if !slices.Contains([]string{"IMPORTED", "AMAZON_ISSUED", "PRIVATE"}, x.Type) {
			c.say(path+".type", "%q is not IMPORTED, AMAZON_ISSUED or PRIVATE", x.Type)
		}
		if len(x.Names) == 0 {
			c.say(path+".names", "at least one is needed")
		}
		for n, name := range x.Names {
			if !IsName(name) {
				c.say(fmt.Sprintf("%s.names[%d]", path, n), "%q is not a DNS name", name)
			}
		}
		if x.KeyAlgorithm != "" && !slices.Contains([]string{ECP256, ECP384, RSA2048}, x.KeyAlgorithm) {
			c.say(path+".keyAlgorithm", "%q is not %s, %s or %s", x.KeyAlgorithm, ECP256, ECP384, RSA2048)
		}
		content := x.Chain != "" || x.Key != ""
		switch {
		case x.Generate && content:
			c.say(path, "generate, or chain and key: not both")
		case content:
			if _, err := tls.X509KeyPair([]byte(x.Chain), []byte(x.Key)); err != nil {
				c.say(path, "chain and key: %v", err)
			}
		case x.Status == "ISSUED" && !x.Generate:
			c.say(path, "generate, or chain and key are needed for a certificate that is issued")
		}
	}
	c.userPools()
	names := map[string]bool{}
	for i, x := range c.f.ServerCertificates {
		if x.Name == "" || names[x.Name] {
			c.say(at("serverCertificates", i, "name"), "%q is empty, or stands here twice", x.Name)
		}
		names[x.Name] = true
		if _, err := tls.X509KeyPair([]byte(x.Chain), []byte(x.Key)); err != nil {
			c.say(at("serverCertificates", i, ""), "chain and key: %v", err)
		}
	}
}

// IsName says whether a certificate can be for this: a DNS name of letters, digits, dashes and underscores, perhaps with *
// as its first label.
func IsName(name string) bool {
	labels := strings.Split(name, ".")
	if len(name) > 253 {
		return false
	}
	for i, l := range labels {
		if l == "*" && i == 0 && len(labels) > 1 {
			continue
		}
		if l == "" || len(l) > 63 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return false
		}
		if strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") {
			return false
		}
	}
	return true
}

func (c *checker) guards() {
	names, ids := map[string]bool{}, map[string]bool{}
	for i, a := range c.f.WebACLs {
		if a.Name == "" || names[a.Name] || ids[a.ID] {
			c.say(at("webACLs", i, "name"), "%q is empty, or stands here twice", a.Name)
		}
		names[a.Name], ids[a.ID] = true, true
	}
	for i, p := range c.f.Shield.Protections {
		if p.ID == "" || p.Resource == "" || ids[p.ID] || ids[p.Resource] {
			c.say("shield."+at("protections", i, ""), "id and resource are needed, each once")
		}
		ids[p.ID], ids[p.Resource] = true, true
	}
}
