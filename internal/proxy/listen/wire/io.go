package wire

import (
	"errors"
	"io"
	"syscall"
	"time"
)

// ReadNow reads what is there on the socket of a callback of Loop. again says that there is nothing yet.
func ReadNow(fd uintptr, b []byte) (n int, again bool, err error) {
	n, errno := sysRead(fd, b)
	switch {
	case errno == syscall.EAGAIN:
		return 0, true, nil
	case errno != 0:
		return 0, false, errno
	case n == 0 && len(b) > 0:
		return 0, false, io.EOF
	}
	return n, false, nil
}

// Receive reads what is there on a socket that does not block, inside a callback of its raw access. n is 0 without an error
// when the input has ended; syscall.EAGAIN says that there is nothing.
func Receive(fd uintptr, b []byte) (n int, errno syscall.Errno) { return sysRead(fd, b) }

// Send writes as much of b as such a socket takes; syscall.EAGAIN says that this is nothing.
func Send(fd uintptr, b []byte) (n int, errno syscall.Errno) { return sysWrite(fd, b) }

// Loop calls f at once and then whenever the socket may have become readable, until f says that it is done. f must not
// read from the wire by other means than ReadNow. The deadline of reads applies to the waits between calls.
func (w *Wire) Loop(f func(fd uintptr) (done bool)) error {
	if err := w.raw.Read(f); err != nil {
		return w.failure(&w.readBy, err)
	}
	return nil
}

// Read reads what there is, and waits when there is nothing.
func (w *Wire) Read(b []byte) (int, error) {
	if w.port != nil {
		return w.readPort(b)
	}
	if w.raw == nil {
		n, err := w.conn.Read(b)
		if err != nil && err != io.EOF {
			err = w.failure(&w.readBy, err)
		}
		return n, err
	}
	if len(b) == 0 {
		return 0, nil
	}
	o := &w.read
	o.in = b
	err := w.raw.Read(w.onRead)
	o.in = nil
	return w.finishRead(err)
}

func (w *Wire) finishRead(err error) (int, error) {
	o := &w.read
	switch {
	case err != nil:
		return 0, w.failure(&w.readBy, err)
	case o.errno != 0:
		return 0, o.errno
	case o.n == 0:
		return 0, io.EOF
	}
	return o.n, nil
}

func (w *Wire) readable(fd uintptr) bool {
	w.read.n, w.read.errno = sysRead(fd, w.read.in)
	return w.read.errno != syscall.EAGAIN
}

// Write writes all of b.
func (w *Wire) Write(b []byte) (int, error) { return w.Write2(b, nil) }

// Write2 writes all of a and b, in one piece when the socket takes it.
func (w *Wire) Write2(a, b []byte) (int, error) {
	if w.port != nil {
		return w.writePort(a, b)
	}
	if w.raw == nil {
		return w.writeThrough(a, b)
	}
	if len(a)+len(b) == 0 {
		return 0, nil
	}
	o := &w.write
	o.out, o.n = [2][]byte{a, b}, 0
	err := w.raw.Write(w.onWrite)
	o.out = [2][]byte{}
	if w.writeBy.Load() > 0 {
		w.arm(&w.writeBy, 0)
	}
	if err != nil {
		return o.n, w.failure(&w.writeBy, err)
	}
	if o.errno != 0 {
		return o.n, o.errno
	}
	return o.n, nil
}

func (w *Wire) writable(fd uintptr) bool {
	o := &w.write
	for {
		o.send(fd)
		if len(o.out[0])+len(o.out[1]) == 0 {
			return true
		}
		if o.errno == syscall.EAGAIN {
			w.arm(&w.writeBy, time.Duration(w.stall.Load()))
			return false
		}
		if o.errno != 0 {
			return true
		}
	}
}

