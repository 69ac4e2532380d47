package h2

import (
	"io"
	"sync"
	"time"

	"golang.org/x/net/http2"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
)

// keepBody is the largest body buffer that is kept for the next stream.
const keepBody = 32 << 10

// Stream is one request on a connection and its answer. One goroutine reads and one writes at a time; Cancel may be
// called from any. Close gives it back.
type Stream struct {
	// ready is signalled when there is more of the answer, or no more.
	ready sync.Cond
	streamState
}

// streamState is a stream without its locks. The connection's lock guards it.
type streamState struct {
	c  *Conn
	id uint32

	heads   []*headBlock
	trailer *headBlock
	body    []byte
	taken   int // of body
	// declared is the answer's content-length, -1 for none; got is what has come.
	declared, got int64
	interims      int
	// headed: the head of the answer has come; ended: all of it; bodiless: it has no body whatever it declares.
	headed, ended, bodiless bool
	// closed: nothing more is sent, because all was, or one side broke the stream off; finished: all was sent. stopped:
	// the target does not want the rest.
	closed, finished, stopped bool
	// failed says why the stream is of no use any more.
	failed  error
	window  codec.Window
	receive codec.Receiver
	// unsent is what is left of the payload; it goes out as windows allow. last says that nothing comes behind it.
	unsent []byte
	last   bool
	// within bounds waits for the target; readBy and writeBy are when a wait is over, 0 for no wait.
	within, stall       time.Duration
	readBy, writeBy     time.Duration
	waits               bool
	readLate, writeLate bool
}

// Request is what Open sends.
type Request struct {
	// Block is the header block, Payload what of the body is at hand, which must stay as it is until Close; End says that
	// nothing comes behind it.
	Block, Payload []byte
	End            bool
	// Head says that the answer has no body, whatever it declares.
	Head bool
	// Within bounds the waits for the target, 0 is for ever; Stall how long it may take nothing of the body.
	Within, Stall time.Duration
}

// Open sends a request on a stream that was reserved. The stream is never nil: an error shows at what is done with it.
func (c *Conn) Open(r Request) *Stream {
	st := c.k.streams.Get().(*Stream)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reserved--
	st.c, st.declared, st.bodiless = c, -1, r.Head
	st.within, st.stall = r.Within, r.Stall
	st.ready.L = &c.mu
	if c.dead != nil || c.leaving {
		// Nothing was sent.
		st.failed, st.closed = ErrUnprocessed, true
		c.rest()
		return st
	}
	st.id = c.next
	c.next += 2
	c.streams[st.id] = st
	st.window, st.receive = codec.Window(c.initial), codec.NewReceiver(streamWindow)
	if st.id == 1 {
		r.Block = append([]byte{codec.NoTable}, r.Block...)
	}
	end := r.End && len(r.Payload) == 0
	c.out.Headers(r.Block, st.id, end, maxFrame)
	st.closed, st.finished = end, end
	if len(r.Payload) > 0 {
		st.unsent, st.last = r.Payload, r.End
		c.pumping++
		c.pump(st)
	}
	c.flush()
	return st
}

// pump sends what windows allow of a stream's payload. The lock is held.
func (c *Conn) pump(st *Stream) {
	for len(st.unsent) > 0 && st.sendable() == nil && c.out.Len() < codec.HighWater {
		n := codec.Take(min(len(st.unsent), maxFrame), &st.window, &c.window)
		if n == 0 {
			return
		}
		st.sendData(st.unsent[:n], st.last && n == len(st.unsent))
		if st.unsent = st.unsent[n:]; len(st.unsent) == 0 {
			st.unsent = nil
			c.pumping--
			c.writable.Broadcast() // a Write may wait for its turn
		}
	}
}

// pumpAll is called when there is more room. The lock is held.
func (c *Conn) pumpAll() {
	if c.pumping == 0 {
		return
	}
	for _, st := range c.streams { // each gets what is there
		c.pump(st)
	}
	c.flush()
}

