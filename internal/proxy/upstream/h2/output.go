package h2

import (
	"runtime"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
)

// lastWords is the time for what is still to be sent at the end of a connection.
const lastWords = 500 * time.Millisecond

// Write sends a piece of the request's body, waiting as the target's windows ask for.
func (st *Stream) Write(p []byte) error {
	st.c.mu.Lock()
	defer st.c.mu.Unlock()
	return st.push(p, false)
}

// Finish ends the request, with trailers if there are any.
func (st *Stream) Finish(trailer *exchange.Header) error {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(st.unsent) > 0 {
		if err := st.awaitRoom(); err != nil {
			return err
		}
	}
	if trailer.Len() == 0 {
		return st.push(nil, true)
	}
	if err := st.sendable(); err != nil {
		return err
	}
	c.out.Headers(codec.AppendTrailer(nil, trailer), st.id, true, maxFrame)
	st.closed, st.finished = true, true
	c.flush()
	return nil
}

// push hands a piece of the body to the writer as windows allow. The lock is held.
func (st *Stream) push(data []byte, end bool) error {
	c := st.c
	if err := st.sendable(); err != nil {
		return err
	}
	for len(data) > 0 {
		n := 0
		if c.out.Len() < codec.HighWater && len(st.unsent) == 0 {
			n = codec.Take(min(len(data), maxFrame), &st.window, &c.window)
		}
		if n == 0 {
			if err := st.awaitRoom(); err != nil {
				return err
			}
			continue
		}
		st.writeBy = 0
		st.sendData(data[:n], end && n == len(data))
		data = data[n:]
	}
	if end && !st.closed {
		st.sendData(nil, true)
	}
	c.flush()
	return nil
}

func (st *Stream) sendData(data []byte, end bool) {
	c := st.c
	c.out.Data(data, st.id, end)
	if len(data) > 0 {
		c.budget.Useful()
		c.budget.Bytes(len(data), len(data))
	}
	st.closed, st.finished = end, end
}

// sendable says why nothing can be sent on the stream. The lock is held.
func (st *Stream) sendable() error {
	switch {
	case st.failed != nil:
		return st.failed
	case st.stopped, st.closed:
		return ErrStopped
	}
	return nil
}

// awaitRoom waits until there may be room in the buffer and both windows. The lock is held.
func (st *Stream) awaitRoom() error {
	c := st.c
	c.flush()
	if st.writeBy == 0 && st.stall > 0 {
		st.writeLate = false
		st.writeBy = c.k.now() + st.stall
	}
	c.waiting++
	c.writable.Wait()
	c.waiting--
	if err := st.sendable(); err != nil {
		return err
	}
	if st.writeLate {
		st.writeBy, st.writeLate = 0, false
		return ErrTimeout
	}
	return nil
}

// flush lets the writer know. The lock is held.
func (c *Conn) flush() {
	if c.out.Len() > 0 {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

// write is the connection's writing goroutine: whatever has gathered goes out in one piece.
func (c *Conn) write() {
	defer close(c.written)
	for {
		select {
		case <-c.wake:
			// Whoever is ready to run may have something to send too: one larger write costs far less than several.
			runtime.Gosched()
		case <-c.quit:
			c.writeAll(lastWords)
			return
		}
		if !c.writeAll(c.k.options.Stall) {
			<-c.quit
			return
		}
	}
}

// writeAll writes until nothing is left. It is false when the connection is lost.
func (c *Conn) writeAll(within time.Duration) bool {
	for {
		c.mu.Lock()
		b := c.out.Take()
		if len(b) == 0 {
			c.mu.Unlock()
			return true
		}
		c.pumpAll()
		if c.waiting > 0 {
			c.writable.Broadcast()
		}
		c.mu.Unlock()
		err := c.socket.writeWithin(b, within)
		c.out.Release(b)
		c.mu.Lock()
		if err != nil {
			c.failLocked(ErrClosed)
			c.mu.Unlock()
			c.hangUp()
			return false
		}
		c.mu.Unlock()
	}
}
