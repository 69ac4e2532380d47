package upstream

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// silent looks at a socket without waiting: true when it is open and nothing has arrived. The raw system call is
// safe because MSG_DONTWAIT never blocks.
func silent(fd uintptr) bool {
	var b [1]byte
	_, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&b[0])), 1,
		unix.MSG_PEEK|unix.MSG_DONTWAIT, 0, 0)
	return errno == unix.EAGAIN
}
