package wire

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Tick is how exact deadlines are: they end at most this much too late.
const Tick = 100 * time.Millisecond

// watchEvery is how often the client of a waiting exchange is looked at: a client that went away ends its exchange
// within one to two of these.
const watchEvery = time.Second

// shards spread the lists of connections over several locks.
const shards = 16

// Clock keeps the deadlines of all wires. Setting one is a store to memory; a sweep looks through all of them every
// Tick and ends what is overdue. This costs nothing per operation and a few nanoseconds per connection and sweep,
// where a runtime timer per read would cost several hundred each time.
//
// A Clock sweeps while there are wires and stops by itself when the last one is closed.
type Clock struct {
	start time.Time
	// base ties the time since start to the calendar; it is renewed when the system's clock was set.
	base atomic.Pointer[base]
	// now is the time of the last sweep, since start; exact enough for deadlines.
	now atomic.Int64

	lists [shards]list
	next  atomic.Uint32

	mu       sync.Mutex
	wires    int
	sweeping bool
	// tickers are told of each sweep.
	tickers []Ticker
}

// Ticker is told the time since the clock was made in each of the clock's sweeps, Tick apart, while it is on it.
type Ticker interface{ Tick(now time.Duration) }

// Join puts a ticker on the clock, which sweeps as long as one is: it counts as an open wire. Leave takes it off. Neither
// may be called by Tick.
func (c *Clock) Join(t Ticker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tickers = append(c.tickers, t)
	c.opened()
}

// Leave takes a ticker off the clock.
func (c *Clock) Leave(t Ticker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.tickers, t); i >= 0 {
		c.tickers = slices.Delete(c.tickers, i, i+1)
		c.wires--
	}
}

// list is one shard. A wire knows its place in it.
type list struct {
	mu    sync.Mutex
	wires []*Wire
}

// NewClock makes a clock.
func NewClock() *Clock {
	c := &Clock{start: time.Now()}
	c.base.Store(&base{at: c.start})
	return c
}

// base is a moment in both clocks.
type base struct {
	at    time.Time
	since time.Duration
}

// rebase follows the system's clock when it was set.
func (c *Clock) rebase(since time.Duration) {
	now := time.Now()
	if off := now.Round(0).Sub(c.Time(since).Round(0)); off > 5*time.Millisecond || off < -5*time.Millisecond {
		c.base.Store(&base{at: now, since: c.Since()})
	}
}

// Since is the time since the clock was made. It reads the system's clock.
func (c *Clock) Since() time.Duration { return time.Since(c.start) }

// Time is the moment at that time since the clock was made.
func (c *Clock) Time(since time.Duration) time.Time {
	b := c.base.Load()
	return b.at.Add(since - b.since)
}

// Now is Time at Since.
func (c *Clock) Now() time.Time { return c.Time(c.Since()) }

// Count is how many wires are open.
func (c *Clock) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wires
}

// Coarse is the time of the last sweep since the clock was made: at most a Tick old while there are wires.
func (c *Clock) Coarse() time.Duration { return time.Duration(c.now.Load()) }

func (c *Clock) coarse() int64 { return c.now.Load() }

func (c *Clock) add(w *Wire) {
	l := &c.lists[c.next.Add(1)%shards]
	l.mu.Lock()
	w.list, w.place = l, len(l.wires)
	l.wires = append(l.wires, w)
	l.mu.Unlock()

	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened()
}

// opened counts a wire and starts to sweep with the first one. The lock is held.
func (c *Clock) opened() {
	c.wires++
	if !c.sweeping {
		c.sweeping = true
		c.now.Store(max(1, int64(time.Since(c.start))))
		c.rebase(time.Duration(c.now.Load()))
		go c.sweepLoop()
	}
}

func (c *Clock) remove(w *Wire) {
	l := w.list
	l.mu.Lock()
	last := len(l.wires) - 1
	moved := l.wires[last]
	l.wires[w.place], moved.place = moved, w.place
	l.wires[last] = nil
	l.wires = l.wires[:last]
	l.mu.Unlock()

	c.mu.Lock()
	c.wires--
	c.mu.Unlock()
}

func (c *Clock) sweepLoop() {
	ticker := time.NewTicker(Tick)
	defer ticker.Stop()
	for range ticker.C {
		now := int64(time.Since(c.start))
		c.now.Store(now)
		c.rebase(time.Duration(now))
		for i := range c.lists {
			c.lists[i].sweep(now)
		}
		c.mu.Lock()
		for _, t := range c.tickers {
			t.Tick(time.Duration(now))
		}
		if c.wires == 0 {
			c.sweeping = false
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
	}
}

func (l *list) sweep(now int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.wires {
		if d := w.readBy.Load(); d > 0 && d <= now {
			w.end(&w.readBy, d, expired)
		}
		if d := w.writeBy.Load(); d > 0 && d <= now {
			w.end(&w.writeBy, d, expired)
		}
		if at := w.watchAt.Load(); at > 0 && at <= now {
			w.look(now)
		}
		if at := w.probeAt.Load(); at > 0 && at <= now && w.probeAt.CompareAndSwap(at, 0) && w.Gone() {
			w.Cancel()
		}
	}
}
