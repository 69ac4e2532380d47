package listen

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/secure"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// maxHandshake bounds what a client may send while TLS is being set up; with a certificate it may send its chain, too.
const (
	maxHandshake         = 32 << 10
	maxHandshakeAndChain = 160 << 10
)

// handshake is the wire below TLS. It looks at the first bytes: plain HTTP on a TLS port deserves an answer. While TLS is
// being set up it counts.
type handshake struct {
	*wire.Wire
	conn *conn
	// left is what the client may still send before TLS is set up.
	left               int
	begun, plain, done bool
	// shed says that what the handshake needed has been let go of.
	shed bool
	// fd is the socket while a callback of Loop runs, which must not wait; nobody runs one when direct is false.
	fd     uintptr
	direct bool
}

var (
	errPlain = errors.New("plain HTTP on a TLS port")
	errLong  = errors.New("TLS handshake too long")
)

// notYet says that there is nothing to read yet. crypto/tls takes it for a passing trouble: what it has read so far stays,
// and the next Read goes on from there.
type notYet struct{}

// Error says so.
func (notYet) Error() string { return "nothing to read yet" }

// Timeout and Temporary make it a net.Error that passes.
func (notYet) Timeout() bool   { return true }
func (notYet) Temporary() bool { return true }

// Read reads from the wire.
func (h *handshake) Read(p []byte) (int, error) {
	if h.direct {
		n, again, err := wire.ReadNow(h.fd, p)
		if again {
			return 0, notYet{}
		}
		return n, err
	}
	if h.done {
		return h.Wire.Read(p)
	}
	n, err := h.Wire.Read(p)
	if !h.begun && n > 0 {
		h.begun = true
		// A TLS handshake begins with 22; methods with letters.
		if p[0] >= 'A' && p[0] <= 'z' {
			h.plain = true
			return 0, errPlain
		}
	}
	if h.left -= n; h.left < 0 {
		return 0, errLong
	}
	return n, err
}

// shakeHands makes the connection a TLS one. It is false when the connection is not to be served as HTTP/1: the
// handshake failed, or HTTP/2 was chosen and has been served.
func (c *conn) shakeHands() bool {
	s := c.set
	below := &handshake{Wire: c.wire, conn: c, left: maxHandshake}
	config := c.socket.tls.config(c.site.listener, nil)
	if auth := c.site.listener.ClientAuth; auth != nil {
		config = c.askForCertificate(config, auth)
		below.left = maxHandshakeAndChain
	}
	if c.site.listener.AsksHosts() || c.site.listener.HasHostCiphers() {
		config = c.byHost(config)
	}
	if c.site.listener.AsksHosts() {
		below.left = maxHandshakeAndChain
	}
	over := tls.Server(below, config)
	began := s.options.Clock.Since()
	c.wire.ReadWithin(s.options.Timeouts.Handshake)
	err := over.Handshake()
	below.done = true
	if err == nil && !c.wire.ReadWithin(0) {
		err = wire.ErrTimeout
	}
	c.tellHandshake(over, below, began, err)
	if err != nil {
		if below.plain {
			c.refusePlain()
		}
		return false
	}
	if !c.phase.CompareAndSwap(idle, busy) {
		return false
	}
	c.tls, c.below = over, below
	secure.Shed(over)
	state := over.ConnectionState()
	c.info.TLS = &state
	c.socket.announce(&c.info)
	if state.NegotiatedProtocol != "h2" {
		return true
	}
	c.serveHTTP2(over)
	return false
}

// firstByte waits for the first byte of a request and reads it into first. On TLS connections the wait is done outside of
// crypto/tls, whose frames would keep the stack of a goroutine twice as large for as long as the connection is idle.
func (c *conn) firstByte() (int, error) {
	if c.tls != nil && c.served > 0 && !c.below.shed {
		c.below.shed = true // what came with the end of the handshake has been read by now
		secure.Shed(c.tls)
	}
	if c.tls == nil || !c.wire.Direct() {
		return c.source().Read(c.first[:])
	}
	var n int
	var failed error
	err := c.wire.Loop(func(fd uintptr) bool {
		c.below.fd, c.below.direct = fd, true
		n, failed = c.tls.Read(c.first[:])
		c.below.direct = false
		_, wait := failed.(notYet)
		return !wait
	})
	if err != nil {
		return 0, err
	}
	return n, failed
}

