package datagram

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// batchSize is how many datagrams one call takes or sends.
	batchSize = 64
	// datagramSize is the greatest datagram that UDP knows. The room of one is a little more, so that the rooms of a batch
	// do not all begin at the same place of a cache.
	datagramSize = 1<<16 - 1
	slot         = 1<<16 + 1088
	// controlSize is room for one message about addresses.
	controlSize = 64
)

// message is one entry of recvmmsg(2) and sendmmsg(2).
type message struct {
	head unix.Msghdr
	size uint32
}

// name is an address of the system of either family.
type name [unix.SizeofSockaddrInet6]byte

// batch is what came in at once, and what is sent of it.
type batch struct {
	n     int
	next  [batchSize]int
	flows []*flow

	in, out  [batchSize]message
	vectors  [batchSize]unix.Iovec
	names    [batchSize]name
	controls [batchSize][controlSize]byte
	space    []byte

	// named says that senders are wanted, told that destinations are; used is how many entries the last fill has changed.
	named, told bool
	used        int

	// What the callback works on, and the callback, bound once.
	queued   int
	sent     int
	lost     int
	bytesOut int
	onSend   func(fd uintptr)
}

// newBatch makes room. named says that senders are wanted, told that destinations are.
func newBatch(named, told bool) *batch {
	b := &batch{space: make([]byte, batchSize*slot), named: named, told: told, used: batchSize}
	for i := range b.in {
		b.vectors[i].Base = &b.space[i*slot]
		b.in[i].head.Iov = &b.vectors[i]
		b.in[i].head.SetIovlen(1)
		b.out[i].head.SetIovlen(1)
	}
	b.onSend = b.send
	return b
}

// batches are those that wait for their next use: flows take one only while they move something.
var batches struct { // shared by all flows of the process; what is in it has no history
	mu   sync.Mutex
	free []*batch
}

// freeBatches bounds them. No more than one per processor are in use at a time.
const freeBatches = 16

func takeBatch() *batch {
	batches.mu.Lock()
	if n := len(batches.free); n > 0 {
		b := batches.free[n-1]
		batches.free = batches.free[:n-1]
		batches.mu.Unlock()
		return b
	}
	batches.mu.Unlock()
	return newBatch(false, false)
}

func putBatch(b *batch) {
	batches.mu.Lock()
	if len(batches.free) < freeBatches {
		batches.free = append(batches.free, b)
	}
	batches.mu.Unlock()
}

// route is how a client is reached: its address in terms of the system, and the address to answer from.
type route struct {
	name    name
	length  uint32
	control [controlSize]byte
	// controlled is how much of control is used; 0 leaves the address to the system.
	controlled int
}

// lead fills a route in. six says that the socket is one of IPv6.
func (r *route) lead(client netip.AddrPort, local netip.Addr, six bool) {
	binary.BigEndian.PutUint16(r.name[2:], client.Port())
	if !six {
		binary.NativeEndian.PutUint16(r.name[:], unix.AF_INET)
		a := client.Addr().As4()
		copy(r.name[4:], a[:])
		r.length = unix.SizeofSockaddrInet4
	} else {
		binary.NativeEndian.PutUint16(r.name[:], unix.AF_INET6)
		a := client.Addr().As16()
		copy(r.name[8:], a[:])
		r.length = unix.SizeofSockaddrInet6
		binary.NativeEndian.PutUint32(r.name[24:], scopeOf(client.Addr()))
	}
	if local.IsValid() {
		r.answerFrom(local, six)
	}
}

// answerFrom makes datagrams leave from an address.
func (r *route) answerFrom(local netip.Addr, six bool) {
	h := (*unix.Cmsghdr)(unsafe.Pointer(&r.control[0]))
	data := r.control[unix.CmsgLen(0):]
	if six {
		h.Level, h.Type = unix.IPPROTO_IPV6, unix.IPV6_PKTINFO
		h.SetLen(unix.CmsgLen(unix.SizeofInet6Pktinfo))
		a := local.As16()
		copy(data, a[:])
		r.controlled = unix.CmsgSpace(unix.SizeofInet6Pktinfo)
		return
	}
	h.Level, h.Type = unix.IPPROTO_IP, unix.IP_PKTINFO
	h.SetLen(unix.CmsgLen(unix.SizeofInet4Pktinfo))
	a := local.As4()
	copy(data[4:], a[:]) // interface, then the address to send from
	r.controlled = unix.CmsgSpace(unix.SizeofInet4Pktinfo)
}

// scopeOf is the number of an address's zone.
func scopeOf(a netip.Addr) uint32 {
	n := uint32(0)
	for _, c := range []byte(a.Zone()) {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + uint32(c-'0')
	}
	return n
}

// tellDestinations asks the system to say which address each datagram came to.
func tellDestinations(raw syscall.RawConn, six bool) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		if failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_PKTINFO, 1); six {
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
		}
	})
	if err != nil {
		return err
	}
	return failed
}

// forceRoom goes beyond what the system lets everyone have. Without the right to do so nothing changes.
func forceRoom(raw syscall.RawConn) {
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, roomBytes)
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, roomBytes)
	})
}

// from is who sent a datagram.
func (b *batch) from(i int) netip.AddrPort {
	n := &b.names[i]
	port := binary.BigEndian.Uint16(n[2:])
	if binary.NativeEndian.Uint16(n[:]) == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(n[4:8])), port)
	}
	a := netip.AddrFrom16([16]byte(n[8:24])).Unmap()
	if scope := binary.NativeEndian.Uint32(n[24:]); scope != 0 && a.Is6() {
		a = a.WithZone(zone(scope))
	}
	return netip.AddrPortFrom(a, port)
}

