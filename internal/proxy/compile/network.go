package compile

import (
	"cmp"
	"crypto/tls"
	"math/bits"
	"slices"
	"time"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// NetworkListener is one TCP or TLS port of a network load balancer, compiled. It is never changed; a connection asks
// the newest snapshot for it once, when it is accepted.
type NetworkListener struct {
	// LoadBalancer is the load balancer's ID, Name its name.
	LoadBalancer, Name string
	Port               int32
	Protocol           model.ListenerProtocol
	// SSLPolicy is the model's name of it; empty for the default.
	SSLPolicy string
	// ALPN are the protocols to agree on with clients, best first; empty when none are.
	ALPN []string
	// IdleTimeout ends a connection on which nothing moves. ELB listener: tcp.idle_timeout.seconds, 350 s; fixed at
	// that on TLS listeners.
	IdleTimeout time.Duration
	// CrossZone is the load balancer's load_balancing.cross_zone.enabled, false; a target group may differ.
	CrossZone bool
	// Source names the object it came from.
	Source model.Source

	choices []networkChoice
	total   uint64
	// sticky keeps a client's address at its target group.
	sticky bool
	// certs is nil on plain listeners.
	certs *certificates
}

// networkChoice is a target group; it gets the draws from the bound of the choice before it up to its own.
type networkChoice struct {
	id string
	// group is nil when connections that this choice gets are reset.
	group  exchange.Group
	weight int32
	bound  uint64
}

// TLS says whether clients speak TLS to this listener.
func (l *NetworkListener) TLS() bool { return l.Protocol == model.TLS }

// Choose picks the target group for a connection: flow and source are hashes of its ends and of the client's address.
// It is nil when the group that the connection belongs to cannot be used; as on AWS no other takes its place.
func (l *NetworkListener) Choose(flow, source uint64) exchange.Group {
	if i := l.choose(flow, source); i >= 0 {
		return l.choices[i].group
	}
	return nil
}

func (l *NetworkListener) choose(flow, source uint64) int {
	if l.sticky {
		flow = source
	}
	// The hash also picks the target, so its bits are mixed anew: otherwise a group's share of connections would not
	// reach all of its targets.
	n, _ := bits.Mul64(flow*0x9e3779b97f4a7c15^flow>>29, l.total)
	for i := range l.choices {
		if n < l.choices[i].bound {
			return i
		}
	}
	return -1
}

// Retired says whether a target group has been given the weight 0: its connections are to end after a short while.
func (l *NetworkListener) Retired(group string) bool {
	listed := false
	for i := range l.choices {
		if c := &l.choices[i]; c.id == group {
			if c.weight > 0 {
				return false
			}
			listed = true
		}
	}
	return listed
}

// Certificate picks the certificate for a TLS handshake, as Listener.Certificate does.
func (l *NetworkListener) Certificate(hello *tls.ClientHelloInfo) *Certificate {
	if l.certs == nil {
		return nil
	}
	return l.certs.pick(hello)
}

// Network returns a listener of a network load balancer, nil when there is none.
func (s *Snapshot) Network(lb string, port int32) *NetworkListener {
	if b, ok := s.elb.Get(lb); ok {
		for _, l := range b.networks {
			if l.Port == port {
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
		for j := range ml.Rules {
			// The rules of network listeners (source addresses, since 2026) are not carried out.
			r := &Rule{Model: &ml.Rules[j], Source: ml.Rules[j].Source}
			c.say(diag.New(diag.RuleLeftOut, objectOf(r.Source, c.lb.ID), r.Source.Field, diag.A("priority", r.Model.Priority),
				diag.A("lb", c.lb.ID), diag.A("reason", "rules of network load balancers are not carried out yet")))
		}
		out = append(out, l)
	}
	return out
}

// networkListener compiles one port, or says why it is not served.
func (c *elbCompiler) networkListener(ml *model.Listener) (*NetworkListener, string) {
	switch ml.Protocol {
	case model.TCP, model.TLS:
	case model.UDP, model.TCPUDP, model.QUIC, model.TCPQUIC:
		return nil, "listeners of protocol " + string(ml.Protocol) + " are not carried out here yet"
	default:
		return nil, "network load balancers have no listeners of protocol " + string(ml.Protocol)
	}
	l := &NetworkListener{
		LoadBalancer: c.lb.ID, Name: c.lb.Name, Port: ml.Port, Protocol: ml.Protocol, SSLPolicy: ml.SSLPolicy,
		Source: ml.DefaultSource,
	}
	if len(ml.DefaultActions) != 1 || ml.DefaultActions[0].Type != model.ActionForward || ml.DefaultActions[0].Forward == nil {
		return nil, "its default action is not a forward to target groups, the only one that network load balancers know"
	}
	c.networkAttributes(l, ml)
	c.networkForward(l, ml, ml.DefaultActions[0].Forward)
	if l.total == 0 {
		return nil, "no target group of its default action has a weight"
	}
	if l.TLS() {
		l.certs = c.certificates(ml)
		l.ALPN = c.alpn(ml)
	}
	return l, ""
}

// networkForward fills the choices.
func (c *elbCompiler) networkForward(l *NetworkListener, ml *model.Listener, f *model.Forward) {
	l.sticky = f.Stickiness != nil && f.Stickiness.Enabled && len(f.TargetGroups) > 1
	if l.sticky && l.TLS() { // only for TCP, as on AWS
		l.sticky = false
		c.say(diag.New(diag.GroupStickinessIgnored, objectOf(ml.DefaultSource, c.lb.ID), ml.DefaultSource.Field,
			diag.A("lb", c.lb.ID), diag.A("priority", "default")))
	}
	for _, g := range f.TargetGroups {
		weight := max(g.Weight, 0)
		l.total += uint64(weight)
		choice := networkChoice{id: g.TargetGroup, weight: weight, bound: l.total}
		if reason := c.unfit(l, g.TargetGroup); reason != "" {
			c.say(diag.New(diag.NetworkGroupUnfit, objectOf(ml.DefaultSource, c.lb.ID), ml.DefaultSource.Field,
				diag.A("lb", c.lb.ID), diag.A("port", ml.Port), diag.A("group", g.TargetGroup), diag.A("reason", reason)))
		} else {
			choice.group = c.handle(g.TargetGroup)
		}
		l.choices = append(l.choices, choice)
	}
}

// unfit says why a listener cannot forward to a target group; empty when it can.
func (c *elbCompiler) unfit(l *NetworkListener, id string) string {
	g, known := c.groups.Get(id)
	if !known || !c.hasGroup(id) || len(g.variants) == 0 {
		return "it has no targets that this proxy knows"
	}
	switch p := g.chosen().group.Protocol; {
	case p == model.TargetTCP, p == model.TargetTLS && l.TLS():
		return ""
	default:
		return "its protocol is " + string(p) + ", the listener's is " + string(l.Protocol)
	}
}
