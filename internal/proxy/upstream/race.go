package upstream

import (
	"context"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// racing says after which time of connecting a second target is tried beside the first; 0 is never. Only groups of class
// nginx race, which have no health checks that would keep requests from a target that is not there, and only clients that
// are free to go to any target. Nothing of the request has been sent yet, so that nothing is done twice.
func (g *Group) racing(x *exchange.Exchange) time.Duration {
	s := g.settings.Load()
	if s.network || s.check != nil || x.Stick.By != exchange.Loose || s.algorithm == ConsistentHash {
		return 0
	}
	return g.registry.options.RaceAfter
}

// runner is how connecting to a target went.
type runner struct {
	c   *Conn
	err error
}

// race connects to t and, when that has not come to an end after a while, to another target too. The first connection wins;
// the other one waits for a request of its own. The error is that of t.
func (t *Target) race(x *exchange.Exchange, after, timeout time.Duration) (*Conn, error) {
	g := t.group
	ctx, cancel := context.WithTimeout(g.registry.life, timeout)
	first := g.start(ctx, t)
	timer := time.NewTimer(after)
	defer timer.Stop()
	select {
	case r := <-first:
		cancel()
		return r.c, r.err
	case <-timer.C:
	}
	other := g.besides(t, x)
	if other == nil {
		defer cancel()
		r := <-first
		return r.c, r.err
	}
	second := g.start(ctx, other)
	won, late := runner{}, second
	select {
	case won = <-first:
	case won = <-second:
		late = first
	}
	if won.err != nil {
		defer cancel()
		failed := won
		if won = <-late; won.err != nil && late == first {
			return nil, won.err
		}
		if won.err != nil {
			return nil, failed.err
		}
		return won.c, nil
	}
	g.registry.tasks.Go(func() {
		defer cancel()
		if r := <-late; r.c != nil {
			r.c.Target.requests.Add(^uint64(0)) // none was sent
			r.c.Reuse()
		}
	})
	return won.c, nil
}

// start connects to a target in a goroutine of its own.
func (g *Group) start(ctx context.Context, t *Target) <-chan runner {
	out := make(chan runner, 1)
	t.outstanding.Add(1)
	t.requests.Add(1)
	g.registry.tasks.Go(func() {
		c, err := t.connect(ctx, Opening{}, false)
		if err != nil {
			t.unreached()
		}
		out <- runner{c, err}
	})
	return out
}

// besides is a usable target other than t that x has not tried, nil when there is none.
func (g *Group) besides(t *Target, x *exchange.Exchange) *Target {
	list := g.roster.Load().usable
	start := int(below(draw(x), max(len(list), 1)))
	for i := range list {
		if other := list[(start+i)%len(list)]; other != t && !tried(other, x) {
			return other
		}
	}
	return nil
}
