package action

import (
	"math/bits"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// forward chooses a target group.
type forward struct {
	choices []choice
	total   uint64
	canary  bool
	style   page.Style
}

// choice is a target group; it gets the draws from the bound of the choice before it up to its own. The handle is nil
// when the group is unknown: its share is answered 503. number is what cookies call it.
type choice struct {
	group  exchange.Group
	bound  uint64
	number uint64
}

// NewForward makes the step of a forward action; nil for nil.
func NewForward(c *compile.Config, f *model.Forward) exchange.Filter {
	if f == nil {
		return nil
	}
	out := forward{canary: f.Canary, style: c.Style}
	for _, g := range f.TargetGroups {
		out.total += uint64(max(g.Weight, 0))
		handle := c.Group(g.TargetGroup)
		if handle == nil {
			c.Report(diag.TargetGroupUnknown, diag.A("group", g.TargetGroup))
		}
		out.choices = append(out.choices, choice{handle, out.total, exchange.GroupNumber(g.TargetGroup)})
	}
	if out.total == 0 {
		c.Report(diag.WeightsAllZero)
	}
	return out
}

// Request takes the target group that the client is to stay with, or draws one by weight. It does not fall over to another one when the group is empty, as on AWS; with
// Canary, only an empty canary leads back to the main group, and an empty main group is 503 whatever was drawn, as with
// ingress-nginx. This stands before authentication: nobody is asked for a password where nothing is served.
func (f forward) Request(x *exchange.Exchange) exchange.Verdict {
	group := f.kept(x.Stick.Group)
	if group == nil {
		group = f.draw(x.Random[0])
	}
	if f.canary && len(f.choices) > 0 {
		if main := f.choices[0].group; !ready(main) || !ready(group) {
			group = main
		}
	}
	if !ready(group) {
		x.Did(exchange.ActionForward)
		f.style.Error(x, 503)
		return exchange.Respond
	}
	x.Group = group
	return exchange.Continue
}

// kept is the target group of that number, nil when it is none of the action's. Its weight does not matter: one of 0
// takes no new clients and keeps those it has.
func (f *forward) kept(number uint64) exchange.Group {
	if number == 0 {
		return nil
	}
	for i := range f.choices {
		if f.choices[i].number == number {
			return f.choices[i].group
		}
	}
	return nil
}

// draw maps a random number onto the weights.
func (f *forward) draw(random uint64) exchange.Group {
	if f.total == 0 {
		return nil
	}
	n, _ := bits.Mul64(random, f.total)
	for i := range f.choices {
		if n < f.choices[i].bound {
			return f.choices[i].group
		}
	}
	return nil
}

func ready(g exchange.Group) bool { return g != nil && g.Ready() }
