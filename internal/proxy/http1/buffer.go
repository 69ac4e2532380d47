package http1

import (
	"errors"
	"io"
)

// Buffer is the reading side of a connection: heads are parsed out of it, bodies are read through it. The zero value
// needs Reset.
//
// A parsed head points into the buffer. Hold keeps those bytes where they are while the body is read, Free lets them go.
type Buffer struct {
	src io.Reader
	buf []byte
	// buf[:held] must not be touched, buf[start:end] has been read and not consumed.
	held, start, end int
}

// ErrBufferFull says that Fill may not read more.
var ErrBufferFull = errors.New("read buffer is full")

// minRoom is the least room that Fill reads into before it moves or grows.
const minRoom = 512

// Reset begins with a connection and the space to read into, which may be empty.
func (b *Buffer) Reset(src io.Reader, space []byte) {
	*b = Buffer{src: src, buf: space[:cap(space)]}
}

// Bytes is what has been read and not consumed. It is valid until the next Fill, Read or Free.
func (b *Buffer) Bytes() []byte { return b.buf[b.start:b.end] }

// Buffered counts the bytes that have been read and not consumed.
func (b *Buffer) Buffered() int { return b.end - b.start }

// Discard consumes n bytes of Bytes.
func (b *Buffer) Discard(n int) { b.start += n }

// Hold keeps what has been consumed so far untouched until Free.
func (b *Buffer) Hold() { b.held = b.start }

// Free ends Hold. Slices into consumed bytes are invalid from then on.
func (b *Buffer) Free() {
	b.held = 0
	if b.start == b.end {
		b.start, b.end = 0, 0
	}
}

// Release takes the space out of an empty buffer, so that an idle connection holds none; nil when bytes are left or
// held. Fill takes new space by itself, or Lend gives some.
func (b *Buffer) Release() []byte {
	if b.start != b.end || b.held > 0 {
		return nil
	}
	space := b.buf
	b.buf, b.start, b.end = nil, 0, 0
	return space
}

// Lend gives space to a buffer that has none.
func (b *Buffer) Lend(space []byte) {
	if len(b.buf) == 0 {
		b.buf = space[:cap(space)]
	}
}

// Fill reads once, at least one byte unless there is an error. The unread bytes may grow to limit: beyond it the error
// is ErrBufferFull. The end of the connection is io.EOF.
func (b *Buffer) Fill(limit int) error {
	unread := b.end - b.start
	if unread >= limit {
		return ErrBufferFull
	}
	if len(b.buf)-b.end < minRoom {
		b.makeRoom(limit)
	}
	for range maxEmptyReads {
		n, err := b.src.Read(b.buf[b.end:min(len(b.buf), b.start+limit)])
		b.end += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// maxEmptyReads is how often a source may return nothing without an error.
const maxEmptyReads = 16

// makeRoom moves the unread bytes behind the held ones, or to a larger space. Held bytes stay in the old space, which
// lives as long as somebody points to it.
func (b *Buffer) makeRoom(limit int) {
	unread := b.buf[b.start:b.end]
	if len(b.buf)-b.held-len(unread) >= minRoom && b.held < b.start {
		copy(b.buf[b.held:], unread)
		b.start, b.end = b.held, b.held+len(unread)
		return
	}
	if b.held == 0 && len(b.buf) > len(unread) && len(b.buf) >= limit {
		copy(b.buf, unread)
		b.start, b.end = 0, len(unread)
		return
	}
	size := max(2*len(unread), 4<<10)
	space := make([]byte, size)
	b.start, b.end, b.held = 0, copy(space, unread), 0
	b.buf = space
}

// directRead is from how many wanted bytes on Read goes past the buffer.
const directRead = 2 << 10

// Read consumes what is buffered, else reads from the connection: straight into p when p is large.
func (b *Buffer) Read(p []byte) (int, error) {
	if b.start == b.end {
		if len(p) == 0 {
			return 0, nil
		}
		if len(p) >= directRead {
			return b.readPast(p)
		}
		if err := b.Fill(len(b.buf) + minRoom); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.buf[b.start:b.end])
	b.start += n
	if b.start == b.end {
		b.start, b.end = b.held, b.held
	}
	return n, nil
}

// readPast reads straight into p; the buffer is empty.
func (b *Buffer) readPast(p []byte) (n int, err error) {
	for range maxEmptyReads {
		if n, err = b.src.Read(p); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// unread puts bytes that were read past the empty buffer into it.
func (b *Buffer) unread(p []byte) {
	if len(p) == 0 {
		return
	}
	if len(b.buf)-b.held < len(p) {
		b.buf, b.held = make([]byte, len(p)+minRoom), 0
	}
	b.start, b.end = b.held, b.held+copy(b.buf[b.held:], p)
}
