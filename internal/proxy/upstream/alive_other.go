//go:build unix && !linux

package upstream

import "golang.org/x/sys/unix"

// silent looks at a socket without waiting: true when it is open and nothing has arrived.
func silent(fd uintptr) bool {
	var b [1]byte
	_, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return err == unix.EAGAIN
}
