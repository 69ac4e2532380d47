package state

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// heldError says that another process has the lock, and which if that is known: it is told apart from errors of the file system.
type heldError string

func (e heldError) Error() string {
	if e == "" {
		return "another kubebox"
	}
	return "another kubebox (process " + string(e) + ")"
}

// lock takes the file for this process until it ends or the file is closed. A lock of a process that was killed is gone with
// it, so there is nothing to clean up by hand.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := io.ReadAll(io.LimitReader(file, 20))
		file.Close()
		return nil, heldError(strings.TrimSpace(string(holder)))
	}
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = fmt.Fprintf(file, "%d\n", os.Getpid())
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
