package telemetry

import (
	"sync"
	"time"
)

// load is what a load balancer has done since it was first seen, and the connections that are open.
type load struct {
	opened, bytes, evaluations uint64
	active                     int64
}

// rates are what one capacity unit is good for: new connections per second, open connections, bytes per hour and rule
// evaluations per second (AWS's price list). A zero member does not count.
type rates struct {
	opened, active, bytes, evaluations float64
}

// What a capacity unit is good for; evaluations are those beyond the 10 free ones of each request.
var (
	lcuALB = rates{opened: 25, active: 3000, bytes: 1 << 30, evaluations: 1000}
	lcuTCP = rates{opened: 800, active: 100_000, bytes: 1 << 30}
	lcuUDP = rates{opened: 400, active: 50_000, bytes: 1 << 30}
	lcuTLS = rates{opened: 50, active: 3000, bytes: 1 << 30}
)

// units is the greatest of the dimensions: only that one is charged for.
func (r rates) units(from, to load, over time.Duration) float64 {
	seconds := over.Seconds()
	if seconds <= 0 {
		return 0
	}
	used := float64(to.opened-from.opened) / seconds / r.opened
	used = max(used, float64(max(to.active, 0))/r.active)
	used = max(used, float64(to.bytes-from.bytes)/seconds*3600/r.bytes)
	if r.evaluations > 0 {
		used = max(used, float64(to.evaluations-from.evaluations)/seconds/r.evaluations)
	}
	return used
}

// windowLength is how much time capacity units are averaged over, as CloudWatch's periods.
const windowLength = time.Minute

// window holds the units of the latest whole period. Any number of scrapes may ask for them.
type window struct {
	mu    sync.Mutex
	began time.Time
	at    load
	value float64
}

// units are those of the latest period, made anew when it is over.
func (w *window) units(now time.Time, r rates, l load) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch elapsed := now.Sub(w.began); {
	case w.began.IsZero():
		w.began, w.at = now, l
	case elapsed >= windowLength:
		w.value = r.units(w.at, l, elapsed)
		w.began, w.at = now, l
	}
	return w.value
}
