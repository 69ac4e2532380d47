package forward

import (
	"net"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// Stream is the client's side of one exchange, whatever protocol the client speaks. The request's side of it is
// x.Request with its Body; the methods here are the response's. One goroutine calls them, but StopBody and Body's Read
// may come from two.
//
// What is written may be held back until Flush or Finish; the forwarder calls Flush before each wait for the target, so
// that events stream as they come and small responses leave in one piece.
type Stream interface {
	// Head writes the head of x.Response. The driver decides how the body is framed (Response.ContentLength is -1
	// when its length is unknown), and says what becomes of its connection.
	Head(x *exchange.Exchange) error
	// Interim writes x.Response as an interim response (103), or drops it when the client's protocol has none.
	Interim(x *exchange.Exchange) error
	// Continue tells a client that waits for it to send the body (100 Continue). It is called at most once, and only
	// when the request says Expect100 and the body is wanted.
	Continue() error
	// Room is space for the next piece of the body, never empty. The body is read right into it.
	Room() []byte
	// Commit says that the first n bytes of what Room returned are the next piece of the body.
	Commit(n int) error
	// Write writes a body that was made here. b stays untouched.
	Write(b []byte) error
	// Flush sends what was held back. It costs nothing when there is nothing.
	Flush() error
	// Finish ends the response and sends what was held back.
	Finish() error
	// Abort ends the response so that the client notices that it is not complete: the connection or the stream is
	// broken off. Nothing is appended, ever.
	Abort()
	// StopBody makes a Read of the request's body that is under way, and later ones, end within about a second,
	// because nobody wants the body any more.
	StopBody()
	// Attach names what this exchange waits for from now on: when the client goes away, Cancel is called on it, from
	// any goroutine. After Attach(nil) the former one is not called any more.
	Attach(target interface{ Cancel() })
}

// Switcher is a Stream whose connection can become a tunnel (HTTP/1.1 Upgrade).
type Switcher interface {
	Stream
	// Detach hands the client's connection over after the head of a 101 response was written and flushed: the wire
	// for deadlines, what to read from and write to (the wire, or TLS over it), and the bytes that the client sent
	// already. The driver closes the connection once Serve has returned.
	Detach() (w *wire.Wire, conn net.Conn, early []byte)
}

// Foreseer is a Stream that knows how much of the request's body has come.
type Foreseer interface {
	Stream
	// Arrived is how many bytes wait to be read, and whether they are the last ones.
	Arrived() (n int, all bool)
}

// Resetter is a Stream whose protocol says why a response is broken off.
type Resetter interface {
	Stream
	// Reset is Abort with an error code of HTTP/2.
	Reset(code uint32)
}

// Hosted is a Stream of an exchange that may run on an event loop.
type Hosted interface {
	Stream
	// Host is the loop; nil when the exchange runs on a goroutine of its own. After Host.Block it still returns it.
	Host() upstream.Host
	// Spawn runs f beside the exchange, where that may wait for the same loop, and returns what waits for its end.
	Spawn(f func()) (wait func())
}

// host is the event loop that the exchange behind s runs on, nil for none.
func host(s Stream) upstream.Host {
	if h, ok := s.(Hosted); ok {
		return h.Host()
	}
	return nil
}

// leaveLoop makes sure that the exchange behind s may wait.
func leaveLoop(s Stream) {
	if h := host(s); h != nil && h.Inline() {
		h.Block()
	}
}