// serveHTTP2 hands the connection to the driver for HTTP/2 and comes back when it has ended.
func (c *conn) serveHTTP2(over *tls.Conn) {
	s := c.set
	s.options.HTTP2(&Handoff{
		TLS: over, Wire: c.wire, Info: &c.info, Forwarder: s.options.Forwarder,
		Listener: func() *compile.Listener {
			if site := c.socket.current(); site != nil {
				return site.listener
			}
			return nil
		},
		Date:    func() []byte { return s.date.now(s.options.Clock) },
		Closing: c.socket.closing.Load,
	})
}

// byHost makes settings for this connection that are those of the host that the client asks for: its ciphers, and whether
// the client is asked for its certificate.
func (c *conn) byHost(shared *tls.Config) *tls.Config {
	config := shared.Clone()
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		shared := shared
		if own := c.site.listener.HostCiphers(hello.ServerName); own != nil {
			shared = c.socket.tls.config(c.site.listener, own)
		}
		if auth := c.site.listener.HostAuth(hello.ServerName); auth != nil {
			return c.askForCertificate(shared, auth), nil
		}
		return shared, nil // whose session tickets are in use
	}
	return config
}

// askForCertificate makes settings for this connection that ask the client for its certificate.
func (c *conn) askForCertificate(shared *tls.Config, auth *compile.ClientAuth) *tls.Config {
	config := shared.Clone()
	config.SessionTicketsDisabled = true
	config.ClientAuth = tls.RequestClientCert
	if auth.Required {
		config.ClientAuth = tls.RequireAnyClientCert
	}
	if auth.Advertise && auth.Store != nil {
		config.ClientCAs = auth.Store.Roots // only for the names in the request
	}
	c.info.Client = &exchange.ClientCertificate{Checked: auth.Store != nil, Host: auth.Host}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		client := c.info.Client
		client.Chain = state.PeerCertificates
		client.Status = auth.Verify(client.Chain, c.now())
		if client.Status != exchange.VerifyOK && auth.Required {
			return errors.New("client certificate refused: " + string(client.Status))
		}
		return nil
	}
	return config
}

// tellHandshake tells of a handshake that has ended.
func (c *conn) tellHandshake(over *tls.Conn, below *handshake, began time.Duration, err error) {
	s := c.set
	if err == nil {
		s.stats.Handshakes.Add(1)
	} else {
		s.stats.HandshakeErrors.Add(1)
		c.counters.HandshakeFailed()
	}
	tell := s.options.Handshaken
	if tell == nil {
		return
	}
	state := over.ConnectionState()
	clock := s.options.Clock
	h := exchange.Handshake{
		Conn: &c.info, Start: clock.Time(c.born), Took: max(clock.Since()-began, 1), Resumed: state.DidResume,
		Version: state.Version, Cipher: state.CipherSuite, Group: state.CurveID, ServerName: state.ServerName,
		Leaf: leafOf(c.info.Client, state.PeerCertificates), Failed: err != nil,
	}
	if err != nil {
		h.Status, h.Error, h.Alert = secure.Status(err), failureOf(err, below), secure.Alert(err)
		if client := c.info.Client; client != nil && client.Status != exchange.VerifyOK && len(client.Chain) > 0 {
			h.Status = client.Status
		}
	}
	tell(c.site.listener, &h)
}

// leafOf is the client's own certificate.
func leafOf(client *exchange.ClientCertificate, peer []*x509.Certificate) *x509.Certificate {
	if client != nil && len(client.Chain) > 0 {
		return client.Chain[0]
	}
	if len(peer) > 0 {
		return peer[0]
	}
	return nil
}

// failureOf is a short fixed reason for a failed handshake.
func failureOf(err error, below *handshake) string {
	switch {
	case below.plain:
		return errPlain.Error()
	case below.left < 0:
		return errLong.Error()
	case errors.Is(err, wire.ErrTimeout):
		return "TLS handshake timeout"
	}
	return "TLS handshake failed"
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