// fail makes everything that waits on the stream end. The lock is held.
func (st *Stream) fail(err error) {
	if st.failed == nil {
		if err == errOver {
			err = ErrClosed
		}
		st.failed = err
	}
	st.ready.Broadcast()
	if st.c.waiting > 0 {
		st.c.writable.Broadcast()
	}
}

// reset tells the target that the stream is over. The lock is held.
func (st *Stream) reset(code http2.ErrCode) {
	if st.id == 0 || st.c.dead != nil || st.closed && (st.ended || !st.finished) {
		return // there is no stream any more
	}
	st.closed, st.finished = true, false
	st.c.out.Reset(st.id, code)
	st.c.flush()
}

// Cancel breaks the stream off: what waits on it, and all that comes, ends with ErrCancelled, and the target is told.
func (st *Stream) Cancel() {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.failed == nil {
		st.reset(http2.ErrCodeCancel)
	}
	st.fail(ErrCancelled)
}

// ReadWithin changes how long the target may take, also for a wait that is under way. 0 is for ever.
func (st *Stream) ReadWithin(d time.Duration) {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	st.within = d
	if st.readBy = 0; st.waits && d > 0 {
		st.readBy = c.k.now() + d
	}
}

// await waits until there is something for the reader. The lock is held.
func (st *Stream) await(there func() bool) error {
	if there() || st.failed != nil {
		return nil
	}
	st.waits = true
	if st.readLate = false; st.within > 0 {
		st.readBy = st.c.k.now() + st.within
	}
	defer func() { st.waits, st.readBy = false, 0 }()
	for !there() && st.failed == nil {
		if st.readLate {
			return ErrTimeout
		}
		st.ready.Wait()
	}
	return nil
}

// Head waits for the head of the answer, or of an interim response, and fills in x.Response. Its bytes are kept by x.
func (st *Stream) Head(x *exchange.Exchange) error {
	c := st.c
	c.mu.Lock()
	if err := st.await(st.hasHead); err != nil {
		c.mu.Unlock()
		return err
	}
	if len(st.heads) == 0 {
		defer c.mu.Unlock()
		return st.failed
	}
	h := st.heads[0]
	st.heads = append(st.heads[:0], st.heads[1:]...)
	c.mu.Unlock()
	r := &x.Response
	r.Status, r.Reason, r.Switch = h.status, nil, false
	r.ContentLength, r.HeadBytes = h.length, int64(h.size)
	if st.bodiless && h.length < 0 && h.status >= 200 && h.status != 204 {
		r.ContentLength = -1
	}
	r.Header.Clear()
	for i := range h.header.Len() {
		f := h.header.At(i)
		r.Header.Add(x.Scratch(f.Name), x.Scratch(f.Value))
	}
	c.k.giveBlock(h)
	return nil
}

func (st *Stream) hasHead() bool { return len(st.heads) > 0 }

// Pending says whether Read or Head would return without waiting.
func (st *Stream) Pending() bool {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	return st.failed != nil || st.hasBody() || st.hasHead()
}

func (st *Stream) hasBody() bool { return len(st.body) > st.taken || st.ended }

// Read reads the body of the answer. It returns io.EOF at the end; another error says that it is not complete.
func (st *Stream) Read(p []byte) (int, error) {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := st.await(st.hasBody); err != nil {
		return 0, err
	}
	switch {
	case st.failed == ErrCancelled:
		return 0, st.failed
	case len(st.body) > st.taken:
	case st.ended:
		return 0, io.EOF
	default:
		return 0, st.failed
	}
	n := copy(p, st.body[st.taken:])
	if st.taken += n; st.taken == len(st.body) {
		st.body, st.taken = st.body[:0], 0
		if st.ended {
			return n, io.EOF
		}
	}
	if !st.ended && st.failed == nil && c.dead == nil {
		if more := st.receive.Consume(int64(n)); more > 0 {
			c.out.WindowUpdate(st.id, more)
			c.flush()
		}
	}
	return n, nil
}

