package loop

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// wakeToken is the token of the descriptor that Wake writes to; no socket has it.
const wakeToken = ^uint64(0)

// kernel is the real System. An epoll set of its own is asked without waiting; when it has nothing to say, the goroutine
// waits in Go's own poller for the set's descriptor, like any goroutine that waits for a socket: blocking in epoll_wait
// would cost a hand-over of the processor each time.
type kernel struct {
	set  int
	file *os.File
	raw  syscall.RawConn
	// bell is an eventfd. Edge-triggered, so nobody has to read it.
	bell int

	space  [128]unix.EpollEvent
	events int
	onWait func(fd uintptr) bool
}

// NewKernel returns the System of this machine for one loop.
func NewKernel() (System, error) {
	set, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make an epoll set: %w", err)
	}
	k := &kernel{set: set}
	if err := k.open(); err != nil {
		if k.file != nil {
			_ = k.file.Close() // the error is what there is to tell
		} else {
			_ = unix.Close(set) // as above
		}
		return nil, fmt.Errorf("prepare an epoll set: %w", err)
	}
	return k, nil
}

func (k *kernel) open() error {
	if err := unix.SetNonblock(k.set, true); err != nil { // or package os would not give it to the poller
		return err
	}
	k.file = os.NewFile(uintptr(k.set), "epoll")
	raw, err := k.file.SyscallConn()
	if err != nil {
		return err
	}
	k.raw = raw
	if k.bell, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return err
	}
	k.onWait = func(uintptr) bool {
		k.events = k.poll(len(k.space))
		return k.events > 0
	}
	return k.control(unix.EPOLL_CTL_ADD, k.bell, wakeToken, unix.EPOLLIN)
}

func (k *kernel) control(op, fd int, token uint64, events uint32) error {
	e := unix.EpollEvent{Events: events | unix.EPOLLET, Fd: int32(uint32(token)), Pad: int32(uint32(token >> 32))}
	// RawSyscall, because it returns at once.
	_, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(k.set), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(&e)), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

var errBlocking = errors.New("the socket would block")

func (k *kernel) Watch(fd int, token uint64) error {
	flags, _, errno := syscall.RawSyscall(unix.SYS_FCNTL, uintptr(fd), unix.F_GETFL, 0)
	if errno != 0 {
		return errno
	}
	if flags&unix.O_NONBLOCK == 0 {
		return errBlocking // a raw call on it would hold up a processor of Go's
	}
	return k.control(unix.EPOLL_CTL_ADD, fd, token, unix.EPOLLIN|unix.EPOLLOUT|unix.EPOLLRDHUP)
}

func (k *kernel) Unwatch(fd int) error { return k.control(unix.EPOLL_CTL_DEL, fd, 0, 0) }

// poll asks the set without waiting. RawSyscall, because it returns at once.
func (k *kernel) poll(most int) int {
	n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(k.set), uintptr(unsafe.Pointer(&k.space)),
		uintptr(most), 0, 0, 0)
	if errno != 0 {
		return 0 // EINTR, which comes again
	}
	return int(n)
}

func (k *kernel) Wait(events []Event) int {
	n := k.events
	k.events = 0
	if n == 0 {
		n = k.poll(min(len(events), len(k.space)))
	}
	for i := range n {
		e := &k.space[i]
		var what Happening
		if e.Events&unix.EPOLLIN != 0 {
			what = Readable
		}
		if e.Events&unix.EPOLLOUT != 0 {
			what |= Writable
		}
		if e.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			what |= Ended | Readable
		}
		if e.Events&(unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			what |= Writable // the next write says what is wrong
		}
		events[i] = Event{Token: uint64(uint32(e.Fd)) | uint64(uint32(e.Pad))<<32, What: what}
	}
	return n
}

func (k *kernel) Park() error { return k.raw.Read(k.onWait) }

func (k *kernel) Wake() {
	one := [8]byte{1}
	for {
		_, _, errno := syscall.RawSyscall(unix.SYS_WRITE, uintptr(k.bell), uintptr(unsafe.Pointer(&one)), uintptr(len(one)))
		if errno != syscall.EINTR {
			return // EAGAIN: it has been rung more often than a number can hold
		}
	}
}

