package forward

import (
	"errors"
	"io"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// maxInterim is how many interim responses a target may send before its answer.
const maxInterim = 16

// run asks targets until one answers or there is no point in asking more, and writes the answer.
func (j *job) run() {
	x := j.x
	if !j.group.Ready() {
		// Nobody asks for the body then (Expect: 100-continue).
		j.fail(failure{status: 503, reason: "no targets"})
		return
	}
	if err := j.prepareBody(); err != nil {
		j.refuseBody(err)
		return
	}
	j.furnish()
	if j.tunnelled() {
		j.handshake()
	}
	connection := http1.KeepAlive
	if j.l.Dialect == model.DialectNginx {
		connection = http1.Silent
	}
	var framing http1.Framing
	if j.multi {
		j.appendBlock()
	} else {
		j.head, framing = http1.AppendRequest(j.head[:0], x, connection)
	}
	var began time.Time
	for try := 1; ; try++ {
		target := j.group.Pick(x)
		if target == nil {
			j.fail(failure{status: 503, reason: "no targets"})
			return
		}
		f := j.attempt(target, framing.Kind == http1.Chunked)
		if f.kind == 0 {
			j.relay()
			return
		}
		if try == 1 {
			began = j.began
		}
		if !j.again(f, try, j.f.now().Sub(began)) {
			j.fail(f)
			return
		}
	}
}

// attempt asks one target. Without a failure the head of its answer is in x.Response and its connection in j.conn;
// after a failure the connection is closed.
func (j *job) attempt(t *upstream.Target, chunked bool) failure {
	if j.multi {
		return j.attemptShared(t)
	}
	j.began = j.f.now()
	c, err := t.ConnOn(j.host, j.x, j.connect)
	if err != nil {
		return j.unconnected(t, err)
	}
	t, j.x.Target = c.Target, c.Target // the one that won, where two raced
	f := j.ask(c, chunked)
	if f.kind != 0 && f.stale {
		// The target had closed an idle connection, which says nothing about the target.
		j.discard(c)
		if c, err = t.DialOn(j.host, j.connect); err != nil {
			return j.unconnected(t, err)
		}
		f = j.ask(c, chunked)
	}
	if f.kind == 0 {
		j.x.Log.Attempts = append(j.x.Log.Attempts, exchange.Attempt{
			Address: t.Address(), Status: j.x.Response.Status, Pod: t.Pod(), Connected: j.conn.Connected,
		})
		return f
	}
	took, connected := j.f.now().Sub(j.began), c.Connected
	c.Report(f.targetStatus, took)
	if c.CutOff() && f.status == 504 {
		f.status = 502
	}
	if !j.sender.busy() {
		j.discard(c)
	} // else the answer goes out first: the client may take its time to notice that nobody wants its body
	j.x.Log.Attempts = append(j.x.Log.Attempts, exchange.Attempt{
		Address: t.Address(), Status: f.targetStatus, Failure: f.status, Pod: t.Pod(), Took: took, Connected: connected, Made: true,
	})
	return f
}

func (j *job) unconnected(t *upstream.Target, err error) failure {
	f := failure{kind: failError, status: 502, reason: "target refused"}
	var dial *upstream.DialError
	switch {
	case errors.As(err, &dial) && dial.Timeout:
		f = failure{kind: failTimeout, status: 504, reason: "target connect timeout"}
	case dial != nil && dial.TLS:
		f.reason = "target TLS handshake failed"
	}
	j.x.Log.Attempts = append(j.x.Log.Attempts, exchange.Attempt{
		Address: t.Address(), Failure: f.status, Pod: t.Pod(), Took: j.f.now().Sub(j.began),
		TLS: dial != nil && dial.TLS,
	})
	return f
}

// discard closes the attempt's connection for good.
func (j *job) discard(c *upstream.Conn) {
	j.join()
	j.s.Attach(nil)
	j.conn, j.up = nil, nil
	_ = c.Close() // it failed, or may not be used again
}

// ask sends the request over c and reads the head of the answer.
func (j *job) ask(c *upstream.Conn, chunked bool) failure {
	w, ok := c.Driver.(*wire.Wire)
	if !ok {
		w = wire.NewRaw(c.Conn, c.Raw, j.f.options.Clock)
		// Closing the connection has to go through the wire, which the clock holds on to otherwise.
		c.Driver, c.Conn = w, w
	}
	j.conn, j.up = c, w
	w.WriteStall(j.sending)
	j.asked, j.sent, j.received = false, false, false
	j.in.Reset(j, j.space)
	j.s.Attach(w)
	if j.x.Log.Sent = j.began; !c.Reused { // one that was at hand took no time
		j.x.Log.Sent = j.f.now()
	}
	if !j.whole {
		if f := j.askStreaming(chunked); f.kind != 0 {
			return f
		}
	}
	f := j.readHead()
	if f.kind == 0 {
		j.x.Log.FirstByte = j.f.now()
	}
	return f
}

// askStreaming sends the head and what was read of the body, and leaves the rest to the sender.
func (j *job) askStreaming(chunked bool) failure {
	j.asked = true
	if j.conn.Reused && !j.conn.Quiet() {
		return failure{kind: failError, status: 502, reason: "target closed", stale: true} // nothing was sent
	}
	var err error
	if len(j.payload) > 0 && chunked {
		var size [http1.MaxChunkHead]byte
		head := append(j.head[:len(j.head):len(j.head)], http1.AppendChunkHead(size[:0], len(j.payload))...)
		if _, err = j.up.Write2(head, j.payload); err == nil {
			_, err = j.up.Write(chunkEnd)
		}
	} else {
		_, err = j.up.Write2(j.head, j.payload)
	}
	if err != nil {
		j.sent = true
		return j.broken(err)
	}
	j.sent = true
	if err := j.invite(); err != nil {
		j.lost = err
		return failure{kind: failClient}
	}
	j.send(chunked)
	return failure{}
}

var chunkEnd = []byte(http1.ChunkEnd)

// readHead reads until the head of the final answer, or of a 101, is complete.
func (j *job) readHead() failure {
	x := j.x
	x.Response.HeadBytes = 0
	for interim := 0; ; {
		n, framing, err := http1.ParseResponse(j.in.Bytes(), &x.Response, x.Request.Method, j.responseLimit)
		if err != nil {
			return failure{kind: failHeader, status: 502, targetStatus: 0, reason: err.Reason}
		}
		if n == 0 {
			if err := j.in.Fill(j.responseLimit + 1); err != nil {
				return j.broken(err)
			}
			continue
		}
		j.in.Discard(n)
		switch status := x.Response.Status; {
		case x.Response.Switch:
			if !j.maySwitch() {
				return failure{kind: failHeader, status: 502, reason: "target switched protocols unasked"}
			}
		case status < 200:
			if interim++; interim > maxInterim {
				return failure{kind: failHeader, status: 502, reason: "too many interim responses"}
			}
			if f := j.passInterim(status); f.kind != 0 {
				return f
			}
			x.Response.HeadBytes = 0
			continue
		}
		j.in.Hold()
		j.framing = framing
		j.body.Reset(&j.in, framing)
		if j.tunnelled() {
			if f := j.shaken(); f.kind != 0 {
				return f
			}
		}
		if f := j.unwelcome(x.Response.Status); f.kind != 0 {
			return f
		}
		return failure{}
	}
}

// maySwitch says whether the client's connection, or its stream, can become a tunnel and was meant to.
func (j *job) maySwitch() bool {
	if len(j.x.Request.Upgrade) == 0 {
		return false
	}
	switch j.s.(type) {
	case Switcher:
		return true
	case Tunneler:
		return j.tunnelled()
	}
	return false
}

// passInterim hands 103 (Early Hints) on. 100 answers our own sending and 102 is nobody's business.
func (j *job) passInterim(status int) failure {
	if status != 103 {
		return failure{}
	}
	if err := j.s.Interim(j.x); err != nil {
		j.lost = err
		return failure{kind: failClient}
	}
	return failure{}
}

// broken classifies an error on the way to or from the target before the answer's head was complete.
func (j *job) broken(err error) failure {
	switch {
	case j.lost != nil:
		return failure{kind: failClient}
	case errors.Is(err, wire.ErrCancelled):
		return j.cancelled()
	case errors.Is(err, wire.ErrTimeout):
		return failure{kind: failTimeout, status: 504, reason: "target timeout", sent: j.sent}
	case errors.Is(err, http1.ErrBufferFull):
		return failure{kind: failHeader, status: 502, reason: "response head too long", sent: j.sent}
	}
	reason := "target reset"
	if err == io.EOF {
		reason = "target closed"
	}
	stale := j.conn.Reused && !j.received && j.whole && (!j.sent || idempotent(&j.x.Request))
	return failure{kind: failError, status: 502, reason: reason, sent: j.sent, stale: stale}
}

// cancelled is told apart: the request's body failed, the target did not take it, or the client went away.
func (j *job) cancelled() failure {
	if s := &j.sender; s.started {
		j.join()
		if s.readErr != nil {
			status, reason := bodyStatus(s.readErr)
			return failure{kind: failClient, status: status, reason: reason, body: true}
		}
		if timedOut(s.writeErr) {
			return failure{kind: failTimeout, status: 504, reason: "target timeout", sent: true}
		}
	}
	return failure{kind: failClient}
}
