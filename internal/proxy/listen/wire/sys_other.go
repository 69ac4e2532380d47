//go:build !unix

package wire

import (
	"syscall"
	"time"
)

const (
	// fast is false where sockets are not file descriptors: everything goes through package net.
	fast       = false
	knowsQuiet = false
)

func sysRead(uintptr, []byte) (int, syscall.Errno)           { return 0, syscall.EINVAL }
func sysWrite(uintptr, []byte) (int, syscall.Errno)          { return 0, syscall.EINVAL }
func sysWrite2(uintptr, []byte, []byte) (int, syscall.Errno) { return 0, syscall.EINVAL }
func sysGone(uintptr) bool                                   { return false }
func sysQuiet(uintptr) (time.Duration, bool)                 { return 0, false }

// What only Linux tells.
func sysSegments(uintptr) (uint32, bool) { return 0, false }
func sysBroken(uintptr) bool             { return false }
func sysUnsent(uintptr) int              { return 0 }
