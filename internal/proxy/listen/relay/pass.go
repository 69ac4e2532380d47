package relay

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// side is one end of a flow.
type side struct {
	wire *wire.Wire
	// conn is what carries the bytes: the socket, or TLS on top of it.
	conn net.Conn
	// plain says that it is a socket of the system, so that the kernel can splice.
	plain bool
	// socket is the connection below TLS, raw its raw access; nil when it is none of the system's.
	socket net.Conn
	raw    syscall.RawConn
	// finished says that we have ended our side.
	finished atomic.Bool
}

func (s *side) init(w *wire.Wire, conn, socket net.Conn) {
	s.wire, s.conn, s.socket = w, conn, socket
	if tcp, ok := socket.(*net.TCPConn); ok {
		s.raw, _ = tcp.SyscallConn() // an error leaves it nil
	}
	s.plain = conn == socket && s.raw != nil
}

// finish tells the peer that nothing more will come; it may go on sending.
func (s *side) finish() {
	s.finished.Store(true)
	// Errors mean that the peer has gone, which whoever reads from it will notice.
	if secure, ok := s.conn.(*tls.Conn); ok {
		_ = secure.CloseWrite()
	}
	if half, ok := s.socket.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	s.wire.Cancel() // it cannot end one direction alone
}

// broken says whether the peer has reset the connection although that may have looked like an end.
func (s *side) broken() bool { return !s.finished.Load() && wire.Broken(s.raw) }

// relay moves bytes both ways until both sides are done.
func (f *Flow) relay() {
	var activity *atomic.Int64
	if !wire.KnowsQuiet || f.client.raw == nil {
		activity = &atomic.Int64{}
		activity.Store(int64(f.port.driver.options.Clock.Since()))
	}
	f.client.wire.AliveWithin(f.listener.IdleTimeout, f.target.wire, activity, f.client.raw, f.target.raw)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer f.contain()
		f.record.BytesIn = f.pass(&f.target, &f.client, activity)
	}()
	func() {
		defer f.contain()
		f.record.BytesOut = f.pass(&f.client, &f.target, activity)
	}()
	<-done
	f.client.wire.QuietWithin(0, nil, nil)
	if f.crashed != nil {
		panic(f.crashed)
	}
}

// contain keeps a panic of one direction until the other one is gone, too: nothing is closed under its feet.
func (f *Flow) contain() {
	r := recover()
	if r == nil {
		return
	}
	f.mu.Lock()
	f.crashed = fmt.Errorf("%v\n%s", r, debug.Stack())
	f.mu.Unlock()
	f.client.wire.Cancel()
	f.target.wire.Cancel()
}

var (
	errBroken   = errors.New("reset by peer")
	errNoSplice = errors.New("these sockets cannot be spliced")
)

// pass moves bytes from one side to the other until the input ends, and passes the end on. After a failure the flow is
// over.
func (f *Flow) pass(to, from *side, activity *atomic.Int64) (n int64) {
	n, at, err := f.move(to, from, activity)
	if err == nil && from.broken() {
		at, err = from, errBroken
	}
	if err == nil {
		to.finish()
		return n
	}
	f.fail(f.blame(at, err))
	if at == to && to.plain && !f.upstream.CutOff() {
		// What the lost side had sent before may still be on its way to us; reading it ends by itself.
		return n
	}
	to.wire.Cancel()
	from.wire.Cancel()
	return n
}

// move moves bytes until the input ends; after an error at is the side that it came from.
func (f *Flow) move(to, from *side, activity *atomic.Int64) (n int64, at *side, err error) {
	if spliced && to.plain && from.plain && activity == nil {
		if n, at, err = splice(to, from, f.moved); err != errNoSplice {
			return n, at, err
		}
	}
	m, at, err := f.copy(to, from, activity)
	return n + m, at, err
}

// blame says how a flow ends after an error that came from one side.
func (f *Flow) blame(at *side, err error) (exchange.Reset, string) {
	switch {
	case f.upstream.CutOff():
		return exchange.ResetByBalancer, "target out of service"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, wire.ErrCancelled):
		return exchange.ResetByBalancer, "idle"
	case at == &f.client:
		return exchange.ResetByClient, "client reset"
	}
	return exchange.ResetByTarget, "target reset"
}

// pieces are buffers for bytes that have to pass through this process.
var pieces = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }} // a pool is no state: it may be emptied at any time

// copy moves bytes by hand.
func (f *Flow) copy(to, from *side, activity *atomic.Int64) (n int64, at *side, err error) {
	space := pieces.Get().(*[]byte)
	defer pieces.Put(space)
	for {
		m, err := from.conn.Read(*space)
		if m > 0 {
			if activity != nil {
				activity.Store(int64(f.port.driver.options.Clock.Since()))
			}
			w, werr := to.conn.Write((*space)[:m])
			n += int64(w)
			f.moved.Add(uint64(w))
			if werr != nil {
				return n, to, werr
			}
		}
		if err == io.EOF {
			return n, nil, nil
		}
		if err != nil {
			return n, from, err
		}
	}
}
