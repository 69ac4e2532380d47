package h2

import (
	"math/rand/v2"
	"time"

	"golang.org/x/net/http2"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
)

// Bounds on a header block as it arrives (CVE-2023-45288).
const (
	maxBlock         = 64 << 10
	maxContinuations = 16
)

// block is a header block that is being received.
type block struct {
	bytes  []byte
	stream uint32
	end    bool
	frames int
	// open says that more of it has to come, right now.
	open  bool
	wire  int64
	begun time.Time
}

func (c *conn) takeHeaders(f *http2.HeadersFrame) error {
	b := &c.block
	*b = block{bytes: b.bytes[:0], stream: f.StreamID, end: f.StreamEnded(), begun: c.clock()}
	if f.StreamID%2 == 0 {
		return codec.Protocol("HEADERS for a stream that a client cannot open")
	}
	return c.fragment(f.HeaderBlockFragment(), f.HeadersEnded(), f.Length)
}

func (c *conn) takeContinuation(f *http2.ContinuationFrame) error {
	b := &c.block
	if b.frames++; b.frames > maxContinuations || len(f.HeaderBlockFragment()) == 0 {
		return codec.Flood("too many CONTINUATION frames")
	}
	return c.fragment(f.HeaderBlockFragment(), f.HeadersEnded(), f.Length)
}

// fragment takes a piece of the block. Nothing is decoded before all of it is there.
func (c *conn) fragment(piece []byte, ended bool, length uint32) error {
	b := &c.block
	b.wire += codec.FrameHeader + int64(length)
	if len(b.bytes)+len(piece) > maxBlock {
		return codec.Flood("header block too long")
	}
	b.bytes = append(b.bytes, piece...)
	if b.open = !ended; !ended {
		if b.frames == 0 {
			c.h.Wire.ReadWithin(c.blockTime())
		}
		return nil
	}
	err := c.begin()
	if cap(b.bytes) > 8<<10 {
		b.bytes = nil
	}
	if b.frames > 0 {
		c.mu.Lock()
		c.rest()
		c.mu.Unlock()
	}
	return err
}

// decode feeds the block to the table and to c.head. It has to be done for every block, wanted or not.
func (c *conn) decode() error {
	if _, err := c.hpack.Write(c.block.bytes); err != nil {
		return codec.Fatal(http2.ErrCodeCompression, "invalid header block")
	}
	if err := c.hpack.Close(); err != nil {
		return codec.Fatal(http2.ErrCodeCompression, "incomplete header block")
	}
	return nil
}

// begin handles a complete block: a new stream, or trailers.
func (c *conn) begin() error {
	b := &c.block
	l := c.h.Listener()
	c.mu.Lock()
	fresh := b.stream > c.last
	c.mu.Unlock()
	if l == nil || !fresh {
		return c.beginOther(fresh)
	}
	st := c.d.streams.Get().(*stream)
	st.begin(c, b.stream, l)
	c.head.Begin(&st.memory, &st.x.Request, &l.HTTP1)
	if err := c.decode(); err != nil {
		return err
	}
	return c.open(st, c.head.End(b.end, b.wire))
}

// trailerLimits are what trailers may take.
var trailerLimits = &http1.Config{Limits: http1.Limits{Field: 8 << 10, Head: 8 << 10, Fields: 64, Status: 400}}

// beginOther handles blocks that open no stream: trailers, and what comes for streams that are over.
func (c *conn) beginOther(fresh bool) error {
	b := &c.block
	c.trailer.Clear()
	c.head.BeginTrailers(trailerLimits, &c.trailer)
	if err := c.decode(); err != nil {
		return err
	}
	refused := c.head.End(true, b.wire)
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.streams[b.stream]
	switch {
	case fresh:
		// The listener is gone, and the connection with it.
		c.reach(b.stream)
		c.out.Reset(b.stream, http2.ErrCodeRefusedStream)
		c.depart()
		c.flush()
		return c.charge()
	case st == nil && c.skipped.has(b.stream):
		return codec.Protocol("HEADERS for a stream below the highest one that was never opened")
	case st == nil:
		// Reset a moment ago, or closed; the client may not know yet.
		return c.charge()
	case st.ended:
		return c.breakLocked(b.stream, http2.ErrCodeStreamClosed)
	case !b.end || refused != nil:
		return c.breakLocked(b.stream, http2.ErrCodeProtocol)
	}
	st.bytesIn += b.wire
	st.keepTrailer(&c.trailer)
	return c.endBody(st)
}

