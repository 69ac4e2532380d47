package upstream

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// decay is the time in seconds in which an observation loses all but 1/e of its weight, as in ingress-nginx.
const decay = 10

// ewma is a moving average of response times. Writers that meet give way: a lost observation does no harm.
type ewma struct {
	busy    atomic.Bool
	value   atomic.Uint64 // float64 bits, seconds
	touched atomic.Int64  // Unix nanoseconds; 0: never
}

func weight(since time.Duration) float64 {
	return math.Exp(-max(since, 0).Seconds() / decay)
}

func (e *ewma) observe(took time.Duration, now time.Time) {
	if !e.busy.CompareAndSwap(false, true) {
		return
	}
	w := 0.0
	if last := e.touched.Load(); last != 0 {
		w = weight(time.Duration(now.UnixNano() - last))
	}
	v := math.Float64frombits(e.value.Load())*w + took.Seconds()*(1-w)
	e.value.Store(math.Float64bits(v))
	e.touched.Store(now.UnixNano())
	e.busy.Store(false)
}

// start gives a target that was never observed the value that the others have.
func (e *ewma) start(value float64, now int64) {
	if e.touched.Load() == 0 && value > 0 {
		e.value.Store(math.Float64bits(value))
		e.touched.Store(now)
	}
}

func (e *ewma) score(now int64) float64 {
	last := e.touched.Load()
	if last == 0 {
		return 0
	}
	return math.Float64frombits(e.value.Load()) * weight(time.Duration(now-last))
}

// quickest takes two random targets and returns the one that answered quicker of late.
func (g *Group) quickest(p *part, x *exchange.Exchange) *Target {
	n := len(p.usable)
	random := draw(x)
	i := int(below(random, n))
	j := int(below(mix(random), n-1))
	if j >= i {
		j++
	}
	a, b := next(p.usable, i, x), next(p.usable, j, x)
	now := g.registry.options.Now().UnixNano()
	if b.latency.score(now) < a.latency.score(now) {
		return b
	}
	return a
}

// meanLatency is the mean of the averages that are known. The group's lock is held.
func (g *Group) meanLatency() float64 {
	sum, known := 0.0, 0
	for _, t := range g.order {
		if t.latency.touched.Load() != 0 {
			sum += math.Float64frombits(t.latency.value.Load())
			known++
		}
	}
	if known == 0 {
		return 0
	}
	return sum / float64(known)
}
