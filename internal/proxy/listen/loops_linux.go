package listen

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/loop"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

const (
	loopOffered   = true
	defaultDriver = EventLoop
)

// loops are the event loops of a Set, made for its first connection.
type loops struct {
	set  *Set
	once sync.Once
	list []*looped
	// made says that list is complete, for those who only look.
	made atomic.Bool
	next atomic.Uint32
	// kernel makes what each loop stands on; tests count its calls.
	kernel func() (loop.System, error)
}

// looped is a loop as connections know it.
type looped struct{ *loop.Loop }

var _ eventLoop = (*looped)(nil)

// newLoops is nil when connections are to have goroutines.
func newLoops(s *Set) *loops {
	if s.options.Driver != EventLoop {
		return nil
	}
	return &loops{set: s, kernel: loop.NewKernel}
}

// pick returns the loop for the next connection, nil when there is none.
func (l *loops) pick() *looped {
	if l == nil {
		return nil
	}
	l.once.Do(l.start)
	if len(l.list) == 0 {
		return nil
	}
	return l.list[l.next.Add(1)%uint32(len(l.list))]
}

func (l *loops) start() {
	defer l.made.Store(true)
	o := &l.set.options
	for n := range upstream.Hosts {
		system, err := l.kernel()
		if err != nil {
			o.Logger.Warn("fewer event loops than processors", "loops", n, "error", err)
			return
		}
		made := &looped{loop.New(loop.Options{Number: n, System: system, Clock: o.Clock, Logger: o.Logger})}
		l.list = append(l.list, made)
		go made.Run()
	}
}

func (l *loops) stats() []LoopStats {
	if l == nil || !l.made.Load() {
		return nil
	}
	out := make([]LoopStats, len(l.list))
	for i, made := range l.list {
		out[i] = LoopStats(made.Stats())
	}
	return out
}

// stop ends the loops. No connection of the Set is left on them.
func (l *loops) stop() {
	if l == nil {
		return
	}
	l.once.Do(func() {})
	for _, made := range l.list {
		made.Stop()
	}
}

// acceptor is the listening socket once more, for taking connections without package net.
type acceptor struct {
	file *os.File
	raw  syscall.RawConn
}

// prepare makes it ready when there are loops.
func (a *acceptor) prepare(s *Set, tcp *net.TCPListener) error {
	if s.loops == nil {
		return nil
	}
	own, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	fd := -1
	if e := own.Control(func(n uintptr) { fd, err = unix.FcntlInt(n, unix.F_DUPFD_CLOEXEC, 0) }); e != nil || err != nil {
		return errors.Join(e, err)
	}
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) // connections inherit it; without it small answers may come late
	a.file = os.NewFile(uintptr(fd), "listener")
	a.raw, err = a.file.SyscallConn()
	return err
}

func (a *acceptor) close() {
	if a.file != nil {
		_ = a.file.Close() // it was only waiting
	}
}

// acceptNext takes the next connection.
func (k *socket) acceptNext() error {
	if k.plain() {
		if l := k.set.loops.pick(); l != nil {
			return k.acceptOn(l)
		}
	}
	return k.acceptTCP()
}

// plain says that the socket's listener is one of plain HTTP, whose connections begin with requests.
func (k *socket) plain() bool {
	site := k.current()
	return site != nil && !site.listener.TLS() && !greets(site.listener)
}

// acceptOn takes the next connection for a loop, without what package net would hold for it.
func (k *socket) acceptOn(l *looped) error {
	var fd int
	var remote netip.AddrPort
	var failed syscall.Errno
	if err := k.acceptor.raw.Read(func(own uintptr) bool {
		fd, remote, failed = accept4(own)
		return failed != unix.EAGAIN
	}); err != nil {
		return err
	}
	switch failed {
	case 0:
	case unix.EINTR, unix.ECONNABORTED:
		return nil
	default:
		return os.NewSyscallError("accept4", failed)
	}
	if !k.plain() { // it has changed while nobody came
		return k.takeDescriptor(fd)
	}
	if k.barred(remote.Addr()) {
		return k.takeDescriptor(fd)
	}
	if !k.welcome(remote) {
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}) // the client is to notice at once
		_ = unix.Close(fd)
		return nil
	}
	c := newConn(k, remote, k.localOf(fd))
	c.loop = l
	s := l.New(fd, c)
	c.wire = wire.NewPort(s, k.set.options.Clock)
	k.enroll(c, s.Add)
	return nil
}

// takeDescriptor serves a connection as if package net had accepted it.
func (k *socket) takeDescriptor(fd int) error {
	f := os.NewFile(uintptr(fd), "socket")
	made, err := net.FileConn(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	tcp := made.(*net.TCPConn)
	_ = tcp.SetKeepAlive(false) // as the listener has it; it does no harm
	k.take(tcp)
	return nil
}

// localOf is our end of a connection.
func (k *socket) localOf(fd int) netip.AddrPort {
	if !k.bound.Addr().IsUnspecified() {
		return k.bound
	}
	own, err := unix.Getsockname(fd)
	if err != nil {
		return k.bound
	}
	return addrOf(own)
}

func addrOf(a unix.Sockaddr) netip.AddrPort {
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(a.Addr)
		if a.ZoneId != 0 {
			if zone, err := net.InterfaceByIndex(int(a.ZoneId)); err == nil {
				ip = ip.WithZone(zone.Name)
			}
		}
		return netip.AddrPortFrom(ip.Unmap(), uint16(a.Port))
	}
	return netip.AddrPort{}
}

// Connect returns a wire.Port.
func (l *looped) Connect(address netip.AddrPort, within time.Duration) (net.Conn, error) {
	s, err := l.Loop.Connect(address, within)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (l *looped) Adopt(dial func() (net.Conn, error)) (net.Conn, error) {
	s, conn, err := l.Loop.Adopt(dial)
	if err != nil || s == nil {
		return conn, err
	}
	return s, nil
}

func (l *looped) Leave(port wire.Port) (net.Conn, error) {
	s, ok := port.(*loop.Socket)
	if !ok {
		return nil, syscall.EBADF
	}
	return l.Loop.Leave(s)
}