// Trailer adds the trailers of an answer that was read to its end to x.Response.Trailer. Their bytes are kept by x.
func (st *Stream) Trailer(x *exchange.Exchange) {
	c := st.c
	c.mu.Lock()
	h := st.trailer
	st.trailer = nil
	c.mu.Unlock()
	if h == nil {
		return
	}
	for i := range h.header.Len() {
		f := h.header.At(i)
		x.Response.Trailer.Add(x.Scratch(f.Name), x.Scratch(f.Value))
	}
	c.k.giveBlock(h)
}

// Close ends the stream, telling the target if it does not know yet, and gives it back: nobody may touch it afterwards.
func (st *Stream) Close() {
	c := st.c
	c.mu.Lock()
	if st.failed == nil {
		st.reset(http2.ErrCodeCancel)
	}
	if len(st.unsent) > 0 {
		st.unsent = nil
		c.pumping--
	}
	if c.streams[st.id] == st {
		delete(c.streams, st.id)
		c.rest()
	}
	c.mu.Unlock()
	for _, h := range st.heads {
		c.k.giveBlock(h)
	}
	if st.trailer != nil {
		c.k.giveBlock(st.trailer)
	}
	body := st.body[:0]
	if cap(body) > keepBody {
		body = nil
	}
	clear(st.heads)
	st.streamState = streamState{body: body, heads: st.heads[:0]}
	st.ready.L = nil
	c.k.streams.Put(st)
}

// Abandon is Cancel and the end, for a stream that somebody may still be using: it is not used again.
func (st *Stream) Abandon() {
	st.Cancel()
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(st.unsent) > 0 {
		st.unsent = nil
		c.pumping--
	}
	delete(c.streams, st.id)
	c.rest()
}

func (c *Conn) takeData(f *http2.DataFrame) error {
	data, length := f.Data(), int64(f.Length)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.receive.Receive(length) {
		return codec.Flow("more data than the connection's window")
	}
	if update := c.receive.Consume(length); update > 0 {
		c.out.WindowUpdate(0, update)
		c.flush()
	}
	st := c.streams[f.StreamID]
	switch {
	case st == nil && c.unopened(f.StreamID):
		return codec.Protocol("DATA for a stream that was not opened")
	case st == nil:
		c.budget.Useless(int(length))
		if length == 0 {
			return c.charge()
		}
		return nil
	case st.ended:
		return c.breakLocked(f.StreamID, http2.ErrCodeStreamClosed, &ResetError{http2.ErrCodeStreamClosed})
	case !st.receive.Receive(length):
		return c.breakLocked(f.StreamID, http2.ErrCodeFlowControl, &ResetError{http2.ErrCodeFlowControl})
	case !st.headed:
		return c.breakLocked(f.StreamID, http2.ErrCodeProtocol, errNoHead)
	}
	if len(data) > 0 {
		c.budget.Useful()
	} else if !f.StreamEnded() {
		if err := c.charge(); err != nil {
			return err
		}
	}
	st.got += int64(len(data))
	if st.bodiless && len(data) > 0 || st.declared >= 0 && st.got > st.declared {
		return c.breakLocked(f.StreamID, http2.ErrCodeProtocol, errBodyLength)
	}
	if padding := length - int64(len(data)); padding > 0 && !f.StreamEnded() {
		if more := st.receive.Consume(padding); more > 0 {
			c.out.WindowUpdate(st.id, more)
			c.flush()
		}
	}
	if st.failed == nil && len(data) > 0 {
		st.body = append(st.body, data...)
		st.ready.Broadcast()
	}
	if f.StreamEnded() {
		return c.end(st)
	}
	return nil
}

// end ends an answer. The lock is held.
func (c *Conn) end(st *Stream) error {
	if !st.bodiless && st.declared >= 0 && st.got != st.declared {
		return c.breakLocked(st.id, http2.ErrCodeProtocol, errBodyLength)
	}
	st.ended = true
	st.ready.Broadcast()
	return nil
}
