package compile

import (
	"math/bits"
	"slices"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// networkForward is what a listener or rule of a network load balancer does with flows: target groups with their weights.
type networkForward struct {
	choices []networkChoice
	total   uint64
	// sticky keeps a client's address at its target group.
	sticky bool
}

// networkChoice is a target group; it gets the draws from the bound of the choice before it up to its own.
type networkChoice struct {
	id string
	// group is nil when flows that this choice gets are reset.
	group  exchange.Group
	weight int32
	bound  uint64
}

// choose draws the choice for a flow, -1 when none has a weight.
func (f *networkForward) choose(flow, source uint64) int {
	if f.sticky {
		flow = source
	}
	// The hash also picks the target, so its bits are mixed anew: otherwise a group's share of connections would not
	// reach all of its targets.
	n, _ := bits.Mul64(flow*0x9e3779b97f4a7c15^flow>>29, f.total)
	for i := range f.choices {
		if n < f.choices[i].bound {
			return i
		}
	}
	return -1
}

// each calls f with every group that can be used, and says whether it wants more.
func (f *networkForward) each(use func(exchange.Group) bool) bool {
	for i := range f.choices {
		if g := f.choices[i].group; g != nil && !use(g) {
			return false
		}
	}
	return true
}

// weighs says whether a group is listed, and whether it has a weight.
func (f *networkForward) weighs(group string) (listed, weighs bool) {
	for i := range f.choices {
		if c := &f.choices[i]; c.id == group {
			listed, weighs = true, weighs || c.weight > 0
		}
	}
	return listed, weighs
}

// networkForward compiles a forward of a listener's default action or of a rule, which is named by its priority.
func (c *elbCompiler) networkForward(l *NetworkListener, source model.Source, priority any, f *model.Forward) networkForward {
	out := networkForward{sticky: f.Stickiness != nil && f.Stickiness.Enabled && len(f.TargetGroups) > 1}
	if out.sticky && l.TLS() { // only for TCP and UDP, as on AWS
		out.sticky = false
		c.say(diag.New(diag.GroupStickinessIgnored, objectOf(source, c.lb.ID), source.Field,
			diag.A("lb", c.lb.ID), diag.A("priority", priority)))
	}
	for _, g := range f.TargetGroups {
		weight := max(g.Weight, 0)
		out.total += uint64(weight)
		choice := networkChoice{id: g.TargetGroup, weight: weight, bound: out.total}
		if reason := c.unfit(l, g.TargetGroup); reason != "" {
			c.say(diag.New(diag.NetworkGroupUnfit, objectOf(source, c.lb.ID), source.Field,
				diag.A("lb", c.lb.ID), diag.A("port", l.Port), diag.A("group", g.TargetGroup), diag.A("reason", reason)))
		} else {
			choice.group = c.handle(g.TargetGroup)
			if described, _ := c.groups.Get(g.TargetGroup); (l.TLS() || l.QUIC()) && sticky(described.chosen().group) {
				c.ignored(l, source, "stickiness of target group "+g.TargetGroup, "clients are kept at targets on listeners for TCP and UDP only, not for TLS and QUIC")
			}
		}
		out.choices = append(out.choices, choice)
	}
	return out
}

// carriedBy says which group protocols the listeners of a protocol forward to, as ELBv2 pairs them.
func carriedBy(p model.ListenerProtocol) []model.TargetProtocol {
	switch p {
	case model.TCP:
		return []model.TargetProtocol{model.TargetTCP, model.TargetTCPUDP}
	case model.TLS:
		return []model.TargetProtocol{model.TargetTCP, model.TargetTLS}
	case model.UDP:
		return []model.TargetProtocol{model.TargetUDP, model.TargetTCPUDP}
	case model.QUIC:
		return []model.TargetProtocol{model.TargetQUIC, model.TargetTCPQUIC}
	case model.TCPUDP:
		return []model.TargetProtocol{model.TargetTCPUDP}
	case model.TCPQUIC:
		return []model.TargetProtocol{model.TargetTCPQUIC}
	}
	return nil
}

// unfit says why a listener cannot forward to a target group; empty when it can.
func (c *elbCompiler) unfit(l *NetworkListener, id string) string {
	g, known := c.groups.Get(id)
	if !known || !c.hasGroup(id) || len(g.variants) == 0 {
		return "it has no targets that this proxy knows"
	}
	if p := g.chosen().group.Protocol; !slices.Contains(carriedBy(l.Protocol), p) {
		return "its protocol is " + string(p) + ", the listener's is " + string(l.Protocol)
	}
	return ""
}
