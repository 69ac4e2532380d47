//go:build !linux

package h2

import "syscall"

// direct is false: connections are read and written through their methods.
const direct = false

func sysRead(uintptr, []byte) (int, syscall.Errno) { return 0, syscall.EINVAL }

func sysWrite(uintptr, []byte) (int, syscall.Errno) { return 0, syscall.EINVAL }
