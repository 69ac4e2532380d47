package loop

import (
	"io"
	"net"
	"syscall"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// Owner is told of a socket on which something happens while no task waits for it.
type Owner interface {
	// Turn runs in a task. cause is nil when something has arrived, wire.ErrTimeout when the time to read is up,
	// wire.ErrCancelled after Cancel or Cut. What has arrived and is not read by the end of the turn gives another one.
	Turn(cause error)
}

// Socket is a connection on a loop: the wire.Port of a client's connection or of one to a target. Add and Loop.Connect make
// them. At most one task waits to read and one to write.
type Socket struct {
	loop *Loop
	fd   int32
	slot uint32

	// in says that there may be something to read, out that there may be room to write; what the kernel reports sets
	// them, and a call that got less than it asked for clears them. ended: the peer has ended its side, or all is lost.
	in, out, ended bool
	// turning says that the owner has a turn, cutting that what is watched for is to be cancelled at once, reset how to
	// close.
	turning, cutting, reset bool
	reading, writing        state
	// dead says that the socket is no longer on the loop.
	dead bool

	owner          Owner
	reader, writer *Task
	// each is what Each was given, while its task waits.
	each func() (done bool)
	// readBy and writeBy are deadlines, watchAt is when to look whether the peer has gone; 0 for none.
	readBy, writeBy, watchAt int64
	onGone                   interface{ Cancel() }

	// The wheel's: the tick at which it comes up, and its neighbours.
	due           int64
	before, after *Socket
}

// state is what has become of one direction, for good.
type state uint8

const (
	open state = iota
	expired
	cancelled
	shut
)

func (s state) err() error {
	switch s {
	case expired:
		return wire.ErrTimeout
	case cancelled:
		return wire.ErrCancelled
	case shut:
		return net.ErrClosed
	}
	return nil
}

var _ wire.Port = (*Socket)(nil)

// watchEvery is how often the client of a waiting exchange is looked at, as in package wire.
const watchEvery = int64(time.Second)

// New makes a socket of a connected descriptor that does not block. It is on the loop after Add.
func (l *Loop) New(fd int, owner Owner) *Socket {
	return &Socket{loop: l, fd: int32(fd), owner: owner, out: true}
}

// Add puts a socket on its loop, and gives its owner a first turn. It may be called from anywhere, once.
func (s *Socket) Add() { s.loop.post(post{kind: postAdd, s: s}) }

func (l *Loop) add(s *Socket) {
	l.opened()
	token := l.table.put(s)
	if s.due == 0 && s.earliest() != 0 {
		l.schedule(s, s.earliest())
	}
	if err := l.system.Watch(int(s.fd), token); err != nil {
		l.logger.Error("a socket cannot be watched", "error", err)
		s.cancel()
	}
	s.wakeReader(s.reading.err())
}

// happened takes note of what the kernel reports.
func (s *Socket) happened(what Happening) {
	if what&Ended != 0 {
		s.ended = true
	}
	if what&(Readable|Ended) != 0 {
		s.in = true
		if s.each == nil || s.serve() {
			s.wakeReader(nil)
		}
	}
	if what&Writable != 0 {
		s.out = true
		s.wake(&s.writer)
	}
}

// wake makes a waiting task runnable.
func (s *Socket) wake(t **Task) bool {
	if *t == nil {
		return false
	}
	s.loop.runnable.push(runnable{task: *t})
	*t = nil
	return true
}

// wakeReader wakes the task that waits to read, or gives the owner a turn.
func (s *Socket) wakeReader(cause error) {
	if s.wake(&s.reader) || s.owner == nil || s.turning {
		return
	}
	s.turning = true
	s.loop.runnable.push(runnable{socket: s, cause: cause})
}

// turned ends the owner's turn. What has come up meanwhile gives it another one.
func (s *Socket) turned() {
	s.turning = false
	if !s.dead && (s.in || s.reading != open) {
		s.wakeReader(s.reading.err())
	}
}

// ReadNow reads what is there.
func (s *Socket) ReadNow(b []byte) (int, error) {
	s.loop.spend()
	switch {
	case s.reading != open:
		return 0, s.reading.err()
	case !s.in:
		return 0, wire.ErrAgain
	}
	n, errno := s.loop.system.Read(int(s.fd), b)
	switch {
	case errno == syscall.EAGAIN:
		s.in = false
		return 0, wire.ErrAgain
	case errno != 0:
		return 0, errno
	case n == 0 && len(b) > 0:
		return 0, io.EOF
	case n < len(b) && !s.ended:
		// There was no more: the next arrival is reported. The end of the other side is too, unless it already was.
		s.in = false
	}
	return n, nil
}

// WriteNow writes as much as the socket takes.
func (s *Socket) WriteNow(a, b []byte) (int, error) {
	s.loop.spend()
	switch {
	case s.writing != open:
		return 0, s.writing.err()
	case !s.out:
		return 0, wire.ErrAgain
	}
	n, errno := s.loop.system.Write(int(s.fd), a, b)
	switch {
	case errno == syscall.EAGAIN:
		s.out = false
		return 0, wire.ErrAgain
	case errno != 0:
		return 0, errno
	case n < len(a)+len(b):
		s.out = false
	}
	return n, nil
}

// FillNow moves up to n bytes that are there into a pipe.
func (s *Socket) FillNow(pipe, n int) (int, error) {
	s.loop.spend()
	switch {
	case s.reading != open:
		return 0, s.reading.err()
	case !s.in:
		return 0, wire.ErrAgain
	}
	n, errno := s.loop.system.SpliceIn(int(s.fd), pipe, n)
	switch {
	case errno == syscall.EAGAIN:
		s.in = false
		return 0, wire.ErrAgain
	case errno != 0:
		return 0, errno
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// DrainNow moves as much of the n bytes in a pipe as the socket takes.
func (s *Socket) DrainNow(pipe, n int) (int, error) {
	s.loop.spend()
	switch {
	case s.writing != open:
		return 0, s.writing.err()
	case !s.out:
		return 0, wire.ErrAgain
	}
	n, errno := s.loop.system.SpliceOut(int(s.fd), pipe, n)
	switch {
	case errno == syscall.EAGAIN:
		s.out = false
		return 0, wire.ErrAgain
	case errno != 0:
		return 0, errno
	}
	return n, nil
}

// AwaitRead waits until there may be something to read.
func (s *Socket) AwaitRead() error {
	for !s.in && s.reading == open {
		s.reader = s.loop.current
		s.loop.park()
	}
	return s.reading.err()
}

// Each waits in place of a task that would be woken for each arrival: f is called on the loop itself, which saves switching to
// the task and back. f must not wait, and not read without end.
func (s *Socket) Each(f func() (done bool)) error {
	for s.reading == open {
		if s.in && f() {
			return nil
		}
		if s.in {
			continue // f left something; ReadNow gives others their turn
		}
		s.each, s.reader = f, s.loop.current
		s.loop.park()
		if s.each == nil {
			return nil
		}
		s.each = nil
	}
	return s.reading.err()
}

// serve has Each's function look at what has arrived. It is true when the task is to go on.
func (s *Socket) serve() (done bool) {
	defer s.containEach()
	s.loop.spent = 0
	for s.in && s.reading == open && !done {
		done = s.each()
	}
	if done {
		s.each = nil
	}
	return done
}

// AwaitWrite waits until there may be room.
func (s *Socket) AwaitWrite(within time.Duration) error {
	if within > 0 && s.writing == open {
		s.writeBy = s.deadline(within)
	}
	for !s.out && s.writing == open {
		s.writer = s.loop.current
		s.loop.park()
	}
	s.writeBy = 0
	return s.writing.err()
}

// Quiet says that nothing has arrived and the peer has not ended its side.
func (s *Socket) Quiet() bool {
	return !s.dead && !s.in && !s.ended && s.reading == open && s.writing == open
}

// Gone says whether the peer has ended its side or the connection is lost.
func (s *Socket) Gone() bool { return s.ended || s.dead }

// Read, Write and what follows make it a net.Conn.

// Read waits when there is nothing.
func (s *Socket) Read(b []byte) (int, error) { return wire.NewPort(s, nil).Read(b) }

// Write writes all of b.
func (s *Socket) Write(b []byte) (int, error) { return wire.NewPort(s, nil).Write(b) }

// LocalAddr and RemoteAddr are nil: nobody asks a socket of a loop for them.
func (s *Socket) LocalAddr() net.Addr { return nil }

// RemoteAddr is nil.
func (s *Socket) RemoteAddr() net.Addr { return nil }

// SetDeadline and its like are not for sockets of a loop.
func (s *Socket) SetDeadline(time.Time) error { return syscall.ENOTSUP }

// SetReadDeadline is ReadWithin here.
func (s *Socket) SetReadDeadline(time.Time) error { return syscall.ENOTSUP }

// SetWriteDeadline is AwaitWrite's argument here.
func (s *Socket) SetWriteDeadline(time.Time) error { return syscall.ENOTSUP }

// CloseWrite ends our side.
func (s *Socket) CloseWrite() error {
	if s.dead {
		return net.ErrClosed
	}
	if errno := s.loop.system.CloseWrite(int(s.fd)); errno != 0 {
		return errno
	}
	return nil
}

// ResetOnClose makes the close that follows a reset.
func (s *Socket) ResetOnClose() { s.reset = true }

// Close closes the socket soon. It may be called from anywhere, and more than once.
func (s *Socket) Close() error {
	s.loop.post(post{kind: postClose, s: s})
	return nil
}

// Cancel makes reads and writes that are under way, and all later ones, fail. It may be called from anywhere.
func (s *Socket) Cancel() { s.loop.post(post{kind: postCancel, s: s}) }

// Cut is Cancel, for what Watch named too, now or later. It may be called from anywhere.
func (s *Socket) Cut() { s.loop.post(post{kind: postCut, s: s}) }

func (s *Socket) cancel() {
	if s.dead {
		return
	}
	s.fail(&s.reading, cancelled)
	s.fail(&s.writing, cancelled)
	s.wake(&s.writer)
	s.wakeReader(wire.ErrCancelled)
}

func (s *Socket) fail(at *state, with state) {
	if *at == open {
		*at = with
	}
}

func (s *Socket) cut() {
	s.cancel()
	s.cutting = true
	if s.onGone != nil {
		s.onGone.Cancel()
	}
}

// close takes the socket off the loop and closes it.
func (s *Socket) close() {
	if s.dead {
		return
	}
	fd := s.forget() // the kernel stops to watch what is closed
	s.reading, s.writing = shut, shut
	s.wake(&s.reader)
	s.wake(&s.writer)
	s.loop.system.Close(fd, s.reset)
}

// takeOff takes the socket off the loop.
func (s *Socket) takeOff() (fd int) {
	if err := s.loop.system.Unwatch(int(s.fd)); err != nil {
		s.loop.logger.Debug("a socket was not watched", "error", err)
	}
	return s.forget()
}

func (s *Socket) forget() (fd int) {
	l := s.loop
	l.table.drop(s)
	l.wheel.remove(s)
	l.closed()
	s.dead, s.onGone, s.owner = true, nil, nil
	fd = int(s.fd)
	s.fd = -1
	return fd
}