// keepTrailer copies trailers into the request; whoever reads the body to its end sees them. The lock is held.
func (st *stream) keepTrailer(trailer *exchange.Header) {
	var memory []byte
	for i := range trailer.Len() {
		f := trailer.At(i)
		start := len(memory)
		memory = append(append(memory, f.Name...), f.Value...)
		middle, end := start+len(f.Name), len(memory)
		st.x.Request.Trailer.Add(memory[start:middle:middle], memory[middle:end:end])
	}
}

// charge takes a frame that was of no use off the budget. The lock is held.
func (c *conn) charge() error {
	if !c.budget.Control(c.now()) {
		return codec.Flood("too many frames for closed streams")
	}
	return nil
}

// open starts to serve a stream, unless there are too many.
func (c *conn) open(st *stream, refused *codec.Error) error {
	b := &c.block
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reach(b.stream)
	o := &c.d.options
	switch {
	case b.stream > c.ceiling:
		// The client has been told; it will ask again elsewhere.
		c.unserved(st)
		st.release()
		return c.charge()
	case len(c.streams) >= o.MaxStreams, c.running >= 2*o.MaxStreams:
		st.release()
		c.out.Reset(b.stream, http2.ErrCodeRefusedStream)
		c.flush()
		if !c.budget.Reset() || !c.budget.Control(c.now()) {
			return codec.Flood("too many streams at a time")
		}
		return nil
	}
	c.budget.Opened()
	if refused != nil && refused.Status == 0 && !c.budget.Reset() {
		st.release()
		return codec.Flood("too many malformed requests")
	}
	c.streams[b.stream] = st
	c.running++
	c.requests++
	c.h.Wire.ReadWithin(0)
	st.window = codec.Window(c.initial)
	st.receive = codec.NewReceiver(streamWindow)
	st.ended = b.end
	if st.declared = st.x.Request.ContentLength; len(st.x.Request.Upgrade) > 0 {
		st.declared = -1
	}
	st.refused = refused
	c.describe(st)
	if most := c.maxRequests(st.listener); c.requests == most {
		c.warn()
	} else if c.requests >= most+o.MaxStreams {
		c.depart() // the client had its warning
		c.flush()
	}
	c.work.Add(1)
	go st.run()
	return nil
}

// unserved notes a request that came after the connection's last one: a load balancer has a line with status 000 for it.
func (c *conn) unserved(st *stream) {
	if st.listener.Dialect == model.DialectNginx {
		return
	}
	c.describe(st)
	st.x.Log.Error = "the connection had reached its end"
	st.x.Log.BytesIn = st.x.Request.HeadBytes
	c.h.Forwarder.Done(st.listener, &st.x)
}

// describe fills in what the exchange knows of its connection.
func (c *conn) describe(st *stream) {
	x := &st.x
	x.Conn = c.h.Info
	x.ClientIP = c.h.Info.Remote.Addr()
	x.Port, x.HTTPS = c.h.Info.Entrance()
	x.Random = [2]uint64{rand.Uint64(), rand.Uint64()}
	x.Start = c.block.begun
	x.Log.Received = c.clock()
	if !st.ended && x.Request.ContentLength != 0 {
		x.Request.Body = st
		st.calls = x.Request.GRPC()
	}
}

// maxRequests is after how many requests the connection ends: 1,000 for class nginx, whose setting counts streams.
func (c *conn) maxRequests(l *compile.Listener) int {
	if l.Settings != nil && l.Settings.KeepAliveRequests > 0 {
		return l.Settings.KeepAliveRequests
	}
	return c.d.options.MaxRequests
}

// clock is the time of day.
func (c *conn) clock() time.Time {
	k := c.h.Wire.Clock()
	return k.Time(k.Since())
}
