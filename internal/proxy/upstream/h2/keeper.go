package h2

import (
	"cmp"
	"sync"
	"time"

	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
)

// Options are what a Keeper takes from outside. The zero value works.
type Options struct {
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Tick is how exact timeouts are; 250 ms when 0.
	Tick time.Duration
	// Idle is after which time without streams a connection is closed; 60 s when 0.
	Idle time.Duration
	// MaxAge is the age and MaxRequests the number of requests after which a connection takes no more streams; 1 hour
	// and 10,000 when 0.
	MaxAge      time.Duration
	MaxRequests int64
	// MaxStreams is how many streams a connection carries at a time when the target allows more; 250 when 0.
	MaxStreams int
	// Stall is how long a target may take nothing of what is written before its connection counts as lost; 60 s when 0.
	Stall time.Duration
	// Ping is after which silence on a connection with streams the target is asked for a sign of life, and Pong how long
	// it may take; 310 s (gRPC servers take more frequent ones for abuse) and 20 s when 0.
	Ping, Pong time.Duration
}

// Windows for what targets send. A stream's is what a slow client leaves in memory; the connection's is given back as
// data arrives, so that one slow client does not hold up the others.
const (
	streamWindow     = 128 << 10
	connectionWindow = 4 << 20
)

// Keeper makes connections and looks after their timeouts. It has no goroutine while it has no connection.
type Keeper struct {
	options Options
	began   time.Time
	streams sync.Pool
	blocks  sync.Pool
	buffers codec.Buffers

	mu       sync.Mutex
	conns    map[*Conn]struct{}
	sweeping bool
}

// NewKeeper makes a Keeper.
func NewKeeper(o Options) *Keeper {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Tick = cmp.Or(o.Tick, 250*time.Millisecond)
	o.Idle = cmp.Or(o.Idle, time.Minute)
	o.MaxAge = cmp.Or(o.MaxAge, time.Hour)
	o.MaxRequests = cmp.Or(o.MaxRequests, 10_000)
	o.MaxStreams = cmp.Or(o.MaxStreams, 250)
	o.Stall = cmp.Or(o.Stall, time.Minute)
	o.Ping = cmp.Or(o.Ping, 310*time.Second)
	o.Pong = cmp.Or(o.Pong, 20*time.Second)
	k := &Keeper{options: o, began: o.Now(), conns: map[*Conn]struct{}{}}
	k.streams.New = func() any { return &Stream{} }
	k.blocks.New = func() any { return &headBlock{} }
	return k
}

// now is the time since the Keeper was made.
func (k *Keeper) now() time.Duration { return k.options.Now().Sub(k.began) }

func (k *Keeper) enter(c *Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.conns[c] = struct{}{}
	if !k.sweeping {
		k.sweeping = true
		go k.sweep()
	}
}

func (k *Keeper) leave(c *Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.conns, c)
}

// sweep looks after the timeouts of all connections. One goroutine for all costs less than timers for every wait.
func (k *Keeper) sweep() {
	ticker := time.NewTicker(k.options.Tick)
	defer ticker.Stop()
	for range ticker.C {
		k.mu.Lock()
		list := make([]*Conn, 0, len(k.conns))
		for c := range k.conns { // order does not matter
			list = append(list, c)
		}
		if len(list) == 0 {
			k.sweeping = false
			k.mu.Unlock()
			return
		}
		k.mu.Unlock()
		now := k.now()
		for _, c := range list {
			c.lookAfter(now)
		}
	}
}

// lookAfter ends waits that take too long, and connections that are idle, old or dead.
func (c *Conn) lookAfter(now time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, st := range c.streams { // each by itself
		if st.readBy > 0 && st.readBy <= now {
			st.readLate = true
			st.ready.Broadcast()
		}
		if st.writeBy > 0 && st.writeBy <= now {
			st.writeLate = true
			c.writable.Broadcast()
		}
	}
	o := &c.k.options
	switch {
	case c.dead != nil:
	case len(c.streams) == 0 && c.reserved == 0:
		if c.leaving || now-c.idleSince >= o.Idle || now-c.born >= o.MaxAge {
			c.quitLocked()
		}
	case c.pinged > 0 && now-c.pinged >= o.Pong:
		c.failLocked(ErrClosed)
		c.hangUp()
	case c.pinged == 0 && now-c.heard >= o.Ping:
		c.ping(now)
	}
}
