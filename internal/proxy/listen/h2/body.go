package h2

import (
	"errors"
	"io"

	"golang.org/x/net/http2"

	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

var (
	errReset   = errors.New("the client reset the stream")
	errStopped = errors.New("the rest of the body is not wanted")
)

func (c *conn) takeData(f *http2.DataFrame) error {
	data, length := f.Data(), int64(f.Length)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.receive.Receive(length) {
		return codec.Flow("more data than the connection's window")
	}
	st := c.streams[f.StreamID]
	switch {
	case st == nil && (f.StreamID > c.last || f.StreamID%2 == 0):
		return codec.Protocol("DATA for a stream that was not opened")
	case st == nil:
		// On its way when the stream was broken off, perhaps; but not without end.
		c.giveBack(nil, length)
		c.budget.Useless(int(length))
		if f.StreamEnded() {
			c.parted(f.StreamID)
		}
		if length == 0 {
			return c.charge()
		}
		return nil
	case st.ended:
		c.giveBack(nil, length)
		return c.breakLocked(f.StreamID, http2.ErrCodeStreamClosed)
	case !st.receive.Receive(length):
		c.giveBack(nil, length)
		return c.breakLocked(f.StreamID, http2.ErrCodeFlowControl)
	}
	if len(data) > 0 {
		c.budget.Useful()
	} else if !f.StreamEnded() {
		if err := c.charge(); err != nil {
			return err
		}
	}
	st.bytesIn += codec.FrameHeader + length
	st.bodyIn += int64(len(data))
	if st.declared >= 0 && st.bodyIn > st.declared {
		c.giveBack(nil, length)
		return c.breakLocked(f.StreamID, http2.ErrCodeProtocol)
	}
	if st.stopped {
		c.giveBack(nil, length)
	} else {
		c.giveBack(st, length-int64(len(data))) // padding
		st.body = append(st.body, data...)
		st.readable.Signal()
	}
	if f.StreamEnded() {
		return c.endBody(st)
	}
	return nil
}

// giveBack returns used-up window to the client: the connection's, and a stream's when there will be more on it. The
// lock is held.
func (c *conn) giveBack(st *stream, n int64) {
	if n == 0 || c.dead != nil {
		return
	}
	update := c.receive.Consume(n)
	if update > 0 {
		c.out.WindowUpdate(0, update)
	}
	if st != nil && !st.ended {
		if more := st.receive.Consume(n); more > 0 {
			c.out.WindowUpdate(st.id, more)
			update += more
		}
	}
	if update > 0 {
		c.flush()
	}
}

// endBody ends a request's body. The lock is held.
func (c *conn) endBody(st *stream) error {
	st.ended = true
	st.readable.Signal()
	if st.declared >= 0 && st.bodyIn != st.declared {
		return c.breakLocked(st.id, http2.ErrCodeProtocol)
	}
	return nil
}

// Read reads the request's body.
func (st *stream) Read(p []byte) (int, error) {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(st.body) == st.taken {
		if err := st.await(); err != nil {
			return 0, err
		}
	}
	n := copy(p, st.body[st.taken:])
	if st.taken += n; st.taken == len(st.body) {
		st.body, st.taken = st.body[:0], 0
	}
	st.bodyOut += int64(n)
	c.giveBack(st, int64(n))
	return n, nil
}

// await waits for more of the body. The lock is held.
func (st *stream) await() error {
	c := st.c
	if st.ended && st.lost == nil && !st.stopped {
		return io.EOF
	}
	began := c.now()
	if !st.tunnel {
		st.readBy = began + c.patience(st.listener)
	}
	for len(st.body) == st.taken {
		switch {
		case st.lost != nil:
			return st.lost
		case st.stopped:
			return errStopped
		case st.ended:
			return io.EOF
		case st.readLate:
			return wire.ErrTimeout
		}
		st.readable.Wait()
	}
	st.readBy = 0
	if st.tunnel || st.calls {
		return nil
	}
	if st.waited += c.now() - began; c.d.pace.Slow(st.waited, st.bodyIn) {
		return forward.ErrSlow
	}
	return nil
}

// Arrived is what of the body waits to be read, and whether it is the end of it.
func (st *stream) Arrived() (n int, all bool) {
	st.c.mu.Lock()
	defer st.c.mu.Unlock()
	return len(st.body) - st.taken, st.ended
}

var _ forward.Foreseer = (*stream)(nil)

// Tunnel makes a tunnel of the stream.
func (st *stream) Tunnel() {
	st.c.mu.Lock()
	defer st.c.mu.Unlock()
	st.tunnel = true
}

var _ forward.Tunneler = (*stream)(nil)

// StopBody is for the body that nobody wants any more.
func (st *stream) StopBody() {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	st.dropBody()
	st.stopped = true
	st.readable.Broadcast()
}

// dropBody gives back the window of what was not read. The lock is held.
func (st *stream) dropBody() {
	st.c.giveBack(nil, int64(len(st.body)-st.taken))
	st.body, st.taken = st.body[:0], 0
}
