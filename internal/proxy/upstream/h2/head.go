package h2

import (
	"golang.org/x/net/http2"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
)

// maxContinuations bounds the frames of a header block (CVE-2023-45288).
const maxContinuations = 16

// maxInterim is how many interim responses a target may send before its answer.
const maxInterim = 16

// block is a header block that is being received.
type block struct {
	bytes  []byte
	stream uint32
	end    bool
	frames int
}

// headBlock is a decoded head, on its way from the reading goroutine to the one that waits for it.
type headBlock struct {
	header exchange.Header
	memory codec.Memory
	status int
	length int64
	size   int
}

func (c *Conn) takeHeaders(f *http2.HeadersFrame) error {
	b := &c.block
	*b = block{bytes: b.bytes[:0], stream: f.StreamID, end: f.StreamEnded()}
	return c.fragment(f.HeaderBlockFragment(), f.HeadersEnded())
}

func (c *Conn) takeContinuation(f *http2.ContinuationFrame) error {
	b := &c.block
	if b.frames++; b.frames > maxContinuations || len(f.HeaderBlockFragment()) == 0 {
		return codec.Flood("too many CONTINUATION frames")
	}
	return c.fragment(f.HeaderBlockFragment(), f.HeadersEnded())
}

// fragment takes a piece of the block. Nothing is decoded before all of it is there.
func (c *Conn) fragment(piece []byte, ended bool) error {
	b := &c.block
	if len(b.bytes)+len(piece) > MaxHead {
		return codec.Flood("header block too long")
	}
	b.bytes = append(b.bytes, piece...)
	if !ended {
		return nil
	}
	err := c.takeBlock()
	if cap(b.bytes) > 8<<10 {
		b.bytes = nil
	}
	return err
}

// takeBlock decodes a complete block, which has to be done for every one, wanted or not, and hands it to its stream.
func (c *Conn) takeBlock() error {
	b := &c.block
	c.mu.Lock()
	st := c.streams[b.stream]
	trailers := st != nil && st.headed
	c.mu.Unlock()
	h := c.k.blocks.Get().(*headBlock)
	if trailers {
		c.answer.BeginTrailers(&h.memory, &h.header, trailerLimit)
	} else {
		c.answer.Begin(&h.memory, &h.header, MaxHead)
	}
	if _, err := c.hpack.Write(b.bytes); err != nil {
		return codec.Fatal(http2.ErrCodeCompression, "invalid header block")
	}
	if err := c.hpack.Close(); err != nil {
		return codec.Fatal(http2.ErrCodeCompression, "incomplete header block")
	}
	var refused *codec.Error
	h.status, h.length, refused = c.answer.End()
	h.size = c.answer.Size()
	c.mu.Lock()
	defer c.mu.Unlock()
	st = c.streams[b.stream]
	switch {
	case st == nil && c.unopened(b.stream):
		return codec.Protocol("HEADERS for a stream that was not opened")
	case st == nil:
		c.k.giveBlock(h)
		return c.charge() // reset a moment ago, perhaps; but not without end
	}
	c.budget.Useful()
	return c.deliver(st, h, refused)
}

// deliver hands a block to its stream. The lock is held.
func (c *Conn) deliver(st *Stream, h *headBlock, refused *codec.Error) error {
	b := &c.block
	why, code := error(nil), http2.ErrCodeProtocol
	switch {
	case st.ended:
		why, code = &ResetError{http2.ErrCodeStreamClosed}, http2.ErrCodeStreamClosed
	case refused != nil:
		why = malformed(refused)
	case st.headed && !b.end:
		why = errTrailers
	case st.headed:
		st.trailer = h
		return c.end(st)
	case h.status < 200:
		if st.interims++; st.interims > maxInterim {
			why = errInterims
		} else if b.end {
			why = errNoHead
		}
	}
	if why != nil {
		c.k.giveBlock(h)
		return c.breakLocked(st.id, code, why)
	}
	if h.status >= 200 {
		st.headed = true
		st.declared = h.length
		st.bodiless = st.bodiless || h.status == 204 || h.status == 304
	}
	st.heads = append(st.heads, h)
	st.ready.Broadcast()
	if b.end {
		return c.end(st)
	}
	return nil
}

func (k *Keeper) giveBlock(h *headBlock) {
	h.header.Clear()
	h.memory.Trim(16 << 10)
	k.blocks.Put(h)
}
