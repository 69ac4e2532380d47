package compile

import (
	"net/netip"
	"slices"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// networkRule sends the flows of some clients elsewhere than the default action does.
type networkRule struct {
	priority int32
	source   model.Source
	// clients holds one list of ranges for each condition: a client must be in each list.
	clients [][]netip.Prefix
	networkForward
}

func (r *networkRule) holds(client netip.Addr) bool {
	for _, list := range r.clients {
		if !within(list, client) {
			return false
		}
	}
	return true
}

func within(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// forward is what is done with the flows of a client: the rule with the lowest priority that holds, or the default.
func (l *NetworkListener) forward(client netip.Addr) *networkForward {
	if r := l.rule(client); r != nil {
		return &r.networkForward
	}
	return &l.networkForward
}

// rule is the rule for a client, nil when none holds.
func (l *NetworkListener) rule(client netip.Addr) *networkRule {
	if len(l.rules) == 0 {
		return nil
	}
	client = client.Unmap().WithZone("")
	for i := range l.rules {
		if l.rules[i].holds(client) {
			return &l.rules[i]
		}
	}
	return nil
}

// networkRules compiles the rules of a listener: source addresses are all that they look at, a forward all that they do. One
// that says anything else is left out and reported.
func (c *elbCompiler) networkRules(l *NetworkListener, ml *model.Listener) {
	for i := range ml.Rules {
		mr := &ml.Rules[i]
		r, reason := c.networkRule(l, mr)
		if reason != "" {
			c.say(diag.New(diag.RuleLeftOut, objectOf(mr.Source, c.lb.ID), mr.Source.Field, diag.A("priority", mr.Priority),
				diag.A("lb", c.lb.ID), diag.A("reason", reason)))
			continue
		}
		l.rules = append(l.rules, r)
	}
	slices.SortStableFunc(l.rules, func(a, b networkRule) int { return int(a.priority - b.priority) })
}

func (c *elbCompiler) networkRule(l *NetworkListener, mr *model.Rule) (networkRule, string) {
	r := networkRule{priority: mr.Priority, source: mr.Source}
	for i := range mr.Conditions {
		condition := &mr.Conditions[i]
		if condition.Field != model.SourceIP || len(condition.Values) == 0 {
			return r, "rules of network load balancers look at nothing but source addresses"
		}
		var list []netip.Prefix
		for _, text := range condition.Values {
			p, err := netip.ParsePrefix(text)
			if err != nil {
				return r, "\"" + text + "\" is no address range"
			}
			list = append(list, p.Masked())
		}
		r.clients = append(r.clients, list)
	}
	if len(mr.Actions) != 1 || mr.Actions[0].Forward == nil || len(mr.Transforms) > 0 {
		return r, "rules of network load balancers do nothing but forward to target groups"
	}
	r.networkForward = c.networkForward(l, mr.Source, mr.Priority, mr.Actions[0].Forward)
	if r.total == 0 {
		return r, "none of its target groups has a weight"
	}
	return r, ""
}
