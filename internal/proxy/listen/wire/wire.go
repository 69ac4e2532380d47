package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrTimeout ends an operation whose deadline has passed. It is os.ErrDeadlineExceeded to errors.Is.
var ErrTimeout error = timeoutError{}

// ErrCancelled ends an operation on a wire that Cancel was called on.
var ErrCancelled = errors.New("cancelled")

type timeoutError struct{}

func (timeoutError) Error() string        { return "timeout" }
func (timeoutError) Timeout() bool        { return true }
func (timeoutError) Temporary() bool      { return false }
func (timeoutError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// States of a deadline besides a point in time: none is set, it has passed, the wire was cancelled. The last two are
// for ever, because the socket's own deadline then lies in the past.
const (
	unset     = 0
	expired   = -1
	cancelled = -2
)

// Wire is one end of a connection. One goroutine reads and one writes at a time; Cancel, Cut and Close may be called
// from anywhere, and so may Gone but on an event loop.
type Wire struct {
	// port is set when the socket lives on an event loop; polled then is nil.
	port  Port
	clock *Clock
	// stall bounds how long one write may wait for the peer to take something.
	stall  atomic.Int64
	closed atomic.Bool
	*polled
}

// polled is what a Wire holds when its socket lives on the runtime's poller.
type polled struct {
	// What the clock looks at in each sweep stands together: a cache line per connection.
	readBy, writeBy atomic.Int64
	// watchAt and probeAt are when to look next for Watch or QuietWithin, and for Probe; 0 for never. All are times
	// since the clock's start.
	watchAt, probeAt atomic.Int64

	conn net.Conn
	tcp  *net.TCPConn
	raw  syscall.RawConn

	list  *list
	place int

	watching

	read, write operation
	// onRead, onWrite and onSwap are the methods of these names, bound once: a method value made per call would be
	// an allocation per call.
	onRead, onWrite, onSwap func(fd uintptr) bool
}

// operation is what a callback of the socket works on.
type operation struct {
	in     []byte
	out    [2][]byte
	n      int
	errno  syscall.Errno
	within time.Duration
	eof    bool
	// used and unasked are Ask's: what it was told, and that something had come before it wrote.
	used, unasked bool
}

// New takes over conn. TCP connections are read and written directly; others (TLS, pipes) through their methods.
func New(conn net.Conn, clock *Clock) *Wire {
	var raw syscall.RawConn
	if tcp, ok := conn.(*net.TCPConn); ok {
		raw, _ = tcp.SyscallConn() // an error leaves the methods
	}
	return NewRaw(conn, raw, clock)
}

// NewRaw is New for a connection whose raw access is at hand. raw may be nil. A Port becomes what NewPort makes of it.
func NewRaw(conn net.Conn, raw syscall.RawConn, clock *Clock) *Wire {
	if p, ok := conn.(Port); ok {
		return NewPort(p, clock)
	}
	whole := &struct {
		Wire
		polled
	}{}
	w := &whole.Wire
	w.clock, w.polled = clock, &whole.polled
	w.conn = conn
	w.tcp, _ = conn.(*net.TCPConn)
	if fast && w.tcp != nil {
		w.raw = raw
	}
	w.onRead, w.onWrite, w.onSwap = w.readable, w.writable, w.swapped
	clock.add(w)
	return w
}

// Conn is the connection below.
func (w *Wire) Conn() net.Conn {
	if w.port != nil {
		return w.port
	}
	return w.conn
}

// TCP is the connection below when it is plain TCP, else nil.
func (w *Wire) TCP() *net.TCPConn {
	if w.port != nil {
		return nil
	}
	return w.tcp
}

// Direct says whether Loop can be used.
func (w *Wire) Direct() bool { return w.port == nil && w.raw != nil }

// Clock is the clock that keeps the wire's deadlines.
func (w *Wire) Clock() *Clock { return w.clock }

// ReadWithin makes reads fail with ErrTimeout when they have not ended within d from now. 0 takes the deadline away.
// It returns false when an earlier deadline has passed already, or the wire was cancelled: there is no way back then.
func (w *Wire) ReadWithin(d time.Duration) bool {
	if w.port != nil {
		return w.port.ReadWithin(d)
	}
	return w.arm(&w.readBy, d)
}

// Renew is ReadWithin for reading on although a deadline may have passed: that is forgotten. It returns false only when the
// wire was cancelled.
func (w *Wire) Renew(d time.Duration) bool {
	if w.port != nil {
		return w.port.Renew(d)
	}
	if w.readBy.CompareAndSwap(expired, unset) {
		w.conn.SetReadDeadline(time.Time{})
		if w.readBy.Load() == cancelled { // just now
			w.conn.SetReadDeadline(longAgo)
		}
	}
	return w.arm(&w.readBy, d)
}

// WriteStall bounds how long a write waits for the peer to take anything at all. 0 is for ever.
func (w *Wire) WriteStall(d time.Duration) { w.stall.Store(int64(d)) }

func (w *Wire) arm(slot *atomic.Int64, d time.Duration) bool {
	var at int64
	if d > 0 {
		// The clock may be a Tick behind: a deadline is late rather than early.
		at = w.clock.coarse() + int64(d+Tick)
	}
	if old := slot.Swap(at); old < 0 {
		slot.Store(old)
		return false
	}
	return true
}

// end makes the operation under way and all later ones of that direction fail.
func (w *Wire) end(slot *atomic.Int64, seen, state int64) {
	if !slot.CompareAndSwap(seen, state) {
		return
	}
	if slot == &w.readBy {
		w.conn.SetReadDeadline(longAgo)
	} else {
		w.conn.SetWriteDeadline(longAgo)
	}
}

var longAgo = time.Unix(1, 0)

// Cancel makes reads and writes that are under way, and all later ones, fail with ErrCancelled.
func (w *Wire) Cancel() {
	if w.port != nil {
		w.port.Cancel()
		return
	}
	for _, slot := range []*atomic.Int64{&w.readBy, &w.writeBy} {
		for {
			seen := slot.Load()
			if seen < 0 || slot.CompareAndSwap(seen, cancelled) {
				break
			}
		}
	}
	w.conn.SetDeadline(longAgo)
}

// failure is what an error of the connection means.
func (w *Wire) failure(slot *atomic.Int64, err error) error {
	switch slot.Load() {
	case expired:
		return ErrTimeout
	case cancelled:
		return ErrCancelled
	}
	return err
}

// Close closes the connection.
func (w *Wire) Close() error {
	if w.closed.Swap(true) {
		return nil
	}
	if w.port != nil {
		return w.port.Close()
	}
	w.unwatch()
	w.clock.remove(w)
	return w.conn.Close()
}

// Reset closes the connection so that the peer sees it as broken, not as ended.
func (w *Wire) Reset() {
	w.ResetOnClose()
	w.Close()
}

// ResetOnClose makes the Close that follows a Reset.
func (w *Wire) ResetOnClose() {
	switch {
	case w.port != nil:
		w.port.ResetOnClose()
	case w.tcp != nil:
		_ = w.tcp.SetLinger(0) // without it the peer sees a plain end
	}
}

// CloseWrite ends our side of a TCP connection.
func (w *Wire) CloseWrite() error {
	switch {
	case w.port != nil:
		return w.port.CloseWrite()
	case w.tcp != nil:
		return w.tcp.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Gone says whether the peer has ended its side or the connection is lost. It touches nothing that was received.
func (w *Wire) Gone() bool {
	if w.port != nil {
		return w.port.Gone()
	}
	if w.raw == nil {
		return false
	}
	gone := false
	err := w.raw.Control(func(fd uintptr) { gone = sysGone(fd) })
	return err != nil || gone
}

// Quiet is for how long nothing has come in or gone out, when the platform can tell.
func (w *Wire) Quiet() (d time.Duration, known bool) {
	if w.port != nil || w.raw == nil {
		return 0, false
	}
	if err := w.raw.Control(func(fd uintptr) { d, known = sysQuiet(fd) }); err != nil {
		return 0, false
	}
	return d, known
}

// errnoError gives the two ends of a connection their usual names.
func errnoError(errno syscall.Errno) error {
	if errno == 0 {
		return io.ErrUnexpectedEOF
	}
	return errno
}

// LocalAddr is our end.
func (w *Wire) LocalAddr() net.Addr { return w.Conn().LocalAddr() }

// RemoteAddr is the peer.
func (w *Wire) RemoteAddr() net.Addr { return w.Conn().RemoteAddr() }

// SetDeadline passes through to the connection; it is there for crypto/tls.
func (w *Wire) SetDeadline(t time.Time) error { return w.Conn().SetDeadline(t) }

// SetReadDeadline passes through to the connection; it is there for crypto/tls.
func (w *Wire) SetReadDeadline(t time.Time) error { return w.Conn().SetReadDeadline(t) }

// SetWriteDeadline passes through to the connection; it is there for crypto/tls.
func (w *Wire) SetWriteDeadline(t time.Time) error { return w.Conn().SetWriteDeadline(t) }
