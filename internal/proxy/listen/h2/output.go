package h2

import (
	"runtime"

	"golang.org/x/net/http2"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

var _ forward.Resetter = (*stream)(nil)

// Head makes the header block. It is sent with the first of the body, or at the next flush.
func (st *stream) Head(x *exchange.Exchange) error {
	st.block, st.bodiless = codec.AppendResponse(st.block[:0], x, st.c.h.Date())
	st.pending = true
	return nil
}

// Interim sends an interim response.
func (st *stream) Interim(x *exchange.Exchange) error {
	block := codec.AppendInterim(st.block[:0], &x.Response)
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := st.sendable(); err != nil {
		return err
	}
	st.sendBlock(block, false)
	st.block = block[:0]
	c.flush()
	return nil
}

// Continue is never called: Expect is no matter of HTTP/2 listeners.
func (st *stream) Continue() error { return nil }

// Room is space behind what waits. A Flush may come before the Commit: what it was given stays where it is.
func (st *stream) Room() []byte {
	if st.space == nil {
		// Only now: a client may have hundreds of streams wait whose bodies never come.
		st.space = make([]byte, space)
	}
	if len(st.space)-st.end < minRoom {
		_ = st.push(false) // an error shows at the next call; until then what is written goes nowhere
	}
	if st.start == st.end {
		st.start, st.end = 0, 0
	}
	return st.space[st.end:]
}

// Commit takes the first n bytes of Room.
func (st *stream) Commit(n int) error {
	if !st.bodiless {
		st.end += n
		st.bodySent += int64(n)
	}
	return nil
}

// Write writes a body that was made here.
func (st *stream) Write(b []byte) error {
	for len(b) > 0 && !st.bodiless {
		n := copy(st.Room(), b)
		if err := st.Commit(n); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// Flush sends what waits.
func (st *stream) Flush() error {
	if !st.pending && st.start == st.end {
		return nil
	}
	return st.push(false)
}

// Finish ends the response.
func (st *stream) Finish() error { return st.push(true) }

// Abort breaks the stream off, so that nobody takes what was sent for a whole response.
func (st *stream) Abort() { st.close(http2.ErrCodeInternal) }

// Reset is Abort with the target's own reason.
func (st *stream) Reset(code uint32) { st.close(http2.ErrCode(code)) }

// push hands everything to the writer as windows allow, waiting for them.
func (st *stream) push(end bool) error {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	data := st.space[st.start:st.end]
	st.start = st.end
	if err := st.sendable(); err != nil {
		return err
	}
	// Trailers end the stream in place of the last of the body.
	trailer := &st.x.Response.Trailer
	finish := end && (trailer.Len() == 0 || st.bodiless)
	if st.pending {
		st.pending = false
		st.sendBlock(st.block, finish && len(data) == 0)
		if finish && len(data) == 0 {
			st.closed = true
		}
	}
	for len(data) > 0 {
		n := 0
		if c.out.Len() < codec.HighWater {
			n = codec.Take(min(len(data), maxFrame), &st.window, &c.window)
		}
		if n == 0 {
			if err := st.awaitRoom(); err != nil {
				return err
			}
			continue
		}
		st.writeBy = 0
		st.sendData(data[:n], finish && n == len(data))
		data = data[n:]
	}
	switch {
	case end && !finish:
		st.sendBlock(codec.AppendTrailer(nil, trailer), true)
		st.closed = true
	case end && !st.closed:
		st.sendData(nil, true)
	}
	c.flush()
	return nil
}

// sendable says why nothing can be sent on the stream. The lock is held.
func (st *stream) sendable() error {
	switch {
	case st.c.dead != nil:
		return st.c.dead
	case st.lost != nil:
		return st.lost
	case st.closed:
		return errReset
	}
	return nil
}

func (st *stream) sendBlock(block []byte, end bool) {
	c := st.c
	if !c.tabled {
		c.tabled = true
		block = append([]byte{codec.NoTable}, block...)
	}
	st.blockSent += int64(c.out.Headers(block, st.id, end, maxFrame))
}

func (st *stream) sendData(data []byte, end bool) {
	c := st.c
	c.out.Data(data, st.id, end)
	if len(data) > 0 {
		c.budget.Useful()
		c.budget.Bytes(len(data), len(data))
	}
	st.dataOut += codec.FrameHeader + int64(len(data))
	st.closed = end
}

// awaitRoom waits until there may be room in the buffer and both windows. The lock is held.
func (st *stream) awaitRoom() error {
	c := st.c
	c.flush()
	if st.writeBy == 0 {
		st.writeBy = c.now() + c.stall(st.listener)
	}
	c.waiting++
	c.writable.Wait()
	c.waiting--
	if st.writeLate && st.lost == nil {
		st.lose(wire.ErrTimeout)
		c.out.Reset(st.id, http2.ErrCodeCancel)
		c.flush()
	}
	return st.sendable()
}

// flush has what waits written. The lock is held.
func (c *conn) flush() {
	if c.out.Len() > 0 && !c.writing && !c.broken {
		c.writing = true
		go c.write()
	}
}

// write is the connection's writing goroutine, which there is while there is something to write: whatever has gathered
// goes out in one piece.
func (c *conn) write() {
	// Whoever is ready to run may have something to send too: one larger write costs far less than several.
	runtime.Gosched()
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.out.Len() > 0 && !c.broken {
		c.writeOnce()
	}
	c.writing = false
	c.written.Broadcast()
}

// writeOnce writes what has gathered. The lock is held, but not while writing.
func (c *conn) writeOnce() {
	b := c.out.Take()
	if c.waiting > 0 {
		c.writable.Broadcast()
	}
	c.mu.Unlock()
	_, err := c.h.TLS.Write(b)
	c.out.Release(b)
	c.mu.Lock()
	if err != nil {
		c.broken = true
		c.fail(errOver)
		c.h.Wire.Cancel() // ends the reading, and that everything else
	}
}
