package forward

import (
	"errors"
	"io"
	"runtime"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

const (
	// bufferedBody is how much of a request's body is read before a target is asked when the rule buffers requests.
	// Longer bodies stream from there on: they are never kept as a whole, in memory or on disk.
	bufferedBody = 64 << 10
	// smallBody is up to which declared length a body is read beforehand although the rule does not buffer: it is
	// cheaper to send in one piece, and can be sent again.
	smallBody = 16 << 10
)

// errTooLarge is a body that grew beyond the exchange's limit while it was read.
var errTooLarge = errors.New("request body too large")

// ErrSlow is for drivers to return from Body.Read when a body comes too slowly. The answer is 408 in every dialect: neither
// nginx nor ELB has such a limit, so a client has to be told of it.
var ErrSlow = errors.New("request body slower than the least rate")

// requestBody is how far the request's body has come.
type requestBody struct {
	// bytes counts what was read; whole says that this was all.
	bytes     int64
	whole     bool
	continued bool
}

// invite tells a client that waits for it that its body is wanted.
func (j *job) invite() error {
	if !j.x.Request.Expect100 || j.continued {
		return nil
	}
	j.continued = true
	return j.s.Continue()
}

// readBody reads the next piece of the request's body and keeps watch over its limit.
func (j *job) readBody(p []byte) (int, error) {
	n, err := j.x.Request.Body.Read(p)
	j.bytes += int64(n)
	if limit := j.x.BodyLimit; limit >= 0 && j.bytes > limit {
		return 0, errTooLarge
	}
	return n, err
}

// prepareBody reads as much of the body as is sent in one piece with the head. A body that is whole by then gets a
// declared length, however it came in, and can be sent to a second target.
func (j *job) prepareBody() error {
	j.payload = j.payload[:0]
	r := &j.x.Request
	if r.Body == nil || r.ContentLength == 0 {
		j.whole = true
		return nil
	}
	want := int64(0)
	switch {
	case j.policy.RequestBuffering:
		want = bufferedBody
	case r.ContentLength > 0 && r.ContentLength <= smallBody:
		want = r.ContentLength
	case r.ContentLength < 0:
		want = j.foresee()
	}
	if want > 0 {
		if err := j.invite(); err != nil {
			return err
		}
	}
	for int64(len(j.payload)) < want {
		j.growPayload(want)
		n, err := j.readBody(j.payload[len(j.payload):cap(j.payload)])
		j.payload = j.payload[:len(j.payload)+n]
		if err == io.EOF && r.Trailer.Len() > 0 {
			return nil // what follows a body goes out behind one of unknown length
		}
		if err == io.EOF {
			j.whole = true
			r.ContentLength = int64(len(j.payload))
			return nil
		}
		if err != nil {
			return err
		}
		if int64(len(j.payload)) == r.ContentLength {
			j.whole = true
			return nil
		}
	}
	return nil
}

// foresee is how much of a body of unknown length can be read beforehand without waiting for any of it: all of a small one
// that came with its head, as in most calls of gRPC. One byte more finds its end.
func (j *job) foresee() int64 {
	s, ok := j.s.(Foreseer)
	if !ok {
		return 0
	}
	n, all := s.Arrived()
	if !all {
		runtime.Gosched() // what came in one packet with the head is being taken apart at this moment
		n, all = s.Arrived()
	}
	if !all || n > smallBody {
		return 0
	}
	return int64(n) + 1
}

// growPayload makes room for more. It grows with what has arrived, never with what was announced.
func (j *job) growPayload(want int64) {
	if len(j.payload) < cap(j.payload) {
		return
	}
	size := min(max(2*cap(j.payload), 4<<10), int(want))
	grown := make([]byte, len(j.payload), size)
	copy(grown, j.payload)
	j.payload = grown
}

// bodyTimeout is the reason for the end of a request whose body paused for too long.
const bodyTimeout = "request body timeout"

// bodyStatus is the answer to a body that could not be read: 0 when the client went away and there is nobody to tell.
func bodyStatus(err error) (status int, reason string) {
	switch {
	case errors.Is(err, errTooLarge):
		return 413, "request body too large"
	case errors.Is(err, ErrSlow):
		return 408, ErrSlow.Error()
	case errors.Is(err, wire.ErrTimeout):
		return 408, bodyTimeout
	}
	for _, malformed := range [...]error{
		http1.ErrChunkSize, http1.ErrChunkExtension, http1.ErrChunkEnd, http1.ErrChunkOverhead, http1.ErrTrailer,
		http1.ErrTrailerLong,
	} {
		if errors.Is(err, malformed) {
			return 400, "malformed request body"
		}
	}
	return 0, "client closed"
}

// idempotent says whether a request may be sent again although a target may have seen it (RFC 9110 section 9.2.2,
// narrowed to the methods whose meaning is known).
func idempotent(r *exchange.Request) bool {
	switch string(r.Method) {
	case "GET", "HEAD", "OPTIONS", "PUT", "DELETE":
		return true
	}
	return false
}
