package compile

import (
	"crypto/tls"
	"net/netip"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// NetworkTrace is the way of a connection through a listener of a network load balancer.
type NetworkTrace struct {
	Protocol model.ListenerProtocol
	Shares   []NetworkShare
	// ALPN are the protocols that TLS clients may choose from, best first.
	ALPN []string
	// Source names the object that the listener, or the rule, came from. Priority is the rule's; 0 for the default action.
	Source   model.Source
	Priority int32
	// Refused says that the security groups of the load balancer do not let the client in.
	Refused bool
}

// NetworkShare is a target group's part of a listener's connections.
type NetworkShare struct {
	Group  string
	Weight int32
	// Unfit says that connections of this share are reset.
	Unfit bool
	// Targets are the addresses that get its connections, when the group tells; Empty says that it tells of none.
	Targets []string
	Empty   bool
}

// targetLister is a target group that tells the addresses that connections go to; those of package upstream do.
type targetLister interface {
	UsableTargets(crossZone bool) []string
}

// explainNetwork notes what a network listener would do with a connection.
func (t *Trace) explainNetwork(l *NetworkListener, p Probe) {
	t.Listening = true
	n := &NetworkTrace{Protocol: l.Protocol, ALPN: l.ALPN, Source: l.Source}
	t.Network = n
	t.secured(l.TLSPolicy, l.certs, p.Host)
	if l.TLS() {
		if c := l.Certificate(&tls.ClientHelloInfo{ServerName: serverName(p.Host)}); c != nil {
			t.Certificate = c.ID
		}
	}
	remote := p.Remote
	if !remote.IsValid() {
		remote = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	n.Refused = p.Remote.IsValid() && !l.Admits(remote, !l.Streams())
	forward := l.forward(remote)
	if r := l.rule(remote); r != nil {
		n.Priority, n.Source = r.priority, r.source
	}
	if forward.sticky {
		t.Staying = append(t.Staying, "the address of a client keeps it at its target group (target group stickiness)")
	}
	for _, c := range forward.choices {
		share := NetworkShare{Group: c.id, Weight: c.weight, Unfit: c.group == nil}
		if lister, ok := c.group.(targetLister); ok {
			share.Targets = lister.UsableTargets(l.CrossZone)
			share.Empty = len(share.Targets) == 0
		}
		n.Shares = append(n.Shares, share)
	}
	t.Total = int32(forward.total)
	if i := forward.choose(p.Random[0], p.Random[1]); i >= 0 && forward.choices[i].group != nil {
		t.Group, t.Weight = forward.choices[i].id, forward.choices[i].weight
	}
}

// text renders the trace for people.
func (n *NetworkTrace) text(line func(string, ...any)) {
	if n.Refused {
		line("the security groups of the load balancer do not let this client in: nothing is answered")
		return
	}
	datagrams := n.Protocol == model.UDP || n.Protocol == model.QUIC
	switch {
	case n.Priority > 0:
		line("rule %d matches the client's address%s", n.Priority, from(n.Source))
	case datagrams:
		line("datagrams of protocol %s are forwarded as they come, without a look at what they carry%s", n.Protocol, from(n.Source))
	default:
		line("every connection of protocol %s is forwarded as it comes, without a look at what it carries%s", n.Protocol, from(n.Source))
	}
	if len(n.ALPN) > 0 {
		line("agrees with clients on one of %s", strings.Join(n.ALPN, ", "))
	}
	total := int32(0)
	for _, s := range n.Shares {
		total += s.Weight
	}
	for _, s := range n.Shares {
		switch {
		case s.Weight == 0:
			line("target group %s gets none (weight 0)", s.Group)
			continue
		case s.Weight == total:
			line("sent to target group %s", s.Group)
		default:
			line("sent to target group %s (weight %d of %d)", s.Group, s.Weight, total)
		}
		switch {
		case s.Unfit:
			line("  which cannot be used: its connections are reset")
		case s.Empty && datagrams:
			line("  which has no target that may be used here: its datagrams are dropped")
		case s.Empty:
			line("  which has no target that may be used here: its connections are reset")
		case len(s.Targets) > 0:
			line("  at one of %s", strings.Join(s.Targets, ", "))
		}
	}
}
