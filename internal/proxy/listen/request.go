package listen

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// step makes one step on: parses what was read, answers a request, or reads more. The error is that of reading.
func (c *conn) step() error {
	if c.work != nil && c.work.buf.Buffered() > 0 {
		parsed, refused := c.parse()
		switch {
		case refused != nil:
			c.refuse(refused.Status, refused)
			return nil
		case parsed:
			c.wire.ReadWithin(0)
			c.timing = timingNothing
			switch {
			case c.loop != nil:
				c.handleHosted()
			case c.direct && !c.complete():
				c.slow = true
			default:
				c.handle()
			}
			return nil
		}
	}
	c.takeWork()
	fresh := c.work.buf.Buffered() == 0
	if err := c.work.buf.Fill(c.site.config.Limits.Head + 1); err != nil {
		return err
	}
	if fresh {
		if !c.wake() {
			c.over = true
			return nil
		}
		c.work.x.Start = c.now()
	}
	c.work.pieces = !fresh
	if !c.direct {
		c.expectHead()
	}
	return nil
}

// parse tries to parse a head out of what was read.
func (c *conn) parse() (complete bool, refused *http1.Error) {
	w := c.work
	site := c.socket.current()
	if site == nil {
		c.over = true
		return false, nil
	}
	if site != c.site {
		c.site = site
		c.wire.WriteStall(site.stall)
	}
	x := &w.x
	if x.Start.IsZero() {
		x.Start = c.now()
	}
	n, err := http1.ParseRequest(w.buf.Bytes(), &x.Request, site.config)
	if err != nil {
		x.Request.Class, x.Request.ClassReason = err.Class, err.Finding
		return false, err
	}
	if n == 0 {
		return false, nil
	}
	w.buf.Discard(n)
	w.buf.Hold()
	w.body.Reset(&w.buf, http1.RequestFraming(&x.Request))
	c.describe()
	if x.Log.Received = x.Start; w.pieces { // else it was complete when it began
		x.Log.Received = c.now()
	}
	if x.Request.ContentLength != 0 {
		w.input.begin(x.Request.ContentLength)
		x.Request.Body = &w.input
	}
	return true, nil
}

// describe fills in what the exchange knows of its connection.
func (c *conn) describe() {
	x := &c.work.x
	x.Conn = &c.info
	x.ClientIP = c.info.Remote.Addr()
	x.Port, x.HTTPS = c.info.Entrance()
	x.Random = [2]uint64{rand.Uint64(), rand.Uint64()}
}

// complete says whether the request can be served without reading any more from the client.
func (c *conn) complete() bool {
	r := &c.work.x.Request
	return len(r.Upgrade) == 0 && r.ContentLength >= 0 && int64(c.work.buf.Buffered()) >= r.ContentLength
}

// handle serves the request whose head has been parsed, and gets ready for the next one.
func (c *conn) handle() {
	w := c.work
	x := &w.x
	c.stopBody.Store(false)
	w.out.begin()
	c.served++
	c.set.options.Forwarder.Serve(c.site.listener, x, &w.out)
	keep := w.out.keep && c.drainBody()
	unread := !w.body.Done() || w.buf.Buffered() > 0
	c.finish()
	if !keep {
		c.end(unread)
	}
}

// handleHosted is handle on an event loop: whatever has to wait gives the loop back.
func (c *conn) handleHosted() {
	c.direct = false
	c.handle()
	c.direct = c.loop != nil
}

// finish ends the exchange: access log, then everything back to its beginning.
func (c *conn) finish() {
	w := c.work
	x := &w.x
	x.Log.BytesIn += x.Request.HeadBytes + w.input.wire(w.body.BytesRead())
	x.Log.BytesOut += w.out.sent
	x.Log.BodyBytesOut += w.out.bodySent
	c.set.options.Forwarder.Done(c.site.listener, x)
	x.Reset()
	w.buf.Free()
	w.input = input{conn: c}
}

// maxLine is how much of what is no request line is kept for the log.
const maxLine = 256

// refuse answers what is no valid request, or came too late, and ends the connection.
func (c *conn) refuse(status int, reason error) {
	c.takeWork()
	w := c.work
	c.describe()
	w.out.begin()
	w.x.Log.Error = reason.Error()
	if len(w.x.Request.Method) == 0 {
		b := w.buf.Bytes()
		w.x.Log.Line = firstLine(b[:min(len(b), maxLine)])
	}
	c.set.options.Forwarder.Refuse(c.site.listener, &w.x, &w.out, status)
	c.finish()
	c.end(true)
}

// end asks for the end of the connection. Bytes of the client that stay unread would make the system break it off, and
// the client lose the answer that it has not read yet; so they are read and dropped first, for a short while.
func (c *conn) end(unread bool) {
	c.over = true
	c.linger = unread && !c.aborted
}

// lost is called when reading failed: the client ended the connection, or was too slow, or Shutdown ended it.
func (c *conn) lost(err error) {
	c.over = true
	begun := c.work != nil && c.work.buf.Buffered() > 0
	switch {
	case errors.Is(err, http1.ErrBufferFull):
		c.refuse(c.site.config.Limits.Status, err)
	case errors.Is(err, wire.ErrTimeout) && (begun || c.served == 0):
		c.headTimeout(begun)
	case begun && c.phase.Load() == busy && !errors.Is(err, wire.ErrCancelled):
		c.unfinished(err)
	}
}

// errHead is a head that did not come in time.
var errHead = errors.New("request head timeout")

// headTimeout ends a connection whose request head did not come in time. ELB says so with 408. nginx says nothing: it logs a
// head that had begun with 408 and breaks a plain connection off, as reset_timedout_connection has it; others it closes.
func (c *conn) headTimeout(begun bool) {
	if c.site.listener.Dialect != model.DialectNginx {
		c.refuse(408, errHead)
		return
	}
	if begun {
		c.record(408, errHead.Error())
		if c.tls == nil {
			c.wire.ResetOnClose()
		}
		c.aborted = true
	}
}

// unfinished logs a request whose client went away before its head was complete.
func (c *conn) unfinished(err error) {
	status := 460
	if c.site.listener.Dialect == model.DialectNginx {
		status = 400 // nginx: client prematurely closed connection
	}
	if err == io.EOF {
		c.record(status, "client closed")
	}
}

// record logs an exchange that is not answered.
func (c *conn) record(status int, reason string) {
	w := c.work
	c.describe()
	w.out.begin()
	c.site.listener.Fail(&w.x, status)
	w.x.Log.Error = reason
	c.finish()
}

// firstLine is what stands before the first line break: what follows are fields, which may hold credentials.
func firstLine(b []byte) []byte {
	if i := bytes.IndexAny(b, "\r\n"); i >= 0 {
		return b[:i]
	}
	return b
}
