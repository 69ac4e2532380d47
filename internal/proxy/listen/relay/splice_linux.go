package relay

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
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

// CloseFreePipes closes the pipes that wait for their next use. Whoever needs one later makes it.
func CloseFreePipes() {
	pipes.mu.Lock()
	defer pipes.mu.Unlock()
	for _, p := range pipes.free {
		p.close()
	}
	pipes.free = nil
}

func (x pipe) close() {
	_ = unix.Close(x.r) // nobody wants what may be left in it
	_ = unix.Close(x.w)
}

// smallSpace is the buffer for what comes in small pieces. A read and a write move those for less than two splices do.
const smallSpace = 16 << 10

var smalls = sync.Pool{New: func() any { b := make([]byte, smallSpace); return &b }} // a pool is no state: it may be emptied at any time

// splicer moves bytes of one direction: small pieces through a buffer, and what fills that through a pipe. It holds either
// only while there is something in it.
type splicer struct {
	pipe pipe
	// held says that pipe is ours, in is what it or the buffer holds.
	held bool
	in   int
	err  error
	// small is the buffer while there is something in it, from start on.
	small *[]byte
	start int
	// bulk says that bytes come in large pieces; burst is what came since the last wait.
	bulk  bool
	burst int
	// drain and pump are the callbacks, bound once.
	drain, pump func(fd uintptr) bool
}

// release gives back what the splicer holds.
func (s *splicer) release() {
	s.dropSmall()
	switch {
	case !s.held:
	case s.in > 0:
		s.pipe.close()
	default:
		pipes.put(s.pipe)
	}
	s.held = false
}

func (s *splicer) dropSmall() {
	if s.small != nil {
		smalls.Put(s.small)
		s.small, s.start = nil, 0
	}
}

// splice moves bytes from one socket to the other until the input ends, and counts them. After an error, at is the side that it came from.
// errNoSplice says that these sockets cannot be spliced: the rest has to be moved by other means.
func splice(to, from *side, count *atomic.Uint64) (n int64, at *side, err error) {
	s := &splicer{}
	s.drain, s.pump = s.drained, s.pumped
	defer s.release()
	for {
		if err := s.read(from); err != nil {
			if err == io.EOF {
				return n, nil, nil
			}
			if s.bulk && (errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSYS)) {
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
	if s.bulk && s.takePipe() {
		s.fillPipe(fd)
	} else {
		s.fillSmall(fd)
	}
	if s.err == syscall.EAGAIN {
		s.bulk = s.bulk && s.burst >= smallSpace
		s.err, s.burst = nil, 0
		return false
	}
	s.burst += s.in
	return true
}

// takePipe is false when there is none to be had, for want of descriptors, say: the buffer does as well.
func (s *splicer) takePipe() bool {
	if s.held {
		return true
	}
	var err error
	s.pipe, err = pipes.get()
	s.held = err == nil
	return s.held
}

func (s *splicer) fillPipe(fd uintptr) {
	s.in, s.err = move(int(fd), s.pipe.w, pipeSize)
	if s.err == syscall.EAGAIN {
		pipes.put(s.pipe)
		s.held = false
	}
}

func (s *splicer) fillSmall(fd uintptr) {
	s.small = smalls.Get().(*[]byte)
	var errno syscall.Errno
	s.in, errno = wire.Receive(fd, *s.small)
	if s.err = nil; errno != 0 {
		s.err = errno
	}
	s.bulk = s.in == smallSpace
	if s.in == 0 {
		s.dropSmall()
	}
}

// write empties the pipe, or the buffer.
func (s *splicer) write(to *side) error {
	if err := to.raw.Write(s.pump); err != nil {
		return err
	}
	return s.err
}

func (s *splicer) pumped(fd uintptr) bool {
	for s.in > 0 {
		n, err := s.pumpOnce(fd)
		if err == syscall.EAGAIN {
			return false
		}
		if s.err = err; err != nil {
			return true
		}
		s.in -= n
	}
	s.dropSmall()
	return true
}

func (s *splicer) pumpOnce(fd uintptr) (int, error) {
	if s.small == nil {
		return move(s.pipe.r, int(fd), s.in)
	}
	n, errno := wire.Send(fd, (*s.small)[s.start:s.start+s.in])
	s.start += n
	if errno != 0 {
		return n, errno
	}
	return n, nil
}

// move is splice(2), which gives what there is and does not wait. It is no raw call: it may move a megabyte, and the processor
// is free for other goroutines meanwhile.
func move(from, to, n int) (int, error) {
	for {
		moved, err := unix.Splice(from, nil, to, nil, n, unix.SPLICE_F_NONBLOCK|unix.SPLICE_F_MOVE)
		noteSplice(int(moved))
		if err != syscall.EINTR {
			return max(int(moved), 0), err
		}
	}
}
