package forward

import (
	"errors"
	"io"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream/h2"
)

// relay writes the target's answer to the client.
func (j *job) relay() {
	x, s := j.x, j.s
	j.l.Finish(x)
	announce(x)
	if x.Response.Switch {
		j.tunnel()
		return
	}
	if x.Request.Proto < exchange.HTTP2 && (j.multi || j.framing.Kind == http1.Chunked) {
		j.fitTrailer()
	}
	err := s.Head(x)
	if err == nil && j.multi {
		err = j.relayShared()
	} else if err == nil {
		err = j.relayBody()
	}
	if err == nil {
		err = s.Finish()
	}
	if err != nil {
		j.breakOff(err)
		return
	}
	j.join()
	j.settle()
}

// fitTrailer makes the head fit to whether trailers follow: a client of HTTP/1 that does not take them gets none, and one
// that does gets the body in chunks when the target has announced some.
func (j *job) fitTrailer() {
	r := &j.x.Response
	switch _, announced := r.Header.Get("Trailer"); {
	case !announced:
	case !j.x.Request.TakesTrailers:
		r.Header.Del("Trailer")
	case j.x.Request.Proto == exchange.HTTP11:
		r.ContentLength = -1
	}
}

// relayBody copies the body until its end.
func (j *job) relayBody() error {
	for !j.body.Done() {
		n, err := j.body.Read(j.s.Room())
		if n > 0 {
			if err := j.s.Commit(n); err != nil {
				j.lost = err
				return err
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if j.framing.Kind == http1.Chunked {
		j.keepTrailer()
	}
	return nil
}

// keepTrailer hands the trailers of an answer on. Their bytes have to outlive the connection's buffers.
func (j *job) keepTrailer() {
	trailer := &j.x.Response.Trailer
	j.body.Trailers(trailer)
	for i := range trailer.Len() {
		f := trailer.At(i)
		trailer.Replace(i, j.x.Scratch(f.Name), j.x.Scratch(f.Value))
	}
}

// settle ends a complete exchange: the connection goes back to its pool when nothing speaks against it.
func (j *job) settle() {
	j.logAttempt()
	if j.multi {
		j.drop()
		return
	}
	c, x := j.conn, j.x
	j.s.Attach(nil)
	up := j.up
	j.conn, j.up = nil, nil
	clean := j.whole || j.sender.complete
	if clean && up.ReadWithin(0) && j.body.Reusable() && j.in.Buffered() == 0 && !x.Request.CloseTarget {
		if status := x.Response.Status; status == 204 || status == 304 || string(x.Request.Method) == "HEAD" {
			c.Doubt()
		}
		c.Reuse()
		return
	}
	_ = c.Close() // the response is complete; what happens to the connection is nobody's concern
}

// logAttempt completes the last attempt's record and tells the target how it went.
func (j *job) logAttempt() {
	a := &j.x.Log.Attempts[len(j.x.Log.Attempts)-1]
	a.Took = j.f.now().Sub(j.began)
	if j.multi {
		a.Bytes = j.got
		j.shared.Report(a.Status, a.Took)
		return
	}
	a.Bytes = j.body.BytesRead()
	j.conn.Report(a.Status, a.Took)
}

// breakOff ends an exchange whose response cannot be completed. The client has seen the head, or a part of it: all
// that can be said is that this is not the end.
func (j *job) breakOff(err error) {
	x := j.x
	switch {
	case j.lost != nil, x.Log.Error != "":
		clientLost(j.l, x)
	case errors.Is(err, wire.ErrCancelled), errors.Is(err, h2.ErrCancelled):
		if f := j.cancelled(); f.reason != "" {
			x.Log.Error = f.reason
		}
		clientLost(j.l, x)
	case timedOut(err):
		x.Log.Error = "target timeout"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, h2.ErrClosed):
		x.Log.Error = "target closed"
	default:
		x.Log.Error = "target broke off"
	}
	j.abort()
	j.logAttempt()
	if j.multi {
		j.drop()
		return
	}
	j.discard(j.conn)
}

// abort breaks the response off, with the target's own reason where the client's protocol has one.
func (j *job) abort() {
	if r, ok := j.s.(Resetter); ok && j.reset != nil {
		r.Reset(uint32(j.reset.Code))
		return
	}
	j.s.Abort()
}

// fail answers for a target that did not.
func (j *job) fail(f failure) {
	x := j.x
	if f.kind == failClient {
		j.failClient(f)
	} else {
		x.Log.Error = f.reason
		j.l.Fail(x, f.status)
		explainGRPC(j.l, x)
		respond(j.l, x, j.s)
	}
	x.Group = j.group // for logs: a response made here has none
	switch {
	case j.stream != nil:
		j.drop()
	case j.conn != nil:
		j.discard(j.conn)
	}
}

// failClient ends an exchange for which the client is to blame. Without a status it has gone.
func (j *job) failClient(f failure) {
	x := j.x
	x.Log.Error = f.reason
	if f.status == 0 || f.reason == bodyTimeout && j.l.Dialect == model.DialectNginx {
		// nginx tells clients that pause nothing; its log says 408.
		if f.status == 0 {
			if f.body && j.l.Dialect == model.DialectELB {
				x.Log.Status = 400 // AWS: the client closed before it had sent its body; 460 is for those that wait for an answer
			}
			clientLost(j.l, x)
			j.l.Fail(x, x.Log.Status)
		} else {
			j.l.Fail(x, f.status)
		}
		j.s.Abort()
		return
	}
	j.l.Fail(x, f.status)
	x.Response.Close = true
	respond(j.l, x, j.s)
}

// refuseBody answers a body that could not be read before any target was asked.
func (j *job) refuseBody(err error) {
	status, reason := bodyStatus(err)
	j.failClient(failure{kind: failClient, status: status, reason: reason, body: true})
}
