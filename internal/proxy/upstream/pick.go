package upstream

import "github.com/gwanmun/gwanmun/internal/proxy/exchange"

// Pick chooses the target for the next try of x, nil when the group has none. Targets that x has tried already (by
// the addresses in x.Log.Attempts) are passed over as long as there is another one; when all were tried, one is tried
// again, as nginx does with a single endpoint: how many tries there are is the caller's business.
//
// A client that is to stay with a target (x.Stick) gets that one as long as requests go to it at all.
//
// Pick takes no lock and allocates nothing. Random choices come from x.Random. The target is noted in x.Target.
func (g *Group) Pick(x *exchange.Exchange) *Target {
	r, s := g.roster.Load(), g.settings.Load()
	p := &r.part
	if s.crossZone == off {
		p = r.here(x.Random[1])
	}
	if len(p.usable) == 0 {
		return nil
	}
	g.countFailOpen(p)
	t := g.choose(s, p, x)
	x.Target = t
	return t
}

// choose picks one of a part's usable targets, of which there is one at least.
func (g *Group) choose(s *settings, p *part, x *exchange.Exchange) *Target {
	if x.Stick.By != exchange.Loose && (x.Stick.Only == 0 || x.Stick.Only == g.number) {
		if t := g.stuck(p.usable, p.index, x); t != nil {
			return t
		}
	}
	if len(p.usable) == 1 {
		return p.usable[0]
	}
	switch s.algorithm {
	case LeastOutstanding:
		return g.least(p, x)
	case WeightedRandom:
		return g.byChance(p, x)
	case EWMA:
		return g.quickest(p, x)
	case ConsistentHash:
		if p.subsets != nil {
			return p.fromSubset(s.hash.of(x), x)
		}
		return p.lookup(s.hash.of(x), x)
	}
	if p.ramping {
		return g.ramped(p, x)
	}
	return next(p.usable, int(g.turn.Add(1)%uint64(len(p.usable))), x)
}

// byChance draws a target; one whose weight is less than the full one is left to chance once more.
func (g *Group) byChance(p *part, x *exchange.Exchange) *Target {
	random := draw(x)
	if g.shifted.Load() {
		for range maxWeighted {
			t := p.usable[below(random, len(p.usable))]
			random = mix(random + 1)
			if !tried(t, x) && below(random, fullWeight) < t.anomaly.weight() {
				return t
			}
			random = mix(random + 1)
		}
	}
	return next(p.usable, int(below(random, len(p.usable))), x)
}

// maxWeighted bounds the draws for one pick. No more than half of the targets can be anomalous, so that as many in vain
// happen about once in four thousand million picks.
const maxWeighted = 32

func (g *Group) countFailOpen(p *part) {
	if p.failOpen {
		g.unhealthyRouted.Add(1)
	}
}

// next returns the first target from start on that was not tried, the one at start when all were.
func next(list []*Target, start int, x *exchange.Exchange) *Target {
	if len(x.Log.Attempts) == 0 {
		return list[start]
	}
	for i := range list {
		if t := list[(start+i)%len(list)]; !tried(t, x) {
			return t
		}
	}
	return list[start]
}

func tried(t *Target, x *exchange.Exchange) bool {
	for i := range x.Log.Attempts {
		if x.Log.Attempts[i].Address == t.address {
			return true
		}
	}
	return false
}

// least returns the target with the fewest outstanding requests; equal ones take turns.
func (g *Group) least(p *part, x *exchange.Exchange) *Target {
	n := len(p.usable)
	start := int(g.turn.Add(1) % uint64(n))
	var best *Target
	var fewest int64
	for i := range n {
		t := p.usable[(start+i)%n]
		if tried(t, x) {
			continue
		}
		if o := t.outstanding.Load(); best == nil || o < fewest {
			best, fewest = t, o
		}
	}
	if best == nil {
		return p.usable[start]
	}
	return best
}

// draw makes a random number for this try of x.
func draw(x *exchange.Exchange) uint64 {
	return mix(x.Random[1] + uint64(len(x.Log.Attempts))*0x9e3779b97f4a7c15)
}

// mix spreads the bits of a number over all 64 (the finisher of splitmix64).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below maps a random number to 0..n-1.
func below(random uint64, n int) uint64 { return (random >> 32) * uint64(n) >> 32 }
