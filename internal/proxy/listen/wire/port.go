package wire

import (
	"errors"
	"net"
	"time"
)

// Port is a socket on an event loop. Below a Wire it takes the place of the runtime's poller and of the Clock: waits give
// the loop back, and the loop keeps the deadlines. All methods but Cancel, Cut and Close are for the loop's own tasks only.
type Port interface {
	net.Conn
	// ReadNow reads what is there; ErrAgain says that this is nothing, io.EOF that the peer has ended its side.
	ReadNow(b []byte) (int, error)
	// WriteNow writes as much of a and b as the socket takes, in one system call; ErrAgain says that this is nothing.
	WriteNow(a, b []byte) (int, error)
	// FillNow moves up to n bytes from the socket into a pipe, DrainNow up to n out of one; otherwise they are ReadNow and
	// WriteNow. The system may know no such thing, or not for this socket: syscall.EINVAL.
	FillNow(pipe, n int) (int, error)
	DrainNow(pipe, n int) (int, error)
	// AwaitRead waits until ReadNow may say something else than ErrAgain. The error is ErrTimeout or ErrCancelled.
	AwaitRead() error
	// Each calls f whenever ReadNow may say something else than ErrAgain, until f is done; the errors are AwaitRead's. f must
	// not wait: it may run on the loop itself, in place of the task.
	Each(f func() (done bool)) error
	// AwaitWrite is AwaitRead for WriteNow, for at most within; 0 is without bound.
	AwaitWrite(within time.Duration) error
	// ReadWithin, Renew, Watch, Cancel, Cut, Gone and ResetOnClose are those of Wire.
	ReadWithin(d time.Duration) bool
	Renew(d time.Duration) bool
	Watch(other interface{ Cancel() })
	Cancel()
	Cut()
	Gone() bool
	ResetOnClose()
	CloseWrite() error
}

// ErrAgain says that there is nothing to read yet, or no room to write.
var ErrAgain = errors.New("not ready yet")

// NewPort makes a wire over a socket on an event loop.
func NewPort(p Port, clock *Clock) *Wire { return &Wire{port: p, clock: clock} }

// Port is the socket on an event loop below the wire, nil when the wire is none of a loop.
func (w *Wire) Port() Port { return w.port }

// readPort is Read on an event loop.
func (w *Wire) readPort(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		n, err := w.port.ReadNow(b)
		if err != ErrAgain {
			return n, err
		}
		if err := w.port.AwaitRead(); err != nil {
			return 0, err
		}
	}
}

// writePort is Write2 on an event loop.
func (w *Wire) writePort(a, b []byte) (int, error) {
	written := 0
	for len(a)+len(b) > 0 {
		n, err := w.port.WriteNow(a, b)
		written += n
		first := min(n, len(a))
		a, b = a[first:], b[n-first:]
		if err == ErrAgain {
			err = w.port.AwaitWrite(time.Duration(w.stall.Load()))
		}
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// askPort is Ask on an event loop.
func (w *Wire) askPort(a, b, in []byte, within time.Duration) (n int, sent bool, err error) {
	if n, err = w.writePort(a, b); err != nil {
		return 0, n > 0, err
	}
	w.port.ReadWithin(within)
	sent = n > 0
	n, err = w.readPort(in)
	w.port.ReadWithin(0)
	return n, sent, err
}