// Read is recv(2), which goes to the socket without what read(2) does for files.
func (k *kernel) Read(fd int, b []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
		if errno == 0 {
			return int(n), 0
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}

// Write is send(2) or writev(2). Go ignores SIGPIPE on sockets, so a lost peer is EPIPE.
func (k *kernel) Write(fd int, a, b []byte) (int, syscall.Errno) {
	if len(a) == 0 {
		a, b = b, nil
	}
	for {
		var n uintptr
		var errno syscall.Errno
		if len(b) == 0 {
			n, _, errno = syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(a))), uintptr(len(a)), unix.MSG_NOSIGNAL, 0, 0)
		} else {
			v := [2]syscall.Iovec{{Base: unsafe.SliceData(a)}, {Base: unsafe.SliceData(b)}}
			v[0].SetLen(len(a))
			v[1].SetLen(len(b))
			n, _, errno = syscall.RawSyscall(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&v)), uintptr(len(v)))
		}
		if errno == 0 {
			return int(n), 0
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}

func (k *kernel) SpliceIn(fd, pipe, n int) (int, syscall.Errno) { return move(fd, pipe, n) }

func (k *kernel) SpliceOut(fd, pipe, n int) (int, syscall.Errno) { return move(pipe, fd, n) }

// move is splice(2). RawSyscall, because neither end blocks.
func move(from, to, n int) (int, syscall.Errno) {
	for {
		moved, _, errno := syscall.RawSyscall6(unix.SYS_SPLICE, uintptr(from), 0, uintptr(to), 0, uintptr(n),
			unix.SPLICE_F_NONBLOCK|unix.SPLICE_F_MOVE)
		if errno == 0 {
			return int(moved), 0
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}

func (k *kernel) CloseWrite(fd int) syscall.Errno {
	if err := unix.Shutdown(fd, unix.SHUT_WR); err != nil {
		return errnoOf(err)
	}
	return 0
}

func (k *kernel) Close(fd int, reset bool) {
	if reset {
		// If it fails the peer sees a plain end.
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: 0})
	}
	// RawSyscall, because a socket that does not block is closed at once; there is nothing left to do with it.
	_, _, _ = syscall.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
}

// keepAlive is what package net sets for connections to targets, in seconds.
const keepAlive = 60

func (k *kernel) Connect(address netip.AddrPort) (int, error) {
	family := unix.AF_INET
	var to unix.Sockaddr = &unix.SockaddrInet4{Port: int(address.Port()), Addr: address.Addr().Unmap().As4()}
	if ip := address.Addr(); !ip.Unmap().Is4() {
		family = unix.AF_INET6
		six := &unix.SockaddrInet6{Port: int(address.Port()), Addr: ip.As16()}
		if zone, err := net.InterfaceByName(ip.Zone()); err == nil {
			six.ZoneId = uint32(zone.Index)
		}
		to = six
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	for _, o := range [...][3]int{
		{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, keepAlive},
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, keepAlive},
	} {
		_ = unix.SetsockoptInt(fd, o[0], o[1], o[2]) // what cannot be had is no reason to do without the target
	}
	if err := unix.Connect(fd, to); err != nil && !errors.Is(err, unix.EINPROGRESS) {
		_ = unix.Close(fd) // it never was connected
		return -1, os.NewSyscallError("connect", err)
	}
	return fd, nil
}

func (k *kernel) Connected(fd int) syscall.Errno {
	errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return errnoOf(err)
	}
	return syscall.Errno(errno)
}

func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return syscall.EIO
}

func (k *kernel) Release(fd int) (net.Conn, error) {
	f := os.NewFile(uintptr(fd), "socket")
	conn, err := net.FileConn(f) // a duplicate
	return conn, errors.Join(err, f.Close())
}

func (k *kernel) Take(conn net.Conn) (fd int, ok bool) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return -1, false
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return -1, false
	}
	fd = -1
	if raw.Control(func(own uintptr) {
		if dup, err := unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, 0); err == nil {
			fd = dup
		}
	}) != nil || fd < 0 {
		return -1, false
	}
	_ = tcp.Close() // the duplicate lives on
	return fd, true
}

func (k *kernel) Shut() {
	_ = k.file.Close() // with it the set
	_ = unix.Close(k.bell)
}
