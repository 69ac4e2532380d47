package h3

import (
	"errors"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

const (
	// space is a stream's buffer for what it sends, minRoom the least that Room gives.
	space   = 32 << 10
	minRoom = 4 << 10
)

// stream is one request and its response: forward.Stream for HTTP/3.
type stream struct {
	p        *port
	listener *compile.Listener
	w        http.ResponseWriter
	control  *http.ResponseController
	request  *http.Request
	x        exchange.Exchange
	memory   codec.Memory

	// first is a byte of the body that was read ahead; held says that Read has not given it out yet.
	first [1]byte
	held  bool

	space             []byte
	start, end        int // waiting is space[start:end]
	bodiless, aborted bool
	// pending says that a head was written and not sent yet.
	pending          bool
	failed           error
	bodyIn, bodySent int64
	// waited is how long the body was waited for.
	waited time.Duration
	// stopped says that nobody wants the rest of the body.
	stopped atomic.Bool

	forward.Attachment
}

var _ forward.Stream = (*stream)(nil)

func newStream(p *port, l *compile.Listener, w http.ResponseWriter, r *http.Request) *stream {
	return &stream{
		p: p, listener: l, w: w, control: http.NewResponseController(w), request: r, space: make([]byte, space),
	}
}

// patience is how long a body may pause, stall how long a client may take nothing.
func (st *stream) patience() time.Duration {
	return st.listener.Settings.Patience(st.p.d.options.Body)
}

func (st *stream) stall() time.Duration { return st.listener.Settings.Stall(st.p.d.options.Stall) }

// deadline is a time from now, for quic-go, which goes by the system's clock.
func (st *stream) deadline(within time.Duration) time.Time { return time.Now().Add(within) }

func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

// Head writes the head of x.Response.
func (st *stream) Head(x *exchange.Exchange) error {
	st.response(x)
	status := x.Response.Status
	st.bodiless = status == 204 || status == 304 || string(x.Request.Method) == "HEAD"
	st.w.WriteHeader(status)
	st.pending = true
	return nil
}

// Interim writes an interim response.
func (st *stream) Interim(x *exchange.Exchange) error {
	st.response(x)
	h := st.w.Header()
	delete(h, "Date")
	delete(h, "Content-Type")
	st.w.WriteHeader(x.Response.Status)
	clear(h)
	return nil
}

// Continue is never called: Expect is no matter of HTTP/3 listeners.
func (st *stream) Continue() error { return nil }

// Room is space behind what waits. A Flush may come before the Commit: what it was given stays where it is.
func (st *stream) Room() []byte {
	if len(st.space)-st.end < minRoom {
		_ = st.Flush() // an error shows at the next call; until then what is written goes nowhere
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
	return st.failed
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
	if st.failed != nil || !st.pending && st.start == st.end {
		return st.failed
	}
	st.pending = false
	b := st.space[st.start:st.end]
	st.start = st.end
	st.failed = st.control.SetWriteDeadline(st.deadline(st.stall()))
	if st.failed == nil && len(b) > 0 {
		_, st.failed = st.w.Write(b)
	}
	if st.failed == nil {
		st.failed = st.control.Flush()
	}
	if timedOut(st.failed) {
		st.failed = wire.ErrTimeout
	}
	return st.failed
}

// Finish ends the response; the handler's return sends its end.
func (st *stream) Finish() error {
	trailer := &st.x.Response.Trailer
	for i := range trailer.Len() {
		f := trailer.At(i)
		st.w.Header().Add(http.TrailerPrefix+string(f.Name), string(f.Value))
	}
	if st.start == st.end {
		return st.failed
	}
	return st.Flush()
}

// Abort breaks the stream off, so that nobody takes what was sent for a whole response.
func (st *stream) Abort() { st.aborted = true }

// StopBody is for the body that nobody wants any more.
func (st *stream) StopBody() {
	st.stopped.Store(true)
	_ = st.control.SetReadDeadline(time.Unix(1, 0)) // what is read goes nowhere either way
}
