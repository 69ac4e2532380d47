package listen

import (
	"crypto/tls"
	"errors"
	"strconv"
	"sync"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/secure"
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

// secured is the TLS side of a socket.
type secured struct {
	socket  *socket
	tickets *secure.Tickets
	// configs are kept, because each holds the keys of session tickets.
	mu      sync.Mutex
	configs map[securedKind]*tls.Config
}

// securedKind is what TLS settings of listeners differ in.
type securedKind struct {
	policy string
	// ciphers are those of a host that has its own.
	ciphers        string
	http2, clients bool
}

func (s *secured) init(k *socket) {
	s.socket = k
	s.configs = map[securedKind]*tls.Config{}
	s.tickets = secure.NewTickets(k.set.options.Keys, k.asked.LoadBalancer+" "+strconv.Itoa(int(k.asked.Port)))
}

// config returns the TLS settings for a listener, and for one of its hosts when that has ciphers of its own.
func (s *secured) config(l *compile.Listener, own *compile.HostCiphers) *tls.Config {
	s.tickets.Refresh()
	kind := securedKind{policy: l.TLSPolicy.Name, clients: l.ClientAuth != nil}
	if own != nil {
		kind.ciphers = own.List
	}
	kind.http2 = s.socket.set.options.HTTP2 != nil && l.Settings != nil && l.Settings.HTTP2
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.configs[kind]
	if c == nil {
		c = s.make(l.TLSPolicy, kind)
		if own != nil {
			c.CipherSuites = own.Suites
		}
		s.configs[kind] = c
	}
	return c
}

func (s *secured) make(policy *compile.TLSPolicy, kind securedKind) *tls.Config {
	c := policy.Config()
	c.GetCertificate = certificateOf
	c.NextProtos = []string{"http/1.1"}
	if kind.http2 {
		c.NextProtos = []string{"h2", "http/1.1"}
	}
	if kind.clients {
		// A session that is resumed does not show the certificate again; ALB resumes none then.
		c.SessionTicketsDisabled = true
		return c
	}
	s.tickets.Keep(c, func(name string) uint64 {
		if site := s.socket.current(); site != nil {
			return site.listener.CertificateSet(name)
		}
		return 0
	})
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
