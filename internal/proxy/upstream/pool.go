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
	group  *Group
	shards []shard
}

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
	p.group, p.shards = g, make([]shard, n)
}

// pop takes the newest connection of the stack that hint points at, or of the next one that has any.
func (p *pool) pop(hint uint64) *Conn {
	for _, wait := range [2]bool{false, true} {
		for i := range p.shards {
			at := (hint + uint64(i)) % uint64(len(p.shards))
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

// push keeps c. When the group has its fill the oldest connection of the stack goes instead; false means that there
// is none and c itself has to go.
func (p *pool) push(c *Conn, limit int64) bool {
	s := &p.shards[c.shard]
	var oldest *Conn
	s.mu.Lock()
	if p.group.idle.Add(1) > limit {
		p.group.idle.Add(-1)
		if oldest = s.take(0); oldest == nil {
			s.mu.Unlock()
			return false
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

// sweep closes connections that have been idle since before the given time.
func (p *pool) sweep(before time.Time) {
	p.close(func(c *Conn) bool { return c.since.Before(before) })
}

// drain closes all idle connections.
func (p *pool) drain() {
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
