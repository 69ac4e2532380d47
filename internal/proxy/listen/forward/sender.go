package forward

import (
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// pieceSpace is the buffer of a streaming body, framing included.
const pieceSpace = 32 << 10

var pieces = sync.Pool{New: func() any { b := make([]byte, pieceSpace); return &b }}

// sender streams the rest of a request's body to the target in a goroutine of its own, while the answer is read: an
// answer may come before the body has ended, and either may depend on the other.
type sender struct {
	// started is only touched by the job's goroutine; the others tell it how the sending goes.
	started bool
	over    atomic.Bool
	// ended says that the body's end was read from the client: what is left to do takes no longer than a write.
	ended, stop atomic.Bool
	// wait waits for the end of the sending; readErr and writeErr, and whether all was sent, are valid after that.
	wait              func()
	readErr, writeErr error
	complete          bool
	panicked          error
}

// busy says whether the body is still being sent; the target's time to answer begins after that.
func (s *sender) busy() bool { return s.started && !s.over.Load() }

// send starts to stream the body behind what was sent already.
func (j *job) send(chunked bool) {
	s := &j.sender
	s.started, s.readErr, s.writeErr, s.complete, s.panicked = true, nil, nil, false, nil
	s.over.Store(false)
	s.ended.Store(false)
	s.stop.Store(false)
	s.wait = j.spawn(func() {
		defer s.over.Store(true)
		defer func() {
			if r := recover(); r != nil {
				s.panicked = fmt.Errorf("panic while sending a request body: %v\n%s", r, debug.Stack())
				j.cut()
			}
		}()
		j.sendBody(chunked)
	})
}

// spawn runs f beside the job and returns what waits for its end.
func (j *job) spawn(f func()) (wait func()) {
	if h, ok := j.s.(Hosted); ok {
		return h.Spawn(f)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	return func() { <-done }
}

func (j *job) sendBody(chunked bool) {
	s := &j.sender
	space := pieces.Get().(*[]byte)
	defer pieces.Put(space)
	for !s.stop.Load() {
		room := (*space)[http1.MaxChunkHead : len(*space)-len(http1.ChunkEnd)]
		n, err := j.readBody(room)
		if err != nil && err != io.EOF {
			// The target must not take what it has for the whole: the connection breaks off.
			s.readErr = err
			j.cut()
			return
		}
		if err == io.EOF {
			s.ended.Store(true)
		}
		if n > 0 {
			if s.writeErr = j.sendPiece(*space, n, chunked); s.writeErr != nil {
				j.unsent(s.writeErr)
				return
			}
		}
		if err == io.EOF {
			if s.writeErr = j.sendEnd(chunked); s.writeErr != nil {
				j.unsent(s.writeErr)
				return
			}
			s.complete = true
			j.allow()
			return
		}
	}
}

// unsent is called when the target took no more of the body. One that broke the connection off may have answered
// before; one that does not read is not waited for.
func (j *job) unsent(err error) {
	if timedOut(err) {
		j.cut()
		return
	}
	j.allow()
}

var lastChunk = []byte(http1.LastChunk)

// sendEnd ends the body, with its trailers where the framing has a place for them.
func (j *job) sendEnd(chunked bool) error {
	trailer := &j.x.Request.Trailer
	var err error
	switch {
	case j.stream != nil:
		err = j.stream.Finish(trailer)
	case chunked && trailer.Len() > 0:
		_, err = j.up.Write(http1.AppendLastChunk(nil, trailer))
	case chunked:
		_, err = j.up.Write(lastChunk)
	}
	return err
}

// sendPiece writes n bytes that lie behind the room for a chunk's head.
func (j *job) sendPiece(space []byte, n int, chunked bool) error {
	start, end := http1.MaxChunkHead, http1.MaxChunkHead+n
	if chunked {
		var size [http1.MaxChunkHead]byte
		head := http1.AppendChunkHead(size[:0], n)
		start -= copy(space[start-len(head):], head)
		end += copy(space[end:], http1.ChunkEnd)
	}
	if j.stream != nil {
		return j.stream.Write(space[start:end])
	}
	_, err := j.up.Write(space[start:end])
	return err
}

// join waits until the sender has ended. It has to be told to stop when the answer is complete and the body is not.
func (j *job) join() {
	s := &j.sender
	if !s.started {
		return
	}
	if !s.ended.Load() {
		s.stop.Store(true)
		j.s.StopBody()
		j.cut() // a target that does not read must not hold up the end
	}
	s.wait()
	s.started, s.wait = false, nil
	if s.panicked != nil {
		panic(s.panicked)
	}
}
