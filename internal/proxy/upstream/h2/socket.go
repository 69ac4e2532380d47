package h2

import (
	"io"
	"net"
	"syscall"
	"time"
)

// socket is the connection as the two goroutines that drive it use it. A plain one of the system is read and written without
// telling the scheduler, which need not hear of calls that do not block, and its deadline for writes is set only when there
// is a wait: both cost more than what is moved.
type socket struct {
	net.Conn
	// raw is nil when the connection is none of the system's, or this platform has no calls for it.
	raw syscall.RawConn
	// One goroutine reads and one writes; these are what the callbacks work on.
	in, out           []byte
	got, sent         int
	readErr, writeErr syscall.Errno
	within            time.Duration
	limited           bool
	// onRead and onWrite are the callbacks, bound once.
	onRead, onWrite func(fd uintptr) bool
}

func newSocket(conn net.Conn) *socket {
	s := &socket{Conn: conn}
	if tcp, ok := conn.(*net.TCPConn); ok && direct {
		s.raw, _ = tcp.SyscallConn() // an error leaves the methods
	}
	s.onRead, s.onWrite = s.readable, s.writable
	return s
}

// Read reads what there is, and waits when there is nothing.
func (s *socket) Read(b []byte) (int, error) {
	if s.raw == nil || len(b) == 0 {
		return s.Conn.Read(b)
	}
	s.in, s.got, s.readErr = b, 0, 0
	err := s.raw.Read(s.onRead)
	s.in = nil
	switch {
	case err != nil:
		return 0, err
	case s.readErr != 0:
		return 0, s.readErr
	case s.got == 0:
		return 0, io.EOF
	}
	return s.got, nil
}

func (s *socket) readable(fd uintptr) bool {
	s.got, s.readErr = sysRead(fd, s.in)
	return s.readErr != syscall.EAGAIN
}

// writeWithin writes all of b. The target may take nothing for as long as within.
func (s *socket) writeWithin(b []byte, within time.Duration) error {
	if s.raw == nil {
		if err := s.SetWriteDeadline(time.Now().Add(within)); err != nil {
			return err
		}
		_, err := s.Write(b)
		return err
	}
	s.out, s.writeErr, s.within = b, 0, within
	err := s.raw.Write(s.onWrite)
	s.out = nil
	if s.limited {
		s.limited = false
		_ = s.SetWriteDeadline(time.Time{}) // it was set a moment ago
	}
	if err == nil && s.writeErr != 0 {
		err = s.writeErr
	}
	return err
}

func (s *socket) writable(fd uintptr) bool {
	for len(s.out) > 0 {
		s.sent, s.writeErr = sysWrite(fd, s.out)
		s.out = s.out[s.sent:]
		switch s.writeErr {
		case 0:
		case syscall.EAGAIN:
			s.limited = true
			return s.SetWriteDeadline(time.Now().Add(s.within)) != nil
		default:
			return true
		}
	}
	return true
}
