package http1

import "io"

// Body reads one message body out of a Buffer and takes its framing off. One Body serves all messages of a connection,
// one after the other: Reset begins a new one.
type Body struct {
	src     *Buffer
	framing Framing
	left    int64
	chunks  chunkDecoder
	err     error
	// read counts the bytes of the body.
	read int64
}

// Reset begins to read a body that is framed as f says and begins with the unread bytes of src.
func (b *Body) Reset(src *Buffer, f Framing) {
	*b = Body{src: src, framing: f, left: f.Length, chunks: chunkDecoder{section: b.chunks.section[:0]}}
	if f.Kind == None || f.Kind == Length && f.Length == 0 {
		b.err = io.EOF
	}
}

// Read reads body bytes. It returns io.EOF at the end of the body, io.ErrUnexpectedEOF when the connection ends before
// the body does, an error of this package when the framing is broken, and what the connection's Read returned else.
func (b *Body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	var n int
	switch b.framing.Kind {
	case Length:
		n, b.err = b.readLength(p)
	case Chunked:
		n, b.err = b.readChunked(p)
	default:
		n, b.err = b.src.Read(p)
	}
	b.read += int64(n)
	if n > 0 && b.err != nil && !b.Done() {
		// The bytes count first; the error comes back with the next Read.
		return n, nil
	}
	return n, b.err
}

func (b *Body) readLength(p []byte) (int, error) {
	n, err := b.src.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if b.left == 0 {
		return n, io.EOF
	}
	return n, cutShort(err)
}

func (b *Body) readChunked(p []byte) (int, error) {
	total := 0
	for {
		if total == 0 && len(p) >= directRead && b.src.Buffered() == 0 && b.chunks.state != chunksDone {
			n, err := b.decodeInPlace(p)
			if n > 0 || err != nil {
				return n, err
			}
			continue
		}
		if err := b.frame(total > 0); err != nil {
			return total, err
		}
		if b.chunks.state != inData || total == len(p) || total > 0 && b.src.Buffered() == 0 {
			return total, nil
		}
		n, err := b.src.Read(p[total:min(int64(len(p)), int64(total)+b.chunks.left)])
		total += n
		if n > 0 {
			b.chunks.consumed(int64(n))
		}
		if err != nil {
			return total, cutShort(err)
		}
	}
}

// decodeInPlace reads straight into p, past the buffer, and moves the data together over the framing between it: one
// read brings many chunks. What comes behind the body goes back into the buffer.
func (b *Body) decodeInPlace(p []byte) (n int, err error) {
	got, readErr := b.src.readPast(p)
	for at := 0; at < got; {
		if b.chunks.state == inData {
			size := int(min(b.chunks.left, int64(got-at)))
			if n != at {
				copy(p[n:], p[at:at+size])
			}
			n += size
			at += size
			b.chunks.consumed(int64(size))
			continue
		}
		framed, err := b.chunks.step(p[at:got])
		at += framed
		if err != nil {
			return n, err
		}
		if b.chunks.state == chunksDone {
			b.src.unread(p[at:got])
			return n, io.EOF
		}
	}
	return n, cutShort(readErr)
}

// frame consumes framing until data is next or the body has ended (io.EOF). With only buffered bytes it does not wait
// for more.
func (b *Body) frame(buffered bool) error {
	for {
		n, err := b.chunks.step(b.src.Bytes())
		b.src.Discard(n)
		switch {
		case err != nil:
			return err
		case b.chunks.state == chunksDone:
			return io.EOF
		case b.chunks.state == inData || buffered:
			return nil
		}
		if err := b.src.Fill(b.src.Buffered() + minRoom); err != nil {
			return cutShort(err)
		}
	}
}

func cutShort(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Done says that the body has been read to its end.
func (b *Body) Done() bool { return b.err == io.EOF }

// Reusable says that the connection may carry another message: the body has been read to its end and the head did not
// say otherwise.
func (b *Body) Reusable() bool { return b.Done() && b.framing.KeepAlive }

// BytesRead counts the body bytes that Read has returned.
func (b *Body) BytesRead() int64 { return b.read }

// Left is how many bytes of a body with a known length are still to come, -1 for other bodies. With nothing buffered
// the caller may move them by other means and say so with Moved.
func (b *Body) Left() int64 {
	switch {
	case b.err != nil && b.framing.Kind != Length:
		return 0
	case b.framing.Kind == Length:
		return b.left
	}
	return -1
}

// Moved says that n bytes of a body of known length have gone past Read.
func (b *Body) Moved(n int64) {
	b.left -= n
	b.read += n
	if b.left == 0 && b.err == nil {
		b.err = io.EOF
	}
}
