package loop

import (
	"net"
	"net/netip"
	"syscall"
)

// System is what a loop asks of the kernel. All of it is for the goroutine that drives the loop, but Wake. Nothing waits
// but Park. Tests play a kernel that is worse than any real one.
type System interface {
	// Watch registers a socket, edge-triggered, for everything. It fails when the socket could block.
	Watch(fd int, token uint64) error
	// Unwatch takes it out of the set. What was reported of it before may still be among the events that Wait returned.
	Unwatch(fd int) error
	// Wait fills events with what has happened and returns their number, 0 for nothing.
	Wait(events []Event) int
	// Park returns when Wait may have something to say, or after Wake. A Wake that came before counts.
	Park() error
	// Wake may be called from any goroutine.
	Wake()
	// Read and Write are the calls of these names; Write takes both pieces in one call.
	Read(fd int, b []byte) (int, syscall.Errno)
	Write(fd int, a, b []byte) (int, syscall.Errno)
	// SpliceIn moves up to n bytes that have arrived into a pipe, SpliceOut as much out of one: splice(2), which waits for
	// neither.
	SpliceIn(fd, pipe, n int) (int, syscall.Errno)
	SpliceOut(fd, pipe, n int) (int, syscall.Errno)
	// Connect begins to connect a new socket. The first write event says that it has come to an end, Connected how.
	Connect(address netip.AddrPort) (fd int, err error)
	Connected(fd int) syscall.Errno
	// CloseWrite ends our side of a connection. Close closes a socket, with a reset when asked to; a
	// watched one need not be taken out of the set first.
	CloseWrite(fd int) syscall.Errno
	Close(fd int, reset bool)
	// Release makes a connection of package net of a socket that is no longer watched. The socket is gone afterwards.
	Release(fd int) (net.Conn, error)
	// Take is the other way round: the connection is gone afterwards. ok is false, and conn as it was, when it is not one
	// over a plain socket.
	Take(conn net.Conn) (fd int, ok bool)
	// Shut gives back what the System itself holds.
	Shut()
}

// Event is something that has happened to a socket.
type Event struct {
	Token uint64
	What  Happening
}

// Happening is a set of events.
type Happening uint8

// Events.
const (
	// Readable: something has arrived. Writable: there is room again.
	Readable Happening = 1 << iota
	Writable
	// Ended: the peer has ended its side, or the connection is lost.
	Ended
)
