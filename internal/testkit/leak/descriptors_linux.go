package leak

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// descriptors says what each open descriptor of the process is, without its number: numbers are used again.
func descriptors() ([]string, error) {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil, err
	}
	var open []string
	for _, f := range list {
		// The one that the list was read with is gone by now.
		to, err := os.Readlink("/proc/self/fd/" + f.Name())
		if err != nil {
			continue
		}
		fd, err := strconv.Atoi(f.Name())
		if err != nil {
			return nil, err
		}
		open = append(open, to+ends(fd))
	}
	return open, nil
}

// ends says between which ends a socket is, nothing for others.
func ends(fd int) string {
	own, err := syscall.Getsockname(fd)
	if err != nil {
		return ""
	}
	peer, err := syscall.Getpeername(fd)
	if err != nil {
		return " at " + port(own)
	}
	return " from " + port(own) + " to " + port(peer)
}

func port(a syscall.Sockaddr) string {
	switch a := a.(type) {
	case *syscall.SockaddrInet4:
		return fmt.Sprintf("port %d", a.Port)
	case *syscall.SockaddrInet6:
		return fmt.Sprintf("port %d", a.Port)
	case *syscall.SockaddrUnix:
		return "path " + strconv.Quote(a.Name)
	}
	return "an unknown end"
}
