package compile

import (
	"time"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// networkIdle is the idle timeout of TCP flows when nobody says otherwise, and always that of TLS listeners.
const networkIdle = 350 * time.Second

// networkAttributes reads the attributes of a network load balancer and its listener. A bad value is reported and the
// default kept.
func (c *elbCompiler) networkAttributes(l *NetworkListener, ml *model.Listener) {
	l.IdleTimeout = networkIdle
	p := attributeReader{lb: c.lb.ID, source: ml.DefaultSource, diags: &c.diags}
	for _, a := range c.lb.Attributes {
		if a.Key == "load_balancing.cross_zone.enabled" {
			l.CrossZone = p.flag(a, false)
		}
	}
	for _, a := range ml.Attributes {
		if a.Key == "tcp.idle_timeout.seconds" && !l.TLS() {
			l.IdleTimeout = p.seconds(a, 60, 6000, networkIdle)
		}
	}
}

// alpnPolicies are ELBv2's, with the protocols of each in the order of the load balancer's preference.
var alpnPolicies = []struct {
	name      string
	protocols []string
}{
	{"HTTP1Only", []string{"http/1.1", "http/1.0"}},
	{"HTTP2Only", []string{"h2"}},
	{"HTTP2Optional", []string{"http/1.1", "http/1.0", "h2"}},
	{"HTTP2Preferred", []string{"h2", "http/1.1", "http/1.0"}},
	{"None", nil},
	{"", nil},
}

// alpn is what a listener's policy stands for.
func (c *elbCompiler) alpn(ml *model.Listener) []string {
	for _, p := range alpnPolicies {
		if p.name == ml.ALPNPolicy {
			return p.protocols
		}
	}
	c.say(diag.New(diag.ALPNPolicyUnknown, objectOf(ml.DefaultSource, c.lb.ID), ml.DefaultSource.Field,
		diag.A("lb", c.lb.ID), diag.A("port", ml.Port), diag.A("policy", ml.ALPNPolicy)))
	return nil
}
