package h2

import (
	"errors"
	"io"
	"math"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
	"github.com/gwanmun/gwanmun/internal/proxy/listen"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// maxFrame is the largest frame that is read, and the largest that is written without the client's word that it takes
// larger ones; there is no gain in those.
const maxFrame = 16 << 10

// keepFrame is the largest frame whose buffer an idle connection keeps.
const keepFrame = 2 << 10

// conn is one connection.
type conn struct {
	d *Driver
	h *listen.Handoff

	// The reading goroutine alone uses these.
	source source
	framer *http2.Framer
	// largest is the largest frame that the framer has a buffer for.
	largest uint32
	hpack   *hpack.Decoder
	head    codec.Head
	block   block
	born    time.Duration
	// trailer is where a block of trailers is decoded to.
	trailer exchange.Header

	work sync.WaitGroup // streams

	mu sync.Mutex
	// writable is signalled when there is more room to send: in the buffer, in a window, or because it is all over.
	writable sync.Cond
	waiting  int
	out      codec.Output
	// writing says that a goroutine writes; written is signalled when it has ended.
	writing bool
	written sync.Cond
	// broken says that nothing can be written any more.
	broken bool

	budget  codec.Budget
	streams map[uint32]*stream
	// running counts goroutines, also of streams that were reset.
	running int
	// last is the highest stream of the client; those above ceiling are not served.
	last, ceiling uint32
	skipped       skipped
	parting       parting
	requests      int
	window        codec.Window
	receive       codec.Receiver
	initial       int64 // window of a new stream
	tabled        bool  // NoTable has been sent
	leaving       leaving
	leaveAt       time.Duration
	// dead says why nothing can be sent or received any more.
	dead error
}

// leaving is how far a connection's graceful end has come.
type leaving uint8

const (
	staying leaving = iota
	// warned: the client was told to open no more streams; those on their way are still served.
	warned
	// ending: no stream above ceiling is served; the connection ends with the last one.
	ending
)

func newConn(d *Driver, h *listen.Handoff) *conn {
	c := &conn{
		d: d, h: h, streams: map[uint32]*stream{}, ceiling: math.MaxInt32, window: 65535, initial: 65535,
		receive: codec.NewReceiver(connectionWindow), born: h.Wire.Clock().Coarse(), out: codec.Output{Buffers: &d.buffers},
	}
	c.writable.L, c.written.L = &c.mu, &c.mu
	c.source = source{from: h.TLS, idle: c.quiet}
	c.newFramer()
	c.hpack = hpack.NewDecoder(4096, func(f hpack.HeaderField) { c.head.Field(f.Name, f.Value) })
	c.hpack.SetMaxStringLength(codec.MaxHeaderList)
	return c
}

// newFramer begins with a small buffer for frames.
func (c *conn) newFramer() {
	c.framer = http2.NewFramer(nil, &c.source)
	c.framer.SetMaxReadFrameSize(maxFrame)
	c.framer.SetReuseFrames()
	c.largest = 0
}

// quiet says whether the connection waits for its next request.
func (c *conn) quiet() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.streams) == 0
}

var errOver = errors.New("the connection has ended")

func (c *conn) run() {
	err := errOver
	defer func() { c.finish(err) }()
	if l := c.h.Listener(); l != nil {
		c.h.Wire.WriteStall(c.stall(l))
	}
	c.greet()
	err = c.read()
}

// greet sends our settings and opens the connection's window.
func (c *conn) greet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.Settings(
		http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: uint32(c.d.options.MaxStreams)},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: streamWindow},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: codec.MaxHeaderList},
	)
	if l := c.h.Listener(); l != nil && l.Dialect == model.DialectNginx {
		// An ELB knows WebSocket over HTTP/1.1 only.
		c.head.Connect = true
		c.out.Settings(http2.Setting{ID: http2.SettingEnableConnectProtocol, Val: 1})
	}
	c.out.WindowUpdate(0, connectionWindow-65535)
	c.flush()
}

// read reads frames until the end. The error says why: *codec.ConnError for what the client did wrong.
func (c *conn) read() error {
	c.h.Wire.ReadWithin(c.d.options.Head)
	var preface [len(http2.ClientPreface)]byte
	if _, err := io.ReadFull(c.h.TLS, preface[:]); err != nil {
		return err
	}
	if string(preface[:]) != http2.ClientPreface {
		return codec.Protocol("no HTTP/2 preface")
	}
	for first := true; ; first = false {
		if c.largest > keepFrame && !c.block.open && c.quiet() {
			c.newFramer()
		}
		header, err := c.framer.ReadFrameHeader()
		if err != nil {
			return codec.ReadError(err)
		}
		if first && (header.Type != http2.FrameSettings || header.Flags.Has(http2.FlagSettingsAck)) {
			return codec.Protocol("no SETTINGS at the beginning")
		}
		if first {
			c.idle()
		}
		c.largest = max(c.largest, header.Length)
		useful := 0
		if header.Type == http2.FrameData || header.Type == http2.FrameHeaders || header.Type == http2.FrameContinuation {
			useful = int(header.Length)
		}
		c.mu.Lock()
		fine := c.budget.Bytes(codec.FrameHeader+int(header.Length), useful)
		c.mu.Unlock()
		if !fine {
			return codec.Flood("hardly any useful bytes")
		}
		frame, err := c.framer.ReadFrameForHeader(header)
		if err == nil {
			err = c.take(frame)
		} else {
			err = c.invalid(header, err)
		}
		if err != nil {
			return err
		}
	}
}

