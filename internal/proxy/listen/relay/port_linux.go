package relay

import (
	"errors"
	"io"
	"syscall"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// portPiece is the most that one call moves on an event loop, whose other connections wait meanwhile.
const portPiece = 256 << 10

// CopyPorts is Copy for two sockets on an event loop. A loop knows what has arrived, the end of the input included: a small
// message takes a read and a write, no read that finds nothing, and no switch to another stack. It ends with wire.ErrTimeout
// when a write finds no room for idle, or when nothing moves between the two sockets for as long, in neither direction.
func CopyPorts(to, from wire.Port, idle time.Duration) (int64, error) {
	c := &portCopy{to: to, from: from, idle: idle}
	defer c.release()
	arrived := c.arrived
	for {
		var err error
		if c.bulk && c.takePipe() {
			err = c.fill()
		} else if err = from.Each(arrived); err == nil {
			err = c.err
		}
		if err == nil {
			err = c.empty()
		}
		if err == io.EOF {
			return c.n, nil
		}
		if err != nil {
			return c.n, err
		}
	}
}

// portCopy is one direction between two sockets of a loop.
type portCopy struct {
	splicer
	to, from wire.Port
	idle     time.Duration
	n        int64
	// unable says that sockets cannot be spliced.
	unable bool
}

// arrived moves a small piece on. It is done when there is more to do than that: more has come, there is no room, or the end.
func (c *portCopy) arrived() (done bool) {
	c.small = smalls.Get().(*[]byte)
	c.in, c.err = c.from.ReadNow(*c.small)
	if c.err != nil {
		c.dropSmall()
		if c.err == wire.ErrAgain {
			c.err = nil
			return false
		}
		return true
	}
	c.bulk, c.burst = c.in == smallSpace && !c.unable, c.in
	if c.err = c.put(); c.err == wire.ErrAgain {
		c.err = nil
		return true
	}
	if c.err != nil || c.in > 0 || c.bulk {
		return true
	}
	c.dropSmall()
	return false
}

// fill takes what there is into the pipe, and waits without one when there is nothing. A wait after little ends the burst.
func (c *portCopy) fill() (err error) {
	c.in, err = c.from.FillNow(c.pipe.w, portPiece)
	noteSplice(c.in)
	if err == nil {
		c.burst += c.in
		return nil
	}
	c.release()
	switch {
	case err == wire.ErrAgain:
		c.bulk = c.burst >= smallSpace
		c.burst = 0
		return c.from.AwaitRead()
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOSYS):
		c.bulk, c.unable = false, true
		return nil
	}
	return err
}

// empty writes all that the buffer or the pipe holds.
func (c *portCopy) empty() error {
	for c.in > 0 {
		err := c.put()
		if err == wire.ErrAgain {
			err = c.to.AwaitWrite(c.idle)
		}
		if err != nil {
			return err
		}
	}
	c.dropSmall()
	return nil
}

// put writes what there is room for.
func (c *portCopy) put() (err error) {
	var n int
	if c.small == nil {
		n, err = c.to.DrainNow(c.pipe.r, c.in)
		noteSplice(n)
	} else {
		n, err = c.to.WriteNow((*c.small)[c.start:c.start+c.in], nil)
		c.start += n
	}
	if n > 0 {
		c.in -= n
		c.n += int64(n)
		c.from.ReadWithin(c.idle)
		c.to.ReadWithin(c.idle)
	}
	return err
}
