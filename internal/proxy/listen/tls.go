package listen

import (
	"crypto/tls"
	"errors"
	"strings"
	"sync"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// Handoff is a connection whose client chose HTTP/2, on its way to the driver for that. The driver owns it until the
// call returns; then the connection is closed.
type Handoff struct {
	// TLS is what to read from and write to. Wire is underneath, for deadlines: ReadWithin and WriteStall.
	TLS  *tls.Conn
	Wire *wire.Wire
	// Info is for Exchange.Conn.
	Info *exchange.Conn
	// Listener returns the listener to decide the next request with; nil when it is gone.
	Listener func() *compile.Listener
	// Forwarder serves the requests; Date is the value of Date for responses without one.
	Forwarder *forward.Forwarder
	Date      func() []byte
	// Closing says that the connection is to end gracefully: GOAWAY, finish what runs. Wire is cancelled when there is
	// no more time for that.
	Closing func() bool
}

// secure is the TLS side of a socket.
type secure struct {
	socket *socket
	// configs are kept, because each has its own keys for session tickets.
	mu      sync.Mutex
	configs map[secureKind]*tls.Config
}

// secureKind is what TLS settings of listeners differ in.
type secureKind struct {
	http2 bool
	min   uint16
}

func (s *secure) init(k *socket) {
	s.socket = k
	s.configs = map[secureKind]*tls.Config{}
}

// config returns the TLS settings for a listener.
func (s *secure) config(l *compile.Listener) *tls.Config {
	kind := secureKind{min: tls.VersionTLS12}
	kind.http2 = s.socket.set.options.HTTP2 != nil && l.Settings != nil && l.Settings.HTTP2
	if strings.Contains(l.SSLPolicy, "TLS13-1-3-") {
		kind.min = tls.VersionTLS13
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.configs[kind]
	if c == nil {
		c = &tls.Config{
			MinVersion: kind.min, NextProtos: []string{"http/1.1"}, GetCertificate: certificateOf,
			// Responses are written in pieces as large as they come: small records only cost.
			DynamicRecordSizingDisabled: true,
		}
		if kind.http2 {
			c.NextProtos = []string{"h2", "http/1.1"}
		}
		s.configs[kind] = c
	}
	return c
}

var errNoCertificate = errors.New("no certificate")

// certificateOf picks the certificate from the newest snapshot: a changed one serves the next handshake.
func certificateOf(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	below, ok := hello.Conn.(*handshake)
	if !ok {
		return nil, errNoCertificate
	}
	c := below.conn
	site := c.socket.current()
	if site == nil {
		return nil, errNoCertificate
	}
	picked := site.listener.Certificate(hello)
	if picked == nil || picked.TLS == nil {
		return nil, errNoCertificate
	}
	c.info.Certificate = picked.ID
	return picked.TLS, nil
}

// handshake is the wire below TLS. It looks at the first bytes: plain HTTP on a TLS port deserves an answer.
type handshake struct {
	*wire.Wire
	conn  *conn
	begun bool
	plain bool
}

var errPlain = errors.New("plain HTTP on a TLS port")

func (h *handshake) Read(p []byte) (int, error) {
	n, err := h.Wire.Read(p)
	if !h.begun && n > 0 {
		h.begun = true
		// A TLS handshake begins with 22; methods with letters.
		if p[0] >= 'A' && p[0] <= 'z' {
			h.plain = true
			return 0, errPlain
		}
	}
	return n, err
}

// shakeHands makes the connection a TLS one. It is false when the connection is not to be served as HTTP/1: the
// handshake failed, or HTTP/2 was chosen and has been served.
func (c *conn) shakeHands() bool {
	s := c.set
	below := &handshake{Wire: c.wire, conn: c}
	secured := tls.Server(below, c.socket.tls.config(c.site.listener))
	c.wire.ReadWithin(s.options.Timeouts.Handshake)
	err := secured.Handshake()
	if err != nil {
		s.stats.HandshakeErrors.Add(1)
		c.counters.HandshakeFailed()
		if below.plain {
			c.refusePlain()
		}
		return false
	}
	if !c.wire.ReadWithin(0) || !c.phase.CompareAndSwap(idle, busy) {
		return false
	}
	c.tls = secured
	state := secured.ConnectionState()
	c.info.TLS = &state
	if state.NegotiatedProtocol != "h2" {
		return true
	}
	s.options.HTTP2(&Handoff{
		TLS: secured, Wire: c.wire, Info: &c.info, Forwarder: s.options.Forwarder,
		Listener: func() *compile.Listener {
			if site := c.socket.current(); site != nil {
				return site.listener
			}
			return nil
		},
		Date:    func() []byte { return s.date.now(s.options.Clock) },
		Closing: c.socket.closing.Load,
	})
	return false
}

// plainToTLS is what nginx says to plain HTTP on a TLS port (its internal status 497).
const plainToTLS = "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n" +
	"<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n" +
	"<center>The plain HTTP request was sent to HTTPS port</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// refusePlain answers plain HTTP on a TLS port.
func (c *conn) refusePlain() {
	c.phase.Store(busy)
	c.takeWork()
	w := c.work
	c.describe()
	w.out.begin()
	l := c.site.listener
	w.x.Log.Error = errPlain.Error()
	forwarder := c.set.options.Forwarder
	if l.Dialect == model.DialectNginx {
		forwarder.RefuseWith(l, &w.x, &w.out, 400, []byte(plainToTLS))
	} else {
		forwarder.Refuse(l, &w.x, &w.out, 400)
	}
	c.finish()
	c.lingering()
}
