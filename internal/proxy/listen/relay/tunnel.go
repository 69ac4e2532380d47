package relay

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
)

// spliceCalls counts the calls that moved bytes from socket to socket inside the kernel, of all flows of the process.
// spliceBytes what they moved: what goes into a pipe and out of it counts twice.
var spliceCalls, spliceBytes atomic.Uint64 // counters that nothing depends on

// Spliced is how often bytes were moved without coming into this process, and how many: splice(2), into a pipe and out of
// it. Both only grow, and stay 0 on other platforms than Linux.
func Spliced() (calls, bytes uint64) { return spliceCalls.Load(), spliceBytes.Load() }

// noteSplice counts a call that moved n bytes.
func noteSplice(n int) {
	if n > 0 {
		spliceCalls.Add(1)
		spliceBytes.Add(uint64(n))
	}
}

// Copy moves bytes from one connection to another until the input ends, as io.Copy does, inside the kernel where the system
// can and the pieces are worth it: small ones are read and written. Unlike io.Copy it holds nothing but the two sockets while
// there is nothing to move, so that idle tunnels are cheap.
func Copy(to, from *net.TCPConn) (int64, error) {
	var moved atomic.Uint64
	a, b := &side{}, &side{}
	a.raw, _ = to.SyscallConn() // an error leaves it nil
	b.raw, _ = from.SyscallConn()
	n, err := int64(0), errNoSplice
	if spliced && a.raw != nil && b.raw != nil {
		n, _, err = splice(a, b, &moved)
	}
	if !errors.Is(err, errNoSplice) {
		return n, err
	}
	m, err := io.Copy(to, from)
	return n + m, err
}
