package h2

import (
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/net/http2"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
)

const (
	// space is a stream's buffer for what it sends, made when there is something.
	space = 32 << 10
	// minRoom is the least that Room gives.
	minRoom = 4 << 10
	// keepBody and keepMemory are the largest buffers that are kept for the next stream.
	keepBody, keepMemory = 32 << 10, 16 << 10
)

// stream is one request and its response: forward.Stream for HTTP/2. It is kept with its buffers for the next one.
type stream struct {
	forward.Attachment
	// readable is signalled when there is more of the body, or no more.
	readable sync.Cond
	state
}

// state is a stream without its locks.
type state struct {
	c        *conn
	id       uint32
	listener *compile.Listener
	x        exchange.Exchange
	memory   codec.Memory
	refused  *codec.Error

	// The stream's goroutine alone uses these: the header block and the body that were not sent yet.
	block                        []byte
	space                        []byte // waiting is space[start:end]
	start, end                   int
	pending, bodiless            bool
	bodySent, blockSent, dataOut int64

	// The connection's lock guards the rest.
	body  []byte
	taken int // of body
	// bytesIn counts frames of the body, bodyIn what they carried, bodyOut what was read of that.
	bytesIn, bodyIn, bodyOut, declared int64
	waited                             time.Duration
	// ended: the client has sent everything; closed: we have, or broke it off; stopped: the rest is not wanted.
	ended, closed, stopped bool
	// tunnel says that the client may pause as long as it likes.
	tunnel bool
	// calls says that it is a call of gRPC, whose client may be slow as long as it does not exceed the idle timeout.
	calls bool
	// lost says why the stream is of no use any more.
	lost    error
	window  codec.Window
	receive codec.Receiver
	// readBy and writeBy are when a wait is over, 0 for no wait; readLate and writeLate say that it is.
	readBy, writeBy     time.Duration
	readLate, writeLate bool
}

var _ forward.Stream = (*stream)(nil)

func newStream() *stream { return &stream{} }

// begin gets ready for a request.
func (st *stream) begin(c *conn, id uint32, l *compile.Listener) {
	st.c, st.id, st.listener = c, id, l
	st.readable.L = &c.mu
}

// release gives the stream back. Nobody else may know it any more.
func (st *stream) release() {
	d := st.c.d
	st.x.Conn = nil
	st.x.Reset()
	st.memory.Trim(keepMemory)
	st.Renew()
	st.state = state{
		space: st.space, x: st.x, memory: st.memory, body: kept(st.body, keepBody), block: kept(st.block, keepMemory),
	}
	st.readable.L = nil
	d.streams.Put(st)
}

// kept is b emptied, or nothing when b has become too large to keep.
func kept(b []byte, most int) []byte {
	if cap(b) > most {
		return nil
	}
	return b[:0]
}

// run serves the request.
func (st *stream) run() {
	c := st.c
	defer c.work.Done()
	defer st.leave()
	defer func() {
		if r := recover(); r != nil {
			c.d.options.Logger.Error("panic while serving a stream", "client", c.h.Info.Remote.String(),
				"panic", r, "stack", string(debug.Stack()))
			st.close(http2.ErrCodeInternal)
			st.x = exchange.Exchange{} // it may be in any state
		}
	}()
	f, x := c.h.Forwarder, &st.x
	switch {
	case st.refused == nil:
		f.Serve(st.listener, x, st)
	case st.refused.Status == 0:
		x.Log.Error = st.refused.Reason
		st.listener.Fail(x, 400)
		st.close(http2.ErrCodeProtocol)
	default:
		x.Log.Error = st.refused.Reason
		f.Refuse(st.listener, x, st, st.refused.Status)
	}
	st.settle()
	c.mu.Lock()
	x.Log.BytesIn += x.Request.HeadBytes + st.bytesIn
	c.mu.Unlock()
	x.Log.BytesOut += st.blockSent + st.dataOut
	x.Log.BodyBytesOut += st.bodySent
	f.Done(st.listener, x)
}

// settle closes what is still open of the stream once the response has ended. A client that still sends is told that
// it need not (RFC 9113 section 8.1).
func (st *stream) settle() {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case st.lost != nil: // broken off by either side
	case !st.closed:
		c.out.Reset(st.id, http2.ErrCodeInternal)
	case !st.ended:
		c.part(st.id)
		c.budget.Finished()
	default:
		c.budget.Finished()
	}
	st.closed = true
	c.remove(st)
	c.flush()
}

// leave lets go of the stream.
func (st *stream) leave() {
	c := st.c
	c.mu.Lock()
	c.remove(st)
	c.running--
	c.mu.Unlock()
	st.release()
}

// close breaks the stream off.
func (st *stream) close(code http2.ErrCode) {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if !st.closed && st.lost == nil {
		c.out.Reset(st.id, code)
		c.flush()
	}
	st.closed = true
	st.lose(errReset)
}

// lose makes everything that waits on the stream end. Frames for it are frames for a closed stream from now on. The
// connection's lock is held.
func (st *stream) lose(why error) {
	if st.lost == nil {
		st.lost = why
	}
	st.c.remove(st)
	st.readable.Broadcast()
	if st.c.waiting > 0 {
		st.c.writable.Broadcast()
	}
}
