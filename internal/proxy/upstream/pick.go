package upstream

import "github.com/gwanmun/gwanmun/internal/proxy/exchange"

// Pick chooses the target for the next try of x, nil when the group has none. Targets that x has tried already (by
// the addresses in x.Log.Attempts) are passed over as long as there is another one; when all were tried, one is tried
// again, as nginx does with a single endpoint: how many tries there are is the caller's business.
//
// Pick takes no lock and allocates nothing. Random choices come from x.Random.
func (g *Group) Pick(x *exchange.Exchange) *Target {
	r := g.roster.Load()
	switch len(r.usable) {
	case 0:
		return nil
	case 1:
		g.countFailOpen(r)
		return r.usable[0]
	}
	g.countFailOpen(r)
	s := g.settings.Load()
	var t *Target
	switch s.algorithm {
	case LeastOutstanding:
		t = g.least(r, x)
	case WeightedRandom:
		t = next(r.usable, int(below(draw(x), len(r.usable))), x)
	case EWMA:
		t = g.quickest(r, x)
	case ConsistentHash:
		t = r.lookup(s.hash.of(x), x)
	default:
		if r.ramping {
			t = g.ramped(r, x)
		} else {
			t = next(r.usable, int(g.turn.Add(1)%uint64(len(r.usable))), x)
		}
	}
	return t
}

func (g *Group) countFailOpen(r *roster) {
	if r.failOpen {
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
func (g *Group) least(r *roster, x *exchange.Exchange) *Target {
	n := len(r.usable)
	start := int(g.turn.Add(1) % uint64(n))
	var best *Target
	var fewest int64
	for i := range n {
		t := r.usable[(start+i)%n]
		if tried(t, x) {
			continue
		}
		if o := t.outstanding.Load(); best == nil || o < fewest {
			best, fewest = t, o
		}
	}
	if best == nil {
		return r.usable[start]
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
