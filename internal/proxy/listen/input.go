package listen

import (
	"io"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
)

// Bounds on what is read of a body that nobody wanted, to keep the connection.
const (
	drainBytes = 256 << 10
	drainTime  = time.Second
)

// input is the body of a request.
type input struct {
	conn   *conn
	waited time.Duration
	bytes  int64
	// left is what is still to come, 1 while that is not known: the response's side looks at it while the body is
	// being read.
	left atomic.Int64
}

// begin makes ready for a body of a declared length, or -1.
func (in *input) begin(length int64) {
	if length < 0 {
		length = 1
	}
	in.left.Store(length)
}

// Read reads the body without its framing.
func (in *input) Read(p []byte) (int, error) {
	c := in.conn
	w := c.work
	// What is buffered of chunks may be framing alone, behind which there is a wait; of a body of known length it is not.
	if c.direct || w.buf.Buffered() > 0 && w.body.Left() >= 0 {
		return in.count(w.body.Read(p))
	}
	clock := c.set.options.Clock
	began := clock.Coarse()
	c.wire.ReadWithin(c.site.body)
	if c.stopBody.Load() {
		c.wire.ReadWithin(drainTime)
	}
	n, err := in.count(w.body.Read(p))
	if !c.stopBody.Load() {
		c.wire.ReadWithin(0)
	}
	in.waited += clock.Coarse() - began
	if err == nil && c.set.options.Timeouts.Slow(in.waited, in.bytes) {
		return n, forward.ErrSlow
	}
	return n, err
}

func (in *input) count(n int, err error) (int, error) {
	in.bytes += int64(n)
	switch left := in.conn.work.body.Left(); {
	case err == io.EOF:
		in.left.Store(0)
		if w := in.conn.work; w.x.Request.Trailer.Len() == 0 {
			w.body.Trailers(&w.x.Request.Trailer)
		}
	case left >= 0:
		in.left.Store(left)
	}
	return n, err
}

// wire estimates the bytes on the wire: those of the body, without what chunks add.
func (in *input) wire(body int64) int64 { return body }

// StopBody makes reads of the body end soon.
func (c *conn) endBody() {
	c.stopBody.Store(true)
	c.wire.ReadWithin(drainTime)
}

// drainBody reads what is left of the request's body, within bounds, and says whether the next request can follow.
func (c *conn) drainBody() bool {
	w := c.work
	if w.body.Done() {
		return !c.stopBody.Load() || c.wire.ReadWithin(0)
	}
	if w.x.Request.Expect100 && !w.out.continued && w.buf.Buffered() == 0 {
		// The client may or may not send the body now: where the next request begins cannot be known.
		return false
	}
	if !c.direct && !c.wire.ReadWithin(drainTime) {
		return false
	}
	var scrap [4 << 10]byte
	for total := 0; total < drainBytes; {
		n, err := w.body.Read(scrap[:])
		total += n
		if err == io.EOF {
			return c.direct || c.wire.ReadWithin(0)
		}
		if err != nil {
			return false
		}
	}
	return false
}
