package listen

import (
	"net"
	"sync"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// output is the response on its way to the client: forward.Stream for HTTP/1. What is written collects in one buffer
// until it is flushed, so that a small response is one write.
type output struct {
	conn  *conn
	space []byte
	// pending is space[start:end].
	start, end int
	bulk       *[]byte
	usual      []byte

	framing http1.Framing
	left    int64
	// piece is the length of the last piece of the body.
	piece int
	// keep says that the connection may carry another request, as far as the response is concerned.
	keep, continued bool
	// failed is the first error of writing; everything after it fails likewise.
	failed         error
	sent, bodySent int64
}

var _ forward.Switcher = (*output)(nil)

func (o *output) begin() {
	o.start, o.end = 0, 0
	o.framing, o.left, o.piece = http1.Framing{}, 0, 0
	o.keep, o.continued, o.failed = false, false, nil
	o.sent, o.bodySent = 0, 0
}

// Head writes the head of x.Response behind what is pending.
func (o *output) Head(x *exchange.Exchange) error {
	c := o.conn
	out := http1.Outgoing{
		KeepAlive: c.mayKeep(), Announce: true, Date: c.set.date.now(c.set.options.Clock),
	}
	o.rewind()
	var b []byte
	b, o.framing = http1.AppendResponse(o.space[:o.end], x, out)
	o.adopt(b)
	o.keep = o.framing.KeepAlive
	o.left = o.framing.Length
	return nil
}

// adopt takes over a buffer that grew while something was appended.
func (o *output) adopt(b []byte) {
	o.end = len(b)
	if cap(b) != len(o.space) {
		o.space = b[:cap(b)]
	}
}

// mayKeep says whether there may be another request after this one.
func (c *conn) mayKeep() bool {
	s := c.site
	if c.socket.closing.Load() || s.maxRequests > 0 && c.served >= s.maxRequests {
		return false
	}
	if s.maxAge > 0 && c.set.options.Clock.Coarse()-c.born > s.maxAge {
		return false
	}
	w := c.work
	left := w.input.left.Load()
	if left > 0 && w.x.Request.Expect100 && !w.out.continued && w.buf.Buffered() == 0 {
		return false
	}
	return left <= drainBytes
}

// Interim writes an interim response at once. HTTP/1.0 knows none.
func (o *output) Interim(x *exchange.Exchange) error {
	if x.Request.Proto != exchange.HTTP11 {
		return nil
	}
	o.rewind()
	o.adopt(http1.AppendInterim(o.space[:o.end], &x.Response))
	return o.Flush()
}

// Continue asks for the body, unless it is coming already.
func (o *output) Continue() error {
	o.continued = true
	if o.conn.work.buf.Buffered() > 0 {
		return nil
	}
	o.rewind()
	o.adopt(append(o.space[:o.end], http1.Continue...))
	return o.Flush()
}

// minRoom is the least that Room gives.
const minRoom = 2 << 10

// tail is what has to fit behind a chunk: its end, and the last chunk.
const tail = len(http1.ChunkEnd) + len(http1.LastChunk)

// Room is space behind what is pending, leaving room for a chunk's framing around it.
func (o *output) Room() []byte {
	o.rewind()
	o.fit()
	from := o.end
	if o.framing.Kind == http1.Chunked {
		from += http1.MaxChunkHead
	}
	to := len(o.space) - tail
	if to-from < minRoom {
		// An error comes again with the next flush; what is written until then goes nowhere.
		_ = o.Flush()
		return o.Room()
	}
	return o.space[from:to]
}

// fit changes to a large buffer for a long body, and for one in chunks while its pieces fill the usual buffer: a stream
// that pauses gives the large one back first.
func (o *output) fit() {
	switch {
	case o.framing.Kind != http1.Chunked:
		if o.left >= bulkFrom && o.bulk == nil {
			o.bulkTake()
		}
	case o.bulk == nil && o.bodySent >= bulkFrom && o.piece >= writeSpace/2:
		o.bulkTake()
	case o.bulk != nil && o.piece < writeSpace/2:
		_ = o.Flush() // an error shows at the next one
		o.bulkBack()
	}
}

// spaces are buffers that tunnels have given back.
var spaces = sync.Pool{New: func() any { b := make([]byte, writeSpace); return &b }}

// rewind begins at the front again when nothing is pending. The buffer is made here at the first use: a client whose head or
// body never comes to its end needs none.
func (o *output) rewind() {
	if o.space == nil {
		o.space = *spaces.Get().(*[]byte)
	}
	if o.start == o.end {
		o.start, o.end = 0, 0
	}
}

// Commit takes the first n bytes of Room.
func (o *output) Commit(n int) error {
	o.bodySent += int64(n)
	o.piece = n
	switch o.framing.Kind {
	case http1.None:
		return nil
	case http1.Chunked:
		o.frame(n)
	default:
		o.end += n
		o.left -= int64(n)
	}
	return nil
}

// frame makes a chunk of n bytes that lie MaxChunkHead behind what is pending: the pending bytes and the chunk's head
// move up to them.
func (o *output) frame(n int) {
	data := o.end + http1.MaxChunkHead
	var size [http1.MaxChunkHead]byte
	head := http1.AppendChunkHead(size[:0], n)
	at := data - len(head)
	gap := at - o.end
	copy(o.space[o.start+gap:], o.space[o.start:o.end])
	o.start += gap
	copy(o.space[at:], head)
	o.end = data + n
	o.end += copy(o.space[o.end:], http1.ChunkEnd)
}

// Write writes a body that was made here.
func (o *output) Write(b []byte) error {
	if o.framing.Kind == http1.None {
		return nil
	}
	for len(b) > 0 {
		n := copy(o.Room(), b)
		if err := o.Commit(n); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// Flush sends what is pending.
func (o *output) Flush() error {
	if o.start == o.end || o.failed != nil {
		return o.failed
	}
	b := o.space[o.start:o.end]
	// What Room gave out stays where it is: a Flush may come between Room and Commit.
	o.start = o.end
	n, err := o.conn.write(b)
	o.sent += int64(n)
	if err != nil {
		o.failed, o.keep = err, false
	}
	return err
}

func (c *conn) write(b []byte) (int, error) {
	if c.tls != nil {
		return c.tls.Write(b)
	}
	return c.wire.Write(b)
}

// Finish ends the body and sends everything.
func (o *output) Finish() error {
	if o.framing.Kind == http1.Chunked {
		if len(o.space)-o.end < len(http1.LastChunk) {
			if err := o.Flush(); err != nil {
				return err
			}
		}
		if x := &o.conn.work.x; x.Request.TakesTrailers && x.Response.Trailer.Len() > 0 {
			o.lastChunk(&x.Response.Trailer)
		} else {
			o.end += copy(o.space[o.end:], http1.LastChunk)
		}
	}
	err := o.Flush()
	o.bulkBack()
	return err
}

// lastChunk ends the body with trailers.
func (o *output) lastChunk(trailer *exchange.Header) {
	b := http1.AppendLastChunk(o.space[:o.end], trailer)
	if o.bulk == nil {
		o.adopt(b)
		return
	}
	// The large buffer goes back to others: what does not fit into it goes out by itself.
	if len(b) <= len(o.space) {
		o.end = len(b)
		return
	}
	_ = o.Flush() // an error shows at the next one
	o.bulkBack()
	o.adopt(http1.AppendLastChunk(o.space[:0], trailer))
}

// Abort breaks the connection off, so that nobody takes what was sent for a whole response.
func (o *output) Abort() {
	o.start, o.end = 0, 0
	o.keep, o.failed = false, net.ErrClosed
	o.bulkBack()
	o.conn.abort()
}

// abort resets the connection.
func (c *conn) abort() {
	c.wire.ResetOnClose()
	c.over, c.aborted = true, true
}

// StopBody is for the body that nobody wants any more.
func (o *output) StopBody() { o.conn.endBody() }

// Attach cancels target when the client goes away.
func (o *output) Attach(target interface{ Cancel() }) { o.conn.wire.Watch(target) }

// Detach hands the connection over to a tunnel, which may last for days: others get the buffer.
func (o *output) Detach() (*wire.Wire, net.Conn, []byte) {
	c := o.conn
	o.keep = false
	if len(o.space) == writeSpace && o.bulk == nil && o.start == o.end {
		space := o.space
		o.space = nil
		spaces.Put(&space)
	}
	early := c.work.buf.Bytes()
	if c.tls != nil {
		return c.wire, c.tls, early
	}
	return c.wire, c.wire.Conn(), early
}

var bulks = sync.Pool{New: func() any { b := make([]byte, bulkSpace); return &b }}

// bulkTake changes to a large buffer for a long body.
func (o *output) bulkTake() {
	o.bulk = bulks.Get().(*[]byte)
	n := copy(*o.bulk, o.space[o.start:o.end])
	o.usual, o.space = o.space, *o.bulk
	o.start, o.end = 0, n
}

// bulkBack changes back. Nothing is pending.
func (o *output) bulkBack() {
	if o.bulk == nil {
		return
	}
	bulks.Put(o.bulk)
	o.space, o.usual, o.bulk = o.usual, nil, nil
	o.start, o.end = 0, 0
}
