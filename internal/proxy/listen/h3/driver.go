package h3

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
	"github.com/gwanmun/gwanmun/internal/proxy/listen"
)

// Options are what a Driver takes from outside. The zero value works.
type Options struct {
	// Logger is told of panics; nothing is logged when nil.
	Logger *slog.Logger
	// Handshake is the time for a connection's beginning; 15 s when 0. Idle is after which time without requests a
	// connection ends; 75 s when 0, as nginx has it.
	Handshake, Idle time.Duration
	// Body and Stall are the times for a client to send more of a body, and to take more of a response; 60 s when 0.
	Body, Stall time.Duration
	// BodyRate and Grace are those of listen.Timeouts.
	BodyRate int
	Grace    time.Duration
	// MaxStreams is how many requests of a connection may be served at a time; 128 when 0.
	MaxStreams int64
}

// Windows for what clients send: per stream, and per connection, which bounds the memory that a connection's bodies
// take.
const (
	streamWindow     = 256 << 10
	connectionWindow = 1 << 20
	// uniStreams is how many streams a client may open besides requests; three are what HTTP/3 has.
	uniStreams = 8
	// validateFrom is from how many connections on clients have to show that their address is their own.
	validateFrom = 256
)

// Driver serves connections. Put its Serve into listen.Options.HTTP3.
type Driver struct {
	options Options
	pace    listen.Timeouts
}

// New makes a Driver.
func New(o Options) *Driver {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Handshake = cmp.Or(o.Handshake, 15*time.Second)
	o.Idle = cmp.Or(o.Idle, 75*time.Second)
	o.Body = cmp.Or(o.Body, time.Minute)
	o.Stall = cmp.Or(o.Stall, time.Minute)
	o.MaxStreams = cmp.Or(o.MaxStreams, 128)
	pace := listen.Timeouts{BodyRate: cmp.Or(o.BodyRate, listen.DefaultBodyRate), Grace: cmp.Or(o.Grace, 10*time.Second)}
	return &Driver{options: o, pace: pace}
}

// port is one socket.
type port struct {
	d         *Driver
	h         *listen.QUIC
	transport *quic.Transport
	server    *http3.Server
	open      atomic.Int64
	ended     chan struct{}
}

// Serve begins to serve a socket. The function that it returns ends that: it lets requests that run end until its context
// does, and returns when no goroutine is left and the socket is closed.
func (d *Driver) Serve(h *listen.QUIC) (stop func(context.Context), err error) {
	p := &port{d: d, h: h, ended: make(chan struct{})}
	p.transport = &quic.Transport{
		Conn: h.Conn, ConnContext: p.admit,
		VerifySourceAddress: func(net.Addr) bool { return p.open.Load() >= validateFrom },
	}
	l, err := p.transport.Listen(p.tls(), &quic.Config{
		HandshakeIdleTimeout: d.options.Handshake, MaxIdleTimeout: d.options.Idle,
		InitialStreamReceiveWindow: streamWindow, MaxStreamReceiveWindow: streamWindow,
		InitialConnectionReceiveWindow: connectionWindow, MaxConnectionReceiveWindow: connectionWindow,
		MaxIncomingStreams: d.options.MaxStreams, MaxIncomingUniStreams: uniStreams,
	})
	if err != nil {
		return nil, errors.Join(err, p.transport.Close())
	}
	p.server = &http3.Server{
		Handler: http.HandlerFunc(p.serve), MaxHeaderBytes: codec.MaxHeaderList, IdleTimeout: d.options.Idle,
		Logger: slog.New(slog.DiscardHandler), // panics are caught and logged before it sees them
	}
	go func() {
		defer close(p.ended)
		_ = p.server.ServeListener(l) // it ends when the server is shut down
	}()
	return func(ctx context.Context) { p.stop(ctx, l) }, nil
}

func (p *port) stop(ctx context.Context, l *quic.Listener) {
	_ = p.server.Shutdown(ctx) // what did not end by then has been cut
	<-p.ended
	_ = l.Close()           // nothing is accepted any more
	_ = p.transport.Close() // there is nobody to tell
	_ = p.h.Conn.Close()
}

// client is what a connection's context carries.
type client struct{ info exchange.Conn }

type clientKey struct{}

var errTurnedAway = errors.New("too many connections")

// admit decides whether a connection is served at all.
func (p *port) admit(ctx context.Context, c *quic.ClientInfo) (context.Context, error) {
	at, ok := c.RemoteAddr.(*net.UDPAddr)
	if !ok {
		return nil, errTurnedAway
	}
	remote := netip.AddrPortFrom(at.AddrPort().Addr().Unmap(), at.AddrPort().Port())
	if p.h.Listener() == nil || !p.h.Admit(remote.Addr()) {
		return nil, errTurnedAway
	}
	p.open.Add(1)
	context.AfterFunc(ctx, func() {
		p.open.Add(-1)
		p.h.Dismiss(remote.Addr())
	})
	k := &client{info: exchange.Conn{
		Remote: remote, Local: p.h.Local, Port: p.h.Port,
		ID: [2]uint64{rand.Uint64(), rand.Uint64()}, // a name for logs, no secret
	}}
	return context.WithValue(ctx, clientKey{}, k), nil
}

var errNoCertificate = errors.New("no certificate")

// tls are the settings of handshakes: the certificate is picked from the newest snapshot by name.
func (p *port) tls() *tls.Config {
	return http3.ConfigureTLSConfig(&tls.Config{
		MinVersion: tls.VersionTLS13,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			l := p.h.Listener()
			if l == nil {
				return nil, errNoCertificate
			}
			picked := l.Certificate(hello)
			if picked == nil || picked.TLS == nil {
				return nil, errNoCertificate
			}
			if k, ok := hello.Context().Value(clientKey{}).(*client); ok {
				k.info.Certificate = picked.ID
			}
			return picked.TLS, nil
		},
	})
}
