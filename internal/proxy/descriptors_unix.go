//go:build unix

package proxy

import "syscall"

// descriptors is how many the process may open; 0 when that is not known or as good as unlimited.
func descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || uint64(limit.Cur) > 1<<30 {
		return 0
	}
	return int(limit.Cur)
}
