//go:build unix && !linux

package wire

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	fast       = true
	knowsQuiet = false
)

func sysRead(fd uintptr, b []byte) (int, syscall.Errno) {
	if len(b) == 0 {
		return 0, 0
	}
	for {
		n, err := syscall.Read(int(fd), b)
		if errno := number(err); errno != syscall.EINTR {
			return max(n, 0), errno
		}
	}
}

func sysWrite(fd uintptr, b []byte) (int, syscall.Errno) {
	if len(b) == 0 {
		return 0, 0
	}
	for {
		n, err := syscall.Write(int(fd), b)
		if errno := number(err); errno != syscall.EINTR {
			return max(n, 0), errno
		}
	}
}

// sysWrite2 writes the first piece only; the caller goes on with what is left.
func sysWrite2(fd uintptr, a, _ []byte) (int, syscall.Errno) { return sysWrite(fd, a) }

func sysGone(fd uintptr) bool {
	var b [1]byte
	n, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return (n == 0 && err == nil) || (err != nil && err != unix.EAGAIN && err != unix.EINTR)
}

func sysQuiet(uintptr) (time.Duration, bool) { return 0, false }

func number(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	if errno, ok := err.(syscall.Errno); ok {
		return errno
	}
	return syscall.EIO
}

// What only Linux tells.
func sysSegments(uintptr) (uint32, bool) { return 0, false }
func sysBroken(uintptr) bool             { return false }
func sysUnsent(uintptr) int              { return 0 }
