package upstream

import (
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// ramp starts the slow start of a target that has just become healthy. The group's lock is held. The first targets of
// a group have none: it only begins when a healthy target outside of it is there to take the rest.
func (g *Group) ramp(t *Target, now time.Time) {
	length := g.settings.Load().slowStart
	t.rampEnd.Store(0)
	if length <= 0 {
		return
	}
	for _, o := range g.order {
		if o != t && o.state() == Healthy && o.rampEnd.Load() <= now.UnixNano() {
			t.rampStart.Store(now.UnixNano())
			t.rampEnd.Store(now.Add(length).UnixNano())
			return
		}
	}
}

// endRamps ends all slow starts: the group has none any more.
func (g *Group) endRamps() {
	for _, t := range g.order {
		t.rampEnd.Store(0)
	}
}

// share is the part of its fair share, 0 to 1, that a target gets now: it rises linearly during the slow start.
func (t *Target) share(now int64) float64 {
	end := t.rampEnd.Load()
	if end <= now {
		return 1
	}
	start := t.rampStart.Load()
	return float64(now-start) / float64(end-start)
}

// ramped is round robin in which a target in its slow start lets some of its turns pass. The turns it lets pass are
// everybody's, not its neighbour's: they are taken from the common count.
func (g *Group) ramped(p *part, x *exchange.Exchange) *Target {
	n := uint64(len(p.usable))
	now := g.registry.options.Now().UnixNano()
	random := draw(x)
	for range p.usable {
		t := p.usable[g.turn.Add(1)%n]
		random = mix(random + 1)
		if !tried(t, x) && float64(random>>11)/(1<<53) < t.share(now) {
			return t
		}
	}
	return next(p.usable, int(g.turn.Load()%n), x)
}
