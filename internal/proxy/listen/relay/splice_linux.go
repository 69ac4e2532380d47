package relay

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// spliced says that this platform moves bytes from socket to socket without reading them.
const spliced = true

// pipeSize is what a pipe is asked to hold, and the most that one call moves. The system may give less.
const pipeSize = 1 << 20

// freePipes bounds the pipes that wait for their next use.
const freePipes = 64

// pipes are the empty ones. A flow takes one only while it moves something: one that is idle holds its two sockets and
// nothing else, which package net's own splicing does not manage.
var pipes pipePool // shared by all flows of the process; what is in it has no history

type pipePool struct {
	mu   sync.Mutex
	free []pipe
}

// pipe is what the kernel keeps bytes in between two sockets: a reading and a writing end.
type pipe struct{ r, w int }

func (p *pipePool) get() (pipe, error) {
	p.mu.Lock()
	if n := len(p.free); n > 0 {
		out := p.free[n-1]
		p.free = p.free[:n-1]
		p.mu.Unlock()
		return out, nil
	}
	p.mu.Unlock()
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return pipe{}, err
	}
	_, _ = unix.FcntlInt(uintptr(ends[0]), unix.F_SETPIPE_SZ, pipeSize) // a smaller one works, too
	return pipe{ends[0], ends[1]}, nil
}

// put takes an empty pipe back.
func (p *pipePool) put(x pipe) {
	p.mu.Lock()
	if len(p.free) < freePipes {
		p.free = append(p.free, x)
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	x.close()
}

func (x pipe) close() {
	_ = unix.Close(x.r) // nobody wants what may be left in it
	_ = unix.Close(x.w)
}

// splicer moves bytes of one direction.
type splicer struct {
	pipe pipe
	// held says that pipe is ours, in is what it holds.
	held bool
	in   int
	err  error
	// drain and pump are the callbacks, bound once.
	drain, pump func(fd uintptr) bool
}

// splice moves bytes from one socket to the other until the input ends, and counts them. After an error, at is the side that it came from.
// errNoSplice says that nothing was moved because these sockets cannot be spliced.
func splice(to, from *side, count *atomic.Uint64) (n int64, at *side, err error) {
	s := &splicer{}
	s.drain, s.pump = s.drained, s.pumped
	defer func() {
		if s.held {
			if s.in > 0 {
				s.pipe.close()
			} else {
				pipes.put(s.pipe)
			}
		}
	}()
	for {
		if err := s.read(from); err != nil {
			if err == io.EOF {
				return n, nil, nil
			}
			if n == 0 && (errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSYS)) {
				err = errNoSplice
			}
			return n, from, err
		}
		moved := s.in
		err := s.write(to)
		moved -= s.in
		n += int64(moved)
		count.Add(uint64(moved))
		if err != nil {
			return n, to, err
		}
	}
}

// read fills the pipe with what there is, and waits when there is nothing.
func (s *splicer) read(from *side) error {
	if err := from.raw.Read(s.drain); err != nil {
		return err
	}
	if s.err == nil && s.in == 0 {
		return io.EOF
	}
	return s.err
}

func (s *splicer) drained(fd uintptr) bool {
	if !s.held {
		if s.pipe, s.err = pipes.get(); s.err != nil {
			return true
		}
		s.held = true
	}
	s.in, s.err = move(int(fd), s.pipe.w, pipeSize)
	if s.err == syscall.EAGAIN {
		pipes.put(s.pipe)
		s.held, s.err = false, nil
		return false
	}
	return true
}

// write empties the pipe.
func (s *splicer) write(to *side) error {
	if err := to.raw.Write(s.pump); err != nil {
		return err
	}
	return s.err
}

func (s *splicer) pumped(fd uintptr) bool {
	for s.in > 0 {
		n, err := move(s.pipe.r, int(fd), s.in)
		if err == syscall.EAGAIN {
			return false
		}
		if s.err = err; err != nil {
			return true
		}
		s.in -= n
	}
	return true
}

// move is splice(2), which gives what there is and does not wait.
func move(from, to, n int) (int, error) {
	for {
		moved, err := unix.Splice(from, nil, to, nil, n, unix.SPLICE_F_NONBLOCK|unix.SPLICE_F_MOVE)
		if moved > 0 {
			spliceCalls.Add(1)
		}
		if err != syscall.EINTR {
			return max(int(moved), 0), err
		}
	}
}
