package h2

import (
	"io"
	"sync"
)

// sourceSpace is the buffer of a connection that is at work.
const sourceSpace = 4 << 10

var spaces = sync.Pool{New: func() any { b := make([]byte, sourceSpace); return &b }}

// source reads ahead, so that many small frames come with one read. While the connection is idle it holds no buffer: what
// is read then is the head of a frame, and nothing is lost by reading it alone.
type source struct {
	from io.Reader
	// idle says that no buffer is to be held over the next wait.
	idle  func() bool
	space *[]byte
	// unread is what of space was read and not given out yet.
	unread []byte
}

func (s *source) Read(p []byte) (int, error) {
	if len(s.unread) == 0 {
		if len(p) >= sourceSpace {
			return s.from.Read(p)
		}
		if s.idle() {
			s.release()
			return s.from.Read(p)
		}
		if s.space == nil {
			s.space = spaces.Get().(*[]byte)
		}
		n, err := s.from.Read(*s.space)
		if n == 0 {
			return 0, err
		}
		s.unread = (*s.space)[:n] // an error comes again
	}
	n := copy(p, s.unread)
	s.unread = s.unread[n:]
	return n, nil
}

// release gives the buffer back. Nothing in it is unread.
func (s *source) release() {
	if s.space != nil {
		spaces.Put(s.space)
		s.space, s.unread = nil, nil
	}
}
