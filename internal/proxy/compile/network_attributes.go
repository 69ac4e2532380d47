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
	p := attributeReader{lb: c.lb, diags: &c.diags}
	for _, a := range c.lb.Attributes {
		if a.Key == "load_balancing.cross_zone.enabled" {
			l.CrossZone = p.flag(a, false)
		}
	}
	p.listener = ml
	for _, a := range ml.Attributes {
		switch {
		case a.Key != "tcp.idle_timeout.seconds":
		case l.TLS():
			c.ignored(l, settingOf(c.lb, ml, a.Key), "attribute "+a.Key, "TLS listeners end idle connections after 350 seconds")
		default:
			l.IdleTimeout = p.seconds(a, 60, 6000, networkIdle)
		}
	}
}

// ignored tells of something that is asked for and that network load balancers do not have for a listener of this kind.
func (c *elbCompiler) ignored(l *NetworkListener, source model.Source, setting, reason string) {
	c.say(diag.New(diag.NetworkSettingIgnored, objectOf(source, c.lb.ID), source.Field,
		diag.A("setting", setting), diag.A("port", l.Port), diag.A("lb", c.lb.ID), diag.A("reason", reason)))
}

// sticky says whether a target group asks for stickiness, which keeps a client's address at a target.
func sticky(g *model.TargetGroup) bool {
	for _, a := range g.Attributes {
		if a.Key == "stickiness.enabled" {
			return a.Value == "true"
		}
	}
	return false
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
