package forward

import (
	"crypto/sha1" //nolint:gosec // RFC 6455 section 4.2.2 asks for it; nothing is kept secret by it
	"encoding/base64"
	"encoding/binary"
	"io"
	"sync/atomic"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Tunneler is a Stream that can become a tunnel itself (extended CONNECT of HTTP/2, RFC 8441): what the client sends on
// it is read with Read, what it gets is written like a body.
type Tunneler interface {
	Stream
	io.Reader
	// Tunnel says that the stream is a tunnel from now on: pauses are no fault.
	Tunnel()
}

// tunnelled says whether the client asked for a tunnel on a stream.
func (j *job) tunnelled() bool {
	return len(j.x.Request.Upgrade) > 0 && j.x.Request.Proto >= exchange.HTTP2
}

// webSocketGUID is what RFC 6455 section 1.3 has keys hashed with.
const webSocketGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// webSocketKey is the Sec-WebSocket-Key that a request of HTTP/2 gets towards a target of HTTP/1.1, which needs one.
func webSocketKey(x *exchange.Exchange) []byte {
	var nonce [16]byte
	binary.BigEndian.PutUint64(nonce[:8], x.Random[0])
	binary.BigEndian.PutUint64(nonce[8:], x.Random[1])
	return base64.StdEncoding.AppendEncode(nil, nonce[:])
}

// handshake makes a WebSocket handshake of HTTP/1.1 out of one of HTTP/2.
func (j *job) handshake() {
	h := &j.x.Request.Header
	h.Set("Sec-WebSocket-Key", webSocketKey(j.x))
	if _, ok := h.Get("Sec-WebSocket-Version"); !ok {
		h.AddString("Sec-WebSocket-Version", []byte("13"))
	}
}

// shaken judges the target's answer to a handshake that was made here.
func (j *job) shaken() failure {
	r := &j.x.Response
	if !r.Switch {
		if r.Status >= 200 && r.Status < 300 {
			// To the client it would mean that the tunnel stands.
			return failure{kind: failHeader, status: 502, reason: "target did not switch protocols"}
		}
		return failure{}
	}
	sum := sha1.Sum(append(webSocketKey(j.x), webSocketGUID...))
	if got, _ := r.Header.Get("Sec-WebSocket-Accept"); string(got) != base64.StdEncoding.EncodeToString(sum[:]) {
		return failure{kind: failHeader, status: 502, reason: "target did not accept the WebSocket handshake"}
	}
	return failure{}
}

// tunnelStream lets a client's stream and a target's connection talk until they are done, or quiet for too long.
func (j *job) tunnelStream(s Tunneler) {
	x := j.x
	r := &x.Response
	r.Status, r.Reason, r.Switch, r.ContentLength = 200, nil, false, -1
	r.Header.Del("Sec-WebSocket-Accept")
	early := j.in.Bytes()
	err := s.Head(x)
	if err == nil && len(early) > 0 {
		err = s.Write(early)
	}
	if err == nil {
		err = s.Flush()
	}
	if err != nil {
		j.lost = err
		j.breakOff(err)
		return
	}
	s.Tunnel()
	j.up.ReadWithin(0)
	var activity atomic.Int64
	activity.Store(int64(j.up.Clock().Since()))
	// QuietWithin takes the place of Attach's watch from the target's side; the client's stays.
	j.up.QuietWithin(j.answer, j.up, &activity)
	in := make(chan int64, 1)
	go func() { in <- j.fromStream(s, &activity) }()
	out, complete := j.toStream(s, &activity)
	if complete {
		complete = s.Finish() == nil
	}
	if !complete {
		s.Abort()
	}
	s.StopBody()
	<-in
	s.Attach(nil)
	j.up.QuietWithin(0, nil, nil)
	j.logAttempt()
	x.Log.Attempts[len(x.Log.Attempts)-1].Bytes = out + int64(len(early))
	c := j.conn
	j.conn, j.up = nil, nil
	_ = c.Close() // the tunnel is over
}

// fromStream passes what the client sends on. Its end is passed on too; anything else ends the tunnel.
func (j *job) fromStream(s Tunneler, activity *atomic.Int64) (total int64) {
	space := pieces.Get().(*[]byte)
	defer pieces.Put(space)
	for {
		n, err := s.Read(*space)
		if n > 0 {
			activity.Store(int64(j.up.Clock().Since()))
			total += int64(n)
			if _, werr := j.up.Write((*space)[:n]); werr != nil {
				j.up.Cancel()
				return total
			}
		}
		switch {
		case err == io.EOF:
			if c, ok := j.up.Conn().(interface{ CloseWrite() error }); ok {
				_ = c.CloseWrite() // the target has gone or will see the end another way
			}
			return total
		case err != nil:
			j.up.Cancel()
			return total
		}
	}
}

// toStream passes what the target sends on, and says whether it came to its end.
func (j *job) toStream(s Tunneler, activity *atomic.Int64) (total int64, complete bool) {
	for {
		n, err := j.up.Read(s.Room())
		if n > 0 {
			activity.Store(int64(j.up.Clock().Since()))
			total += int64(n)
			if s.Commit(n) != nil || s.Flush() != nil {
				j.up.Cancel()
				return total, false
			}
		}
		if err != nil {
			return total, err == io.EOF
		}
	}
}