// invalid judges a frame that could not be parsed. What belongs to a header block ends the connection, since the
// block is lost for the table that it would have changed.
func (c *conn) invalid(header http2.FrameHeader, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		// The payload is shorter than what its flags announce, or the connection has ended in it: nobody reads this then.
		return codec.Fatal(http2.ErrCodeFrameSize, "frame too short")
	}
	var stream http2.StreamError
	if !errors.As(err, &stream) {
		return codec.ReadError(err)
	}
	if header.Type == http2.FrameHeaders || header.Type == http2.FrameContinuation {
		return codec.Protocol("invalid header frame")
	}
	return c.breakStream(stream.StreamID, stream.Code)
}

// take handles one frame.
func (c *conn) take(frame http2.Frame) error {
	switch f := frame.(type) {
	case *http2.DataFrame:
		return c.takeData(f)
	case *http2.HeadersFrame:
		return c.takeHeaders(f)
	case *http2.ContinuationFrame:
		return c.takeContinuation(f)
	case *http2.WindowUpdateFrame:
		return c.takeWindow(f)
	}
	c.mu.Lock()
	fine := c.budget.Control(c.now())
	c.mu.Unlock()
	if !fine {
		return codec.Flood("too many control frames")
	}
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		return c.takeSettings(f)
	case *http2.PingFrame:
		if !f.IsAck() {
			c.mu.Lock()
			c.out.Ping(true, f.Data)
			c.flush()
			c.mu.Unlock()
		}
	case *http2.RSTStreamFrame:
		return c.takeReset(f)
	case *http2.PushPromiseFrame:
		return codec.Protocol("a client cannot push")
	}
	// PRIORITY has no meaning any more, GOAWAY of a client none for us, unknown ones are to be ignored.
	return nil
}

func (c *conn) takeSettings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	err := f.ForeachSetting(func(s http2.Setting) error {
		if err := s.Valid(); err != nil {
			return codec.ReadError(err)
		}
		if s.ID != http2.SettingInitialWindowSize {
			return nil
		}
		change := int64(s.Val) - c.initial
		c.initial = int64(s.Val)
		for _, st := range c.streams { // all change alike
			if !st.window.Grow(change) {
				return codec.Flow("a stream's window overflows")
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.out.SettingsAck()
	c.writable.Broadcast()
	c.flush()
	return nil
}

func (c *conn) takeWindow(f *http2.WindowUpdateFrame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.StreamID == 0 {
		if !c.window.Grow(int64(f.Increment)) {
			return codec.Flow("the connection's window overflows")
		}
	} else if st := c.streams[f.StreamID]; st != nil {
		if !st.window.Grow(int64(f.Increment)) {
			return c.breakLocked(f.StreamID, http2.ErrCodeFlowControl)
		}
	} else if f.StreamID > c.last || f.StreamID%2 == 0 {
		return codec.Protocol("WINDOW_UPDATE for a stream that was not opened")
	} else if !c.budget.Control(c.now()) {
		return codec.Flood("too many frames for closed streams")
	}
	if c.waiting > 0 {
		c.writable.Broadcast()
	}
	return nil
}

func (c *conn) takeReset(f *http2.RSTStreamFrame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if st := c.streams[f.StreamID]; st != nil {
		st.lose(errReset)
		st.ClientGone()
	} else if f.StreamID > c.last || f.StreamID%2 == 0 {
		return codec.Protocol("RST_STREAM for a stream that was not opened")
	} else {
		c.parted(f.StreamID)
	}
	if !c.budget.Reset() {
		return codec.Flood("too many streams reset")
	}
	return nil
}

// breakStream ends a stream for a mistake of the client.
func (c *conn) breakStream(id uint32, code http2.ErrCode) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.breakLocked(id, code)
}

func (c *conn) breakLocked(id uint32, code http2.ErrCode) error {
	if id > c.last || id%2 == 0 {
		return codec.Protocol("a frame for a stream that was not opened")
	}
	c.out.Reset(id, code)
	c.flush()
	if st := c.streams[id]; st != nil {
		st.lose(errReset)
		st.ClientGone()
	}
	if !c.budget.Reset() || !c.budget.Control(c.now()) {
		return codec.Flood("too many invalid streams")
	}
	return nil
}

// now is the time for budgets and timeouts, coarse.
func (c *conn) now() time.Duration { return c.h.Wire.Clock().Coarse() }

// finish ends everything once reading has ended, and waits for it.
func (c *conn) finish(err error) {
	c.mu.Lock()
	mistake := (*codec.ConnError)(nil)
	switch {
	case errors.As(err, &mistake):
		c.out.GoAway(c.last, mistake.Code)
	case errors.Is(err, wire.ErrTimeout) && c.leaving != ending:
		c.out.GoAway(c.last, http2.ErrCodeNo)
	}
	c.flush()
	c.fail(errOver)
	c.mu.Unlock()
	c.work.Wait()
	c.h.Wire.WriteStall(lastWords)
	c.mu.Lock()
	for c.writing {
		c.written.Wait()
	}
	c.mu.Unlock()
	c.source.release()
	if mistake != nil {
		c.drain()
	}
}

// lastWords is the time for what is still to be sent, and for the client to read it, at the end.
const lastWords = 500 * time.Millisecond

// drain reads and drops what the client still sends for a moment: closing with unread bytes would take the reason,
// which is on its way, from the client.
func (c *conn) drain() {
	if c.h.TLS.CloseWrite() != nil || !c.h.Wire.ReadWithin(lastWords) {
		return
	}
	var scrap [4 << 10]byte
	for total := 0; total < 256<<10; {
		n, err := c.h.TLS.Read(scrap[:])
		if total += n; err != nil {
			return
		}
	}
}

// fail makes everything that waits on the connection end. The lock is held.
func (c *conn) fail(err error) {
	if c.dead == nil {
		c.dead = err
	}
	for _, st := range c.streams { // all are told
		st.lose(c.dead)
		st.ClientGone()
	}
	c.writable.Broadcast()
}