// send writes what is left of the pieces with one system call.
func (o *operation) send(fd uintptr) {
	var n int
	switch {
	case len(o.out[0]) == 0:
		n, o.errno = sysWrite(fd, o.out[1])
	case len(o.out[1]) == 0:
		n, o.errno = sysWrite(fd, o.out[0])
	default:
		n, o.errno = sysWrite2(fd, o.out[0], o.out[1])
	}
	o.advance(n)
}

// advance takes n written bytes off the pieces.
func (o *operation) advance(n int) {
	o.n += n
	first := min(n, len(o.out[0]))
	o.out[0] = o.out[0][first:]
	o.out[1] = o.out[1][n-first:]
}

// writeThrough writes with the connection's own method, in pieces that a slow peer can take within the stall limit.
func (w *Wire) writeThrough(a, b []byte) (int, error) {
	const piece = 64 << 10
	written := 0
	for _, part := range [2][]byte{a, b} {
		for len(part) > 0 {
			w.arm(&w.writeBy, time.Duration(w.stall.Load()))
			n, err := w.conn.Write(part[:min(piece, len(part))])
			w.arm(&w.writeBy, 0)
			written += n
			if err != nil {
				return written, w.failure(&w.writeBy, err)
			}
			part = part[n:]
		}
	}
	return written, nil
}

// ErrUnasked is a peer that ended its side of an idle connection, or sent something, before it was asked.
var ErrUnasked = errors.New("the peer ended the connection or sent something unasked")

// Ask writes all of a and b and reads the first piece of the answer, waiting at most within for it. sent says whether
// anything at all was written. used says that the connection has served before: nothing is written and the error is
// ErrUnasked when anything has come in meanwhile, be it the end. On an event loop whoever took the connection has looked at
// that.
func (w *Wire) Ask(a, b, in []byte, within time.Duration, used bool) (n int, sent bool, err error) {
	if w.port != nil {
		return w.askPort(a, b, in, within)
	}
	if w.raw == nil {
		if n, err := w.writeThrough(a, b); err != nil {
			return 0, n > 0, err
		}
		w.ReadWithin(within)
		n, err = w.Read(in)
		w.ReadWithin(0)
		return n, true, err
	}
	o := &w.write
	o.out, o.n, o.errno, o.eof, o.used, o.unasked = [2][]byte{a, b}, 0, 0, false, used, false
	r := &w.read
	r.in, r.within, r.n, r.errno = in, within, 0, 0
	err = w.raw.Read(w.onSwap)
	r.in = nil
	rest := o.out
	o.out = [2][]byte{}
	if o.unasked && used {
		return 0, false, ErrUnasked
	}
	if err == nil && o.errno == syscall.EAGAIN && !o.eof {
		return w.askSlowly(rest, in, within)
	}
	w.ReadWithin(0)
	if !o.eof && err == nil {
		return 0, o.n > 0, errnoError(o.errno)
	}
	sent = o.n > 0
	n, err = w.finishRead(err)
	return n, sent, err
}

// askSlowly goes on where the socket's buffer was full.
func (w *Wire) askSlowly(rest [2][]byte, in []byte, within time.Duration) (int, bool, error) {
	if _, err := w.Write2(rest[0], rest[1]); err != nil {
		return 0, true, err
	}
	if w.write.unasked {
		n, err := w.finishRead(nil)
		return n, true, err
	}
	w.ReadWithin(within)
	n, err := w.Read(in)
	w.ReadWithin(0)
	return n, true, err
}

// swapped is Ask's callback: its first call writes, the later ones read. w.write.eof says that all was written. The poller was
// made ready for the wait before the first call and forgets what was there before, so that is looked at first.
func (w *Wire) swapped(fd uintptr) bool {
	o := &w.write
	if !o.eof {
		if o.unasked = w.readable(fd); o.unasked && o.used {
			return true
		}
		for len(o.out[0])+len(o.out[1]) > 0 {
			o.send(fd)
			if o.errno != 0 {
				return true
			}
		}
		o.eof = true
		if o.unasked {
			return true // of a new connection: what has come is the answer
		}
		w.ReadWithin(w.read.within)
		return false
	}
	return w.readable(fd)
}
