package relay

import (
	"crypto/tls"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/secure"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// secureKind is what TLS settings of listeners differ in.
type secureKind struct {
	policy, alpn string
	several      bool
}

// configs are the TLS settings of a kind: open is for clients that no protocol can be agreed on with, who are served
// without one as on AWS, where crypto/tls would turn them away.
type configs struct{ agreeing, open *tls.Config }

// config returns the TLS settings for a listener.
func (p *Port) config(l *compile.NetworkListener) *tls.Config {
	_, several := l.CertificateSet("")
	kind := secureKind{policy: l.TLSPolicy.Name, alpn: strings.Join(l.ALPN, ","), several: several}
	p.newest.Store(l)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tickets == nil {
		p.tickets = secure.NewTickets(p.driver.options.Keys, l.LoadBalancer+" "+strconv.Itoa(int(l.Port)))
	}
	p.tickets.Refresh()
	c := p.configs[kind]
	if c == nil {
		c = p.make(l, several)
		p.configs[kind] = c
	}
	return c.agreeing
}

func (p *Port) make(l *compile.NetworkListener, several bool) *configs {
	open := l.TLSPolicy.Config()
	open.GetCertificate = certificateOf
	agreeing := open.Clone()
	agreeing.NextProtos = l.ALPN
	c := &configs{agreeing: agreeing, open: open}
	agreeing.GetConfigForClient = c.choose
	for _, config := range []*tls.Config{agreeing, open} {
		// With several certificates AWS resumes no session.
		if config.SessionTicketsDisabled = several; several {
			continue
		}
		p.tickets.Keep(config, func(name string) uint64 {
			set, _ := p.newest.Load().CertificateSet(name)
			return set
		})
	}
	return c
}

// choose looks at what the client offers. nil keeps to the settings at hand.
func (c *configs) choose(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	if below, ok := hello.Conn.(*greeting); ok {
		below.flow.record.Offered = hello.SupportedProtos
	}
	for _, p := range c.agreeing.NextProtos {
		if slices.Contains(hello.SupportedProtos, p) {
			return nil, nil
		}
	}
	return c.open, nil
}

// greeting is the wire below TLS; it leads from a handshake back to its flow.
type greeting struct {
	*wire.Wire
	flow *Flow
}

var errNoCertificate = errors.New("no certificate")

func certificateOf(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	below, ok := hello.Conn.(*greeting)
	if !ok {
		return nil, errNoCertificate
	}
	picked := below.flow.listener.Certificate(hello)
	if picked == nil || picked.TLS == nil {
		return nil, errNoCertificate
	}
	below.flow.conn.Certificate = picked.ID
	return picked.TLS, nil
}

// secure makes the client's side a TLS one. It is false when the handshake failed.
func (f *Flow) secure() bool {
	d := f.port.driver
	w := f.client.wire
	secured := tls.Server(&greeting{Wire: w, flow: f}, f.port.config(f.listener))
	w.ReadWithin(d.options.Handshake)
	w.WriteStall(d.options.Handshake)
	err := secured.Handshake()
	f.record.Handshake = max(d.options.Clock.Since()-f.now, 1)
	if err == nil && !w.ReadWithin(0) {
		err = wire.ErrTimeout
	}
	w.WriteStall(0)
	if err != nil {
		f.record.HandshakeFailed = f.life.Err() == nil // it was not cut off from here
		f.record.Alert = secure.Alert(err)
		f.failHandshake(err)
		return false
	}
	secure.Shed(secured)
	state := secured.ConnectionState()
	f.conn.TLS = &state
	f.client.conn, f.client.plain = secured, false
	return true
}

// failHandshake ends a flow whose handshake failed. What went wrong was said in an alert, so the connection is ended and
// not broken off, unless time was up.
func (f *Flow) failHandshake(err error) {
	if errors.Is(err, wire.ErrTimeout) || errors.Is(err, wire.ErrCancelled) {
		f.fail(exchange.ResetByBalancer, "TLS handshake timeout")
		return
	}
	f.fail(exchange.ResetNone, "TLS handshake failed")
}
