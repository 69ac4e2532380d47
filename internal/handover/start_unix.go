//go:build unix

package handover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Successor says what is to replace this process.
type Successor struct {
	// Path is the program, Args its arguments with its name first, Environ its environment; empty members take those
	// of this process. A relative Path is looked for nowhere: it must be the program's file.
	Path    string
	Args    []string
	Environ []string
	// Note is what else the successor should know; it finds it in Inherited.Note.
	Note string
	// Within is how long it may take until it serves; a minute when 0.
	Within time.Duration
	// Stdin, Stdout and Stderr are its standard descriptors; those of this process when nil.
	Stdin, Stdout, Stderr *os.File
}

// Start starts the successor with the sockets and waits until it has said by Ready that it serves. On an error there is no
// successor, or it has been ended, and this process still has all of its sockets. The sockets stay open here in any case.
func Start(ctx context.Context, s Successor, sockets []Socket) (*os.Process, error) {
	if err := s.complete(); err != nil {
		return nil, err
	}
	ready, told, err := pipe()
	if err != nil {
		return nil, err
	}
	defer ready.Close()
	files := []uintptr{s.Stdin.Fd(), s.Stdout.Fd(), s.Stderr.Fd(), uintptr(told)}
	defer func() {
		for _, fd := range files[3:] {
			_ = syscall.Close(int(fd)) // ours is a copy
		}
	}()
	list := make([]passed, 0, len(sockets))
	for _, k := range sockets {
		fd, err := duplicate(k.Conn)
		if err != nil {
			return nil, fmt.Errorf("hand over %s %s: %w", k.Kind, k.Name, err)
		}
		list = append(list, passed{k.Kind, k.Name, len(files)})
		files = append(files, uintptr(fd))
	}
	environ := append(slices.DeleteFunc(slices.Clone(s.Environ), func(v string) bool {
		return strings.HasPrefix(v, Environment+"=")
	}), Environment+"="+encode(3, s.Note, list))
	pid, err := syscall.ForkExec(s.Path, s.Args, &syscall.ProcAttr{Env: environ, Files: files})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Path, err)
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Path, err)
	}
	// With our end of the writing side closed, its death ends the wait too.
	_ = syscall.Close(told) // it is open in the successor
	files = slices.Delete(files, 3, 4)
	if err := await(ctx, ready, s.Within); err != nil {
		_ = process.Kill()    // it may have ended by itself
		_, _ = process.Wait() // what it says of its end adds nothing to err
		return nil, fmt.Errorf("the new process %d does not serve: %w", pid, err)
	}
	return process, nil
}

// complete fills in what was left open.
func (s *Successor) complete() error {
	if s.Path == "" {
		path, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find the program to start: %w", err)
		}
		// What replaced the file of a running program is what to start.
		s.Path = strings.TrimSuffix(path, " (deleted)")
	}
	if s.Args == nil {
		s.Args = os.Args
	}
	if s.Environ == nil {
		s.Environ = os.Environ()
	}
	if s.Within == 0 {
		s.Within = time.Minute
	}
	if s.Stdin == nil {
		s.Stdin = os.Stdin
	}
	if s.Stdout == nil {
		s.Stdout = os.Stdout
	}
	if s.Stderr == nil {
		s.Stderr = os.Stderr
	}
	return nil
}

// pipe makes the way on which the successor says that it serves. The writing end is a bare descriptor.
func pipe() (read *os.File, write int, err error) {
	var p [2]int
	syscall.ForkLock.RLock()
	err = syscall.Pipe(p[:])
	if err == nil {
		syscall.CloseOnExec(p[0])
		syscall.CloseOnExec(p[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, 0, fmt.Errorf("make a pipe: %w", err)
	}
	if err := syscall.SetNonblock(p[0], true); err != nil { // so that waiting for it can end in time
		_ = syscall.Close(p[0])
		_ = syscall.Close(p[1])
		return nil, 0, fmt.Errorf("make a pipe: %w", err)
	}
	return os.NewFile(uintptr(p[0]), "handover"), p[1], nil
}

// duplicate copies a socket's descriptor. os.File and its Fd are not used: they would switch the socket, which both
// processes share, to calls that block.
func duplicate(c syscall.RawConn) (int, error) {
	fd, failed := -1, error(nil)
	err := c.Control(func(s uintptr) {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		if fd, failed = syscall.Dup(int(s)); failed == nil {
			syscall.CloseOnExec(fd)
		}
	})
	return fd, errors.Join(err, failed)
}

// await waits for the successor's word.
func await(ctx context.Context, ready *os.File, within time.Duration) error {
	stop := context.AfterFunc(ctx, func() { _ = ready.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := ready.SetReadDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var word [1]byte
	switch _, err := io.ReadFull(ready, word[:]); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF):
		return errors.New("it ended before it served")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("it said nothing for %s", within)
	default:
		return err
	}
}
