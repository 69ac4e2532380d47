//go:build unix

package listen

import (
	"io"
	"net"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// peeks are buffers to look at first bytes with.
var peeks = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }} // a pool is no state: it may be emptied at any time

// peek shows f the first bytes of a connection, again whenever more have come, until it has seen enough, and leaves them
// where they are. most is how many it is shown at most; when they are not enough the error is io.ErrShortBuffer. The
// connection's read deadline holds.
func peek(tcp *net.TCPConn, most int, f func(b []byte) (enough bool, err error)) error {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	space := peeks.Get().(*[]byte)
	defer peeks.Put(space)
	seen := 0
	var failed error
	if err := raw.Read(func(fd uintptr) bool {
		for {
			b := (*space)[:cap(*space)]
			n, _, err := unix.Recvfrom(int(fd), b[:min(len(b), most)], unix.MSG_PEEK)
			switch {
			case err == unix.EINTR:
				continue
			case err == unix.EAGAIN:
				return false
			case err != nil:
				failed = os.NewSyscallError("recvfrom", err)
				return true
			case n == 0:
				failed = io.ErrUnexpectedEOF
				return true
			case n == seen:
				return false // nothing new: what wakes us is the end of the client, or nothing
			}
			seen = n
			enough, err := f(b[:n])
			switch {
			case err != nil || enough:
				failed = err
				return true
			case n == most:
				failed = io.ErrShortBuffer
				return true
			case n == len(b):
				*space = make([]byte, 0, min(2*len(b), most))
				continue
			}
			return false
		}
	}); err != nil {
		return err
	}
	return failed
}
