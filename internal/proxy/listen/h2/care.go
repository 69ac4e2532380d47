package h2

import (
	"time"

	"golang.org/x/net/http2"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// grace is the time between the first and the second GOAWAY: streams that are on their way by then are served.
const grace = time.Second

// lookAfter is called every Tick: graceful ends, the greatest age, and waits that take too long.
func (c *conn) lookAfter() {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, st := range c.streams { // each by itself
		if st.readBy > 0 && st.readBy <= now {
			st.readLate = true
			st.readable.Broadcast()
		}
		if st.writeBy > 0 && st.writeBy <= now {
			st.writeLate = true
			c.writable.Broadcast()
		}
	}
	c.tell()
	switch {
	case c.leaving == staying && (c.h.Closing() || c.old(now)):
		if len(c.streams) == 0 {
			// A request that is on its way is not served, and the client knows that it was not.
			c.depart()
			c.flush()
		} else {
			c.warn()
		}
	case c.leaving == warned && now >= c.leaveAt:
		c.depart()
		c.flush()
	}
}

// old says whether the connection has reached its greatest age.
func (c *conn) old(now time.Duration) bool {
	l := c.h.Listener()
	return l == nil || l.Settings != nil && l.Settings.ClientKeepAlive > 0 && now-c.born > l.Settings.ClientKeepAlive
}

// warn asks the client to open no more streams here, and serves those that it opens for a while longer. The lock is held.
func (c *conn) warn() {
	if c.leaving != staying {
		return
	}
	c.leaving, c.leaveAt = warned, c.now()+grace
	c.out.GoAway(1<<31-1, http2.ErrCodeNo)
	c.flush()
}

// depart takes no more streams: the connection ends with the last one. The lock is held.
func (c *conn) depart() {
	if c.leaving == ending {
		return
	}
	c.leaving, c.ceiling = ending, c.last
	c.out.GoAway(c.last, http2.ErrCodeNo)
	c.settleEnd()
}

// settleEnd gives a departing client without streams a moment to close the connection. The lock is held.
func (c *conn) settleEnd() {
	if c.leaving == ending && len(c.streams) == 0 {
		c.h.Wire.ReadWithin(lastWords)
	}
}

// remove takes a stream out of the books. The lock is held.
func (c *conn) remove(st *stream) {
	if c.streams[st.id] != st {
		return
	}
	delete(c.streams, st.id)
	st.dropBody()
	c.rest()
}

// rest begins the wait for the next frame: without a bound while there are streams, which have their own. The lock is
// held.
func (c *conn) rest() {
	switch {
	case c.dead != nil:
	case len(c.streams) > 0:
		c.h.Wire.ReadWithin(0)
	case c.leaving == ending:
		c.settleEnd()
	default:
		c.idle()
	}
}

// idle begins the time in which a new stream has to come; PING does not prolong it.
func (c *conn) idle() {
	wait := 75 * time.Second
	if l := c.h.Listener(); l != nil && l.Settings != nil && l.Settings.KeepAliveIdle > 0 {
		wait = l.Settings.KeepAliveIdle
	}
	c.h.Wire.ReadWithin(wait)
}

// patience is how long a body may pause, stall how long a client may take nothing.
func (c *conn) patience(l *compile.Listener) time.Duration {
	return l.Settings.Patience(c.d.options.Body)
}

func (c *conn) stall(l *compile.Listener) time.Duration { return l.Settings.Stall(c.d.options.Stall) }

// blockTime is how long a header block may take that has begun.
func (c *conn) blockTime() time.Duration {
	most := c.d.options.Head
	if l := c.h.Listener(); l != nil {
		most = l.Settings.Head(most)
		return min(most, l.Settings.Stall(most))
	}
	return most
}
