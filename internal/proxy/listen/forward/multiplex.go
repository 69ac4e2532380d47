package forward

import (
	"errors"
	"io"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http2"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream/h2"
)

// maxUnprocessed is how often a request goes to another connection of the same target because the one before said, or
// showed by its end, that it did nothing with it.
const maxUnprocessed = 3

// far is the target's side of an exchange with a group that speaks HTTP/2. Without a stream it is not in use.
type far struct {
	multi  bool
	shared upstream.Shared
	stream *h2.Stream
	// got counts the bytes of the answer's body.
	got int64
	// reset is why the target broke the stream off, if it did.
	reset *h2.ResetError
}

// attemptShared is attempt for groups that speak HTTP/2.
func (j *job) attemptShared(t *upstream.Target) failure {
	j.began = j.f.now()
	var f failure
	for try := 1; ; try++ {
		s, err := t.Share(j.connect)
		if err != nil {
			return j.unconnected(t, err)
		}
		if f = j.askShared(s); f.kind == 0 || !f.stale || try == maxUnprocessed {
			break
		}
		j.drop()
	}
	took := j.f.now().Sub(j.began)
	a := exchange.Attempt{Address: t.Address(), Status: j.x.Response.Status, Pod: t.Pod(), Connected: j.shared.Connected, Made: true}
	if f.kind != 0 {
		j.shared.Report(f.targetStatus, took)
		if j.shared.CutOff() && f.status == 504 {
			f.status = 502
		}
		a.Status, a.Failure, a.Took = f.targetStatus, f.status, took
		if !j.sender.busy() {
			j.drop()
		} // else the answer goes out first: the client may take its time to notice that nobody wants its body
	}
	j.x.Log.Attempts = append(j.x.Log.Attempts, a)
	return f
}

// askShared sends the request on a stream and reads the head of the answer.
func (j *job) askShared(s upstream.Shared) failure {
	j.sent, j.received, j.got, j.reset = true, false, 0, nil
	r := h2.Request{
		Block: j.head, Payload: j.payload, End: j.whole, Head: string(j.x.Request.Method) == "HEAD", Stall: j.sending,
	}
	if j.whole {
		r.Within = j.answer
	}
	j.shared = s
	j.stream = j.shared.Open(r)
	j.s.Attach(j.stream)
	j.x.Log.Sent = j.f.now()
	if !j.whole {
		if err := j.invite(); err != nil {
			j.lost = err
			return failure{kind: failClient}
		}
		j.send(false)
	}
	f := j.readHeadShared()
	if f.kind == 0 {
		j.x.Log.FirstByte = j.f.now()
	}
	return f
}

// readHeadShared reads until the head of the final answer is complete.
func (j *job) readHeadShared() failure {
	x := j.x
	for {
		if !j.stream.Pending() {
			if err := j.s.Flush(); err != nil {
				j.lost = err
				return failure{kind: failClient}
			}
		}
		if err := j.stream.Head(x); err != nil {
			return j.brokenShared(err)
		}
		j.received = true
		switch status := x.Response.Status; {
		case x.Response.HeadBytes > int64(j.responseLimit):
			return failure{kind: failHeader, status: 502, reason: "response head too long", sent: true}
		case status < 200: // the stream bounds their number
			if f := j.passInterim(status); f.kind != 0 {
				return f
			}
			continue
		}
		if j.tunnelled() {
			if f := j.shaken(); f.kind != 0 {
				return f
			}
		}
		return j.unwelcome(x.Response.Status)
	}
}

// brokenShared classifies an error of a stream before the answer's head was complete.
func (j *job) brokenShared(err error) failure {
	var wrong *h2.MalformedError
	switch {
	case j.lost != nil:
		return failure{kind: failClient}
	case errors.Is(err, h2.ErrCancelled):
		return j.cancelled()
	case errors.Is(err, h2.ErrTimeout):
		return failure{kind: failTimeout, status: 504, reason: "target timeout", sent: true}
	case errors.As(err, &wrong):
		return failure{kind: failHeader, status: 502, reason: wrong.Reason, sent: true}
	case errors.Is(err, h2.ErrUnprocessed):
		return failure{kind: failError, status: 502, reason: "target refused the stream", sent: !j.whole, stale: j.whole}
	case errors.As(err, &j.reset):
		return failure{kind: failError, status: 502, reason: "target reset", sent: true}
	}
	stale := j.shared.Reused && !j.received && j.whole && idempotent(&j.x.Request)
	return failure{kind: failError, status: 502, reason: "target closed", sent: true, stale: stale}
}

// relayShared copies the answer's body until its end, and its trailers.
func (j *job) relayShared() error {
	for {
		room := j.s.Room()
		if !j.stream.Pending() {
			if err := j.s.Flush(); err != nil {
				j.lost = err
				return err
			}
		}
		n, err := j.stream.Read(room)
		if n > 0 {
			j.got += int64(n)
			if err := j.s.Commit(n); err != nil {
				j.lost = err
				return err
			}
		}
		if err == io.EOF {
			j.stream.Trailer(j.x)
			return nil
		}
		if err != nil {
			errors.As(err, &j.reset)
			_ = j.s.Flush() // the client is to see what there was, unless it is the one that left
			return err
		}
	}
}

// drop ends the attempt's stream.
func (j *job) drop() {
	j.join()
	j.s.Attach(nil)
	j.stream.Close()
	j.shared.Close()
	j.stream, j.shared = nil, upstream.Shared{}
}

// cut ends whatever is under way with the target.
func (j *job) cut() {
	if j.stream != nil {
		j.stream.Cancel()
		return
	}
	j.up.Cancel()
}

// allow gives the target that long from now on.
func (j *job) allow() {
	if j.stream != nil {
		j.stream.ReadWithin(j.answer)
		return
	}
	j.up.ReadWithin(j.answer)
}

func timedOut(err error) bool {
	return errors.Is(err, wire.ErrTimeout) || errors.Is(err, h2.ErrTimeout)
}

// appendBlock makes the request's head for a group that speaks HTTP/2.
func (j *job) appendBlock() {
	j.head = http2.AppendRequest(j.head[:0], j.x, j.group.TLS(), j.group.Version() == model.GRPC)
}
