package compile

import (
	"cmp"
	"crypto/tls"
	"net/netip"
	"slices"
	"time"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// NetworkListener is one port of a network load balancer, compiled. It is never changed; a flow asks the newest snapshot for
// it once, when it begins.
type NetworkListener struct {
	// LoadBalancer is the load balancer's ID, Name its name.
	LoadBalancer, Name string
	// Dialect is class nginx's when the listener is one of its server names that pass through undecrypted.
	Dialect  model.Dialect
	Port     int32
	Protocol model.ListenerProtocol
	// TLSPolicy is what TLS listeners speak; nil on others.
	TLSPolicy *TLSPolicy
	// ALPN are the protocols to agree on with clients, best first; empty when none are.
	ALPN []string
	// IdleTimeout ends a connection on which nothing moves. ELB listener: tcp.idle_timeout.seconds, 350 s; fixed at
	// that on TLS listeners.
	IdleTimeout time.Duration
	// CrossZone is the load balancer's load_balancing.cross_zone.enabled, false; a target group may differ.
	CrossZone bool
	// Source names the object it came from.
	Source model.Source

	// networkForward is what is done with flows that no rule wants; rules are tried first, in order.
	networkForward
	rules []networkRule
	// sources says who may begin a flow; nil lets everyone.
	sources *sources
	// certs is nil on plain listeners.
	certs *certificates
}

// TLS says whether clients speak TLS to this listener.
func (l *NetworkListener) TLS() bool { return l.Protocol == model.TLS }

// Streams and Datagrams say what flows through the listener: connections of TCP, datagrams of UDP, or both. QUIC says that
// the datagrams are QUIC's, so that flows follow connection ids and not addresses.
func (l *NetworkListener) Streams() bool { return l.Protocol != model.UDP && l.Protocol != model.QUIC }

// Datagrams says that datagrams flow through the listener.
func (l *NetworkListener) Datagrams() bool { return CarriesDatagrams(l.Protocol) }

// QUIC says that they are QUIC's.
func (l *NetworkListener) QUIC() bool { return l.Protocol == model.QUIC || l.Protocol == model.TCPQUIC }

// CarriesDatagrams and CarriesStreams say what kinds of sockets a listener of a protocol needs.
func CarriesDatagrams(p model.ListenerProtocol) bool {
	return p == model.UDP || p == model.TCPUDP || p == model.QUIC || p == model.TCPQUIC
}

// CarriesStreams says whether a listener of a protocol needs a socket of TCP.
func CarriesStreams(p model.ListenerProtocol) bool { return p != model.UDP && p != model.QUIC }

// Admits says whether a client may begin a flow, as far as the security groups of the load balancer go.
func (l *NetworkListener) Admits(client netip.Addr, datagrams bool) bool {
	return l.sources.admit(client, l.Port, datagrams)
}

// Choose picks the target group for a flow of a client: flow and source are hashes of its ends and of the client's address.
// It is nil when the group that the flow belongs to cannot be used; as on AWS no other takes its place.
func (l *NetworkListener) Choose(client netip.Addr, flow, source uint64) exchange.Group {
	f := l.forward(client)
	if i := f.choose(flow, source); i >= 0 {
		return f.choices[i].group
	}
	return nil
}

// Groups calls f with every target group that flows may go to until it returns false: those of rules first.
func (l *NetworkListener) Groups(f func(exchange.Group) bool) {
	for i := range l.rules {
		if !l.rules[i].each(f) {
			return
		}
	}
	l.each(f)
}

// Retired says whether a target group has been given the weight 0: its connections are to end after a short while.
func (l *NetworkListener) Retired(group string) bool {
	listed, used := l.weighs(group)
	for i := range l.rules {
		there, weighs := l.rules[i].weighs(group)
		listed, used = listed || there, used || weighs
	}
	return listed && !used
}

// Certificate picks the certificate for a TLS handshake, as Listener.Certificate does.
func (l *NetworkListener) Certificate(hello *tls.ClientHelloInfo) *Certificate {
	if l.certs == nil {
		return nil
	}
	return l.certs.pick(hello)
}

// CertificateSet is a fingerprint of the certificates that a server name is served with, as Listener.CertificateSet is.
// several says that the listener has more than one certificate.
func (l *NetworkListener) CertificateSet(name string) (set uint64, several bool) {
	if l.certs == nil {
		return 0, false
	}
	return l.certs.set(name), l.certs.count > 1
}

// Network returns the listener of a network load balancer that takes connections of TCP on a port, nil when there is none.
func (s *Snapshot) Network(lb string, port int32) *NetworkListener {
	return s.network(lb, port, (*NetworkListener).Streams)
}

// Datagrams returns the listener of a network load balancer that takes datagrams on a port, nil when there is none. It may
// be the one that Network returns.
func (s *Snapshot) Datagrams(lb string, port int32) *NetworkListener {
	return s.network(lb, port, (*NetworkListener).Datagrams)
}

func (s *Snapshot) network(lb string, port int32, takes func(*NetworkListener) bool) *NetworkListener {
	if b, ok := s.elb.Get(lb); ok {
		for _, l := range b.networks {
			if l.Port == port && takes(l) {
				return l
			}
		}
	}
	return nil
}

// Networks returns all listeners of network load balancers, by load balancer and port.
func (s *Snapshot) Networks() []*NetworkListener {
	var out []*NetworkListener
	for _, id := range s.elb.Keys() {
		b, _ := s.elb.Get(id)
		out = append(out, b.networks...)
	}
	slices.SortStableFunc(out, func(a, b *NetworkListener) int {
		return cmp.Or(cmp.Compare(a.LoadBalancer, b.LoadBalancer), cmp.Compare(a.Port, b.Port))
	})
	return out
}

// networkListeners compiles the ports of a network load balancer. One that cannot be served is left out, which resets
// its connections, and is reported.
func (c *elbCompiler) networkListeners() []*NetworkListener {
	var out []*NetworkListener
	for i := range c.lb.Listeners {
		ml := &c.lb.Listeners[i]
		l, reason := c.networkListener(ml)
		if reason != "" {
			c.say(diag.New(diag.NetworkListenerLeftOut, objectOf(ml.DefaultSource, c.lb.ID), ml.DefaultSource.Field,
				diag.A("lb", c.lb.ID), diag.A("port", ml.Port), diag.A("reason", reason)))
			continue
		}
		c.networkRules(l, ml)
		out = append(out, l)
	}
	return out
}

// networkListener compiles one port, or says why it is not served.
func (c *elbCompiler) networkListener(ml *model.Listener) (*NetworkListener, string) {
	switch ml.Protocol {
	case model.TCP, model.TLS, model.UDP, model.TCPUDP, model.QUIC, model.TCPQUIC:
	default:
		return nil, "network load balancers have no listeners of protocol " + string(ml.Protocol)
	}
	l := &NetworkListener{
		LoadBalancer: c.lb.ID, Name: c.lb.Name, Port: ml.Port, Protocol: ml.Protocol, Source: ml.DefaultSource,
	}
	if len(ml.DefaultActions) != 1 || ml.DefaultActions[0].Type != model.ActionForward || ml.DefaultActions[0].Forward == nil {
		return nil, "its default action is not a forward to target groups, the only one that network load balancers know"
	}
	c.networkAttributes(l, ml)
	l.networkForward = c.networkForward(l, ml.DefaultSource, "default", ml.DefaultActions[0].Forward)
	l.sources = c.sources()
	if l.total == 0 {
		return nil, "no target group of its default action has a weight"
	}
	if l.TLS() {
		l.certs = c.certificates(ml)
		l.TLSPolicy = tlsPolicy(c.lb, ml, &c.diags)
		l.ALPN = c.alpn(ml)
	}
	return l, ""
}
