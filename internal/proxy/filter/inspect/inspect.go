package inspect

import (
	"context"
	"errors"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// DefaultBudget is how long an inspection may take when nothing else was said.
const DefaultBudget = time.Second

// Config is what a load balancer says about inspection.
type Config struct {
	// Inspector judges requests; nil makes no step.
	Inspector exchange.Inspector
	// WebACL names what is attached to the load balancer; empty or "none" makes no step.
	WebACL string
	// FailOpen lets requests pass that could not be judged; otherwise they are answered 500. ELB:
	// waf.fail_open.enabled, false.
	FailOpen bool
	// Budget bounds an inspection, DefaultBudget when 0.
	Budget time.Duration
	Style  page.Style
}

type filter struct{ Config }

// New makes the step; nil when there is nothing to ask or nobody to be asked.
func New(c Config) exchange.Filter {
	if c.Inspector == nil || c.WebACL == "" || c.WebACL == "none" {
		return nil
	}
	if c.Budget <= 0 {
		c.Budget = DefaultBudget
	}
	return filter{c}
}

// Blocks implements exchange.Blocking: an inspector may ask over a network.
func (filter) Blocks() bool { return true }

// Request asks the inspector. What cannot be judged within the budget is a failure, whatever the judgement was.
func (f filter) Request(x *exchange.Exchange) exchange.Verdict {
	ctx, cancel := context.WithTimeout(context.Background(), f.Budget) // the exchange has no context; the budget bounds it
	defer cancel()
	found, err := f.Inspector.Inspect(ctx, f.WebACL, x)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		x.Did(exchange.ActionWAFFailed)
		if f.FailOpen {
			return exchange.Continue
		}
		if errors.Is(err, context.DeadlineExceeded) {
			x.Because("WAFResponseReadTimeout")
		} else {
			x.Because("WAFServiceError")
		}
		f.Style.Error(x, 500)
		return exchange.Respond
	}
	x.Did(exchange.ActionWAF)
	if !found.Block {
		return exchange.Continue
	}
	status := found.Status
	if status < 200 || status > 599 {
		status = 403
	}
	if len(found.Body) > 0 {
		f.Style.Fixed(x, status, []byte(found.ContentType), found.Body)
	} else {
		f.Style.Error(x, status)
	}
	return exchange.Respond
}
