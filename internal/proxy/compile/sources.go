package compile

import (
	"net/netip"

	"github.com/gwanmun/gwanmun/internal/model"
)

// sources says who may connect to a load balancer, as its security groups do. It never changes.
type sources struct{ rules []sourceRule }

// sourceRule lets a range of addresses in to a range of ports.
type sourceRule struct {
	streams, datagrams bool
	low, high          int32
	from               netip.Prefix
}

// admit says whether a client may connect to a port. Without sources everyone may.
func (s *sources) admit(client netip.Addr, port int32, datagrams bool) bool {
	if s == nil {
		return true
	}
	client = client.Unmap().WithZone("")
	for i := range s.rules {
		r := &s.rules[i]
		if (datagrams && r.datagrams || !datagrams && r.streams) && r.low <= port && port <= r.high && r.from.Contains(client) {
			return true
		}
	}
	return false
}

// sources reads the security groups of the load balancer. It is nil, and lets everyone in, when there are none or when the
// model does not hold one of them: who that one lets in is not known. Other security groups and prefix lists as sources let
// in nobody: their members are machines and networks of AWS.
func (c *elbCompiler) sources() *sources {
	if len(c.lb.SecurityGroups) == 0 {
		return nil
	}
	out := &sources{}
	for _, id := range c.lb.SecurityGroups {
		g := c.securityGroup(id)
		if g == nil {
			return nil
		}
		for i := range g.Ingress {
			if r, ok := newSourceRule(&g.Ingress[i]); ok {
				out.rules = append(out.rules, r)
			}
		}
	}
	return out
}

func (c *elbCompiler) securityGroup(id string) *model.SecurityGroup {
	for _, p := range c.parts {
		for i := range p.unit.model.SecurityGroups {
			if g := &p.unit.model.SecurityGroups[i]; g.ID == id {
				return g
			}
		}
	}
	return nil
}

// newSourceRule reads one rule; ok says whether it is about connections and datagrams at all.
func newSourceRule(r *model.SecurityGroupRule) (out sourceRule, ok bool) {
	text := r.CIDR
	if text == "" {
		text = r.CIDRv6
	}
	from, err := netip.ParsePrefix(text)
	if err != nil {
		return out, false
	}
	out = sourceRule{low: r.FromPort, high: r.ToPort, from: from.Masked()}
	switch r.Protocol {
	case "-1":
		out.streams, out.datagrams, out.low, out.high = true, true, 0, 65535
	case "tcp", "6":
		out.streams = true
	case "udp", "17":
		out.datagrams = true
	}
	return out, out.streams || out.datagrams
}
