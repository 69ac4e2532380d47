package upstream

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// pool keeps a target's idle connections, newest first, in a few stacks with a lock each: requests that meet on one
// stack go to the next.
type pool struct {
	group *Group
	// shards are those that any goroutine may use, then one for each event loop: connections of a loop stay there.
	shards []shard
	common int
	// links are the target's connections that carry many requests; they are drained with the idle ones.
	links *links
}

// noHost stands for no event loop.
const noHost = -1

// shard is one stack, padded so that two of them do not share a cache line.
type shard struct {
	mu   sync.Mutex
	size atomic.Int32 // len(idle), to pass by empty stacks without locking
	idle []*Conn      // oldest first
	_    [64 - 8 - 4 - 24]byte
}

func (p *pool) init(g *Group) {
	n := 1
	for n < runtime.GOMAXPROCS(0)/2 && n < 8 {
		n *= 2
	}
	p.group, p.common = g, n
	p.shards = make([]shard, n+Hosts)
}

// take is pop for connections of the event loop of that number, or noHost.
func (p *pool) take(hint uint64, host int) *Conn {
	if host == noHost {
		return p.pop(hint)
	}
	at := p.hostedShard(host)
	s := &p.shards[at]
	if s.size.Load() == 0 {
		return nil
	}
	s.mu.Lock()
	c := s.take(len(s.idle) - 1)
	s.mu.Unlock()
	if c != nil {
		p.group.idle.Add(-1)
		c.shard = at
	}
	return c
}

// hostedShard is the stack of an event loop's connections.
func (p *pool) hostedShard(host int) uint8 { return uint8(p.common + host) }

// pop takes the newest connection of the stack that hint points at, or of the next one that has any.
func (p *pool) pop(hint uint64) *Conn {
	for _, wait := range [2]bool{false, true} {
		for i := range p.common {
			at := (hint + uint64(i)) % uint64(p.common)
			s := &p.shards[at]
			if s.size.Load() == 0 {
				continue
			}
			if wait {
				s.mu.Lock()
			} else if !s.mu.TryLock() {
				continue
			}
			c := s.take(len(s.idle) - 1)
			s.mu.Unlock()
			if c != nil {
				p.group.idle.Add(-1)
				c.shard = uint8(at)
				return c
			}
		}
	}
	return nil
}

// take removes the connection at i; nil when there is none. The lock is held.
func (s *shard) take(i int) *Conn {
	if i < 0 || i >= len(s.idle) {
		return nil
	}
	c := s.idle[i]
	copy(s.idle[i:], s.idle[i+1:])
	s.idle[len(s.idle)-1] = nil
	s.idle = s.idle[:len(s.idle)-1]
	s.size.Store(int32(len(s.idle)))
	return c
}

// push keeps c. When the group has its fill the oldest connection of the stack goes instead, unless it lingers; false means
// that there is none and c itself has to go.
func (p *pool) push(c *Conn, limits *Limits) bool {
	s := &p.shards[c.shard]
	var oldest *Conn
	s.mu.Lock()
	if p.group.idle.Add(1) > limits.IdlePerGroup {
		switch {
		case len(s.idle) == 0 && limits.Linger == 0:
			p.group.idle.Add(-1)
			s.mu.Unlock()
			return false
		case len(s.idle) > 0 && c.since.Sub(s.idle[0].since) >= limits.Linger:
			p.group.idle.Add(-1)
			oldest = s.take(0)
		}
	}
	s.idle = append(s.idle, c)
	s.size.Store(int32(len(s.idle)))
	s.mu.Unlock()
	if oldest != nil {
		oldest.discard()
	}
	return true
}

// sweep closes connections whose time is over, and those that linger beyond what the group may keep.
func (p *pool) sweep(now time.Time, limits *Limits) {
	p.close(func(c *Conn) bool {
		idle := now.Sub(c.since)
		return idle > limits.IdleTimeout || p.group.idle.Load() > limits.IdlePerGroup && idle >= limits.Linger
	})
}

// drain closes all idle connections.
func (p *pool) drain() {
	p.links.retire()
	p.close(func(*Conn) bool { return true })
}

// close closes connections from the oldest on as long as they are due.
func (p *pool) close(due func(*Conn) bool) {
	for i := range p.shards {
		s := &p.shards[i]
		for s.size.Load() > 0 {
			s.mu.Lock()
			if len(s.idle) == 0 || !due(s.idle[0]) {
				s.mu.Unlock()
				break
			}
			c := s.take(0)
			s.mu.Unlock()
			p.group.idle.Add(-1)
			c.discard()
		}
	}
}

func (p *pool) len() int {
	n := 0
	for i := range p.shards {
		n += int(p.shards[i].size.Load())
	}
	return n
}
