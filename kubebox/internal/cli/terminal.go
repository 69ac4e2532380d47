package cli

import (
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// terminalFile returns a second handle of standard error: the components' logs take the first one over. What crashes the process
// is printed to it as well.
func terminalFile() *os.File {
	fd, err := unix.FcntlInt(os.Stderr.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return os.Stderr // it is closed, so nobody reads it
	}
	terminal := os.NewFile(uintptr(fd), os.Stderr.Name())
	_ = debug.SetCrashOutput(terminal, debug.CrashOptions{}) // without it the log alone tells
	return terminal
}
