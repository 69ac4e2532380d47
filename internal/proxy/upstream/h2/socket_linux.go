package h2

import (
	"syscall"
	"unsafe"
)

// direct says that the calls below work on this platform.
const direct = true

// sysRead is read(2) on a socket that does not block; b is not empty.
func sysRead(fd uintptr, b []byte) (int, syscall.Errno) { return call(syscall.SYS_READ, fd, b) }

// sysWrite is write(2). Go ignores SIGPIPE on sockets, so a lost peer is EPIPE.
func sysWrite(fd uintptr, b []byte) (int, syscall.Errno) { return call(syscall.SYS_WRITE, fd, b) }

func call(number, fd uintptr, b []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(number, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		if errno == 0 {
			return int(n), 0
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}
