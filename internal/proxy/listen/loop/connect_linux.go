package loop

import (
	"net"
	"net/netip"
	"time"
)

// Connect connects to an address while the loop goes on. The error is wire.ErrTimeout when the time was up.
func (l *Loop) Connect(address netip.AddrPort, within time.Duration) (*Socket, error) {
	fd, err := l.system.Connect(address)
	if err != nil {
		return nil, err
	}
	s := l.New(fd, nil)
	s.out = false
	l.add(s)
	if err := s.AwaitWrite(within); err != nil {
		s.close()
		return nil, err
	}
	if errno := l.system.Connected(int(s.fd)); errno != 0 {
		s.close()
		return nil, errno
	}
	return s, nil
}

// Adopt calls dial in a goroutine and takes over the connection that it returns, while the loop goes on. A connection that
// cannot live on a loop is returned as it is, with a nil socket.
func (l *Loop) Adopt(dial func() (net.Conn, error)) (*Socket, net.Conn, error) {
	var conn net.Conn
	var err error
	t, over := l.current, false
	go func() {
		conn, err = dial()
		over = true
		l.post(post{kind: postResume, t: t})
	}()
	l.park()
	if !over {
		panic("resumed by somebody else")
	}
	if err != nil {
		return nil, nil, err
	}
	fd, ok := l.system.Take(conn)
	if !ok {
		return nil, conn, nil
	}
	s := l.New(fd, nil)
	l.add(s)
	return s, nil, nil
}

// Leave takes a socket off the loop, as a connection of package net, and the current task with it: the task is an ordinary
// goroutine from then on, and may wait as it likes. It must not touch the loop any more.
func (l *Loop) Leave(s *Socket) (net.Conn, error) {
	conn, err := l.system.Release(s.takeOff())
	s.reading, s.writing = shut, shut
	l.leave()
	return conn, err
}