// zone names a scope by its number.
func zone(scope uint32) string {
	var b [10]byte
	i := len(b)
	for ; scope > 0; scope /= 10 {
		i--
		b[i] = byte('0' + scope%10)
	}
	return string(b[i:])
}

// to is the address that a datagram came to, as the system has told.
func (b *batch) to(i int) netip.Addr {
	c := b.controls[i][:min(int(b.in[i].head.Controllen), controlSize)]
	for len(c) >= unix.CmsgLen(0) {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&c[0]))
		length := int(h.Len)
		if length < unix.CmsgLen(0) || length > len(c) {
			break
		}
		data := c[unix.CmsgLen(0):length]
		switch {
		case h.Level == unix.IPPROTO_IP && h.Type == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
			return netip.AddrFrom4([4]byte(data[8:12]))
		case h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
			return netip.AddrFrom16([16]byte(data[:16])).Unmap()
		}
		c = c[min(unix.CmsgSpace(length-unix.CmsgLen(0)), len(c)):]
	}
	return netip.Addr{}
}

// bytes is the content of a datagram.
func (b *batch) bytes(i int) []byte { return b.space[i*slot : i*slot+int(b.in[i].size)] }

// fill takes what is there. The sockets do not block, so the scheduler need not hear of the call.
func (b *batch) fill(fd uintptr) syscall.Errno {
	for i := range b.used {
		b.vectors[i].SetLen(datagramSize)
		h := &b.in[i].head
		if b.named {
			h.Name, h.Namelen = &b.names[i][0], uint32(len(b.names[i]))
		}
		if b.told {
			h.Control = &b.controls[i][0]
			h.SetControllen(controlSize)
		}
	}
	b.n, b.used = 0, 0
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&b.in)), batchSize, unix.MSG_DONTWAIT, 0, 0)
		if errno == 0 {
			b.n, b.used = int(n), int(n)
			return 0
		}
		if errno != syscall.EINTR {
			return errno
		}
	}
}

// receive handles what comes from clients until an error. It is one read to the runtime, whatever the number of batches:
// so no arrival between two of them is missed, and a batch that is not full needs no second look.
func (s *Socket) receive(b *batch) error {
	var failed error
	err := s.raw.Read(func(fd uintptr) bool {
		for {
			switch errno := b.fill(fd); {
			case errno == syscall.EAGAIN:
				return false
			case errno == 0:
				s.handle(b)
				if b.n < batchSize {
					return false
				}
				runtime.Gosched() // flows have answers to send
			case refused(errno):
			default:
				failed = errno
				return true
			}
		}
	})
	if err != nil {
		return err
	}
	return failed
}

// receive delivers what comes from the target until the flow ends.
func (f *flow) receive() {
	// An error is the end of the socket, by us or by its target's time being over.
	_ = f.raw.Read(func(fd uintptr) bool {
		b := takeBatch()
		defer putBatch(b)
		for {
			switch errno := b.fill(fd); {
			case errno == syscall.EAGAIN:
				return false
			case errno == 0:
				f.deliver(b)
				if b.n < batchSize {
					return false
				}
			case !refused(errno):
				return true
			}
		}
	})
}

// toTarget sends a flow's datagrams of the batch on.
func (b *batch) toTarget(f *flow) (packets, bytes, lost int) {
	b.queued = 0
	for i := f.first; i >= 0; i = b.next[i] {
		b.vectors[i].SetLen(int(b.in[i].size))
		h := &b.out[b.queued].head
		h.Iov, h.Name, h.Namelen, h.Control = &b.vectors[i], nil, 0, nil
		h.SetControllen(0)
		b.queued++
	}
	return b.flush(f.raw)
}

// toClient sends the batch to the flow's client.
func (b *batch) toClient(f *flow) (packets, bytes, lost int) {
	r := &f.back
	for i := range b.n {
		b.vectors[i].SetLen(int(b.in[i].size))
		h := &b.out[i].head
		h.Iov, h.Name, h.Namelen, h.Control = &b.vectors[i], &r.name[0], r.length, nil
		h.SetControllen(0)
		if r.controlled > 0 {
			h.Control = &r.control[0]
			h.SetControllen(r.controlled)
		}
	}
	b.queued = b.n
	return b.flush(f.socket.raw)
}

// flush sends what is queued. What the system does not take at once is lost, as on a network that is full.
func (b *batch) flush(raw syscall.RawConn) (packets, bytes, lost int) {
	b.sent, b.lost, b.bytesOut = 0, 0, 0
	if raw.Control(b.onSend) != nil {
		return 0, 0, b.queued
	}
	return b.sent, b.bytesOut, b.lost
}

func (b *batch) send(fd uintptr) {
	again := false
	for at := 0; at < b.queued; {
		n, _, errno := syscall.RawSyscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&b.out[at])), uintptr(b.queued-at), unix.MSG_DONTWAIT, 0, 0)
		switch {
		case errno == 0 && n > 0:
			for i := range int(n) {
				b.bytesOut += int(b.out[at+i].size)
			}
			at += int(n)
			b.sent += int(n)
			again = false
		case errno == syscall.EINTR:
		case refused(errno) && !again:
			again = true // the error was about an earlier one
		default:
			at++
			b.lost++
			again = false
		}
	}
}
