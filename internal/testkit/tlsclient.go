package testkit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// tlsFailure stands in place of a status where no TLS connection may come about.
const tlsFailure = "tls-failure"

// tlsWish is what a request's line says about TLS: version=1.2, cipher=NAME, curve=NAME, alpn=A,B, cert=NAME (see
// clientCertificates), session=NAME (a client that keeps session tickets).
type tlsWish struct {
	version       uint16
	ciphers       []uint16
	curves        []tls.CurveID
	alpn          []string
	cert, session string
	// fails says that the connection must fail.
	fails bool

	cache tls.ClientSessionCache
	seen  *connection
}

// connection is what a client has seen of its TLS connection.
type connection struct {
	state tls.ConnectionState
	// authorities are the names in the server's request for a certificate; asked says that there was one.
	authorities []string
	asked       bool
}

// take reads one argument of a request's line; known is false when it is none of TLS.
func (w *tlsWish) take(key, value string) (known bool, err error) {
	switch key {
	case "version":
		w.version = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[value]
		if w.version == 0 {
			err = fmt.Errorf("%q is no version of TLS", value)
		}
	case "cipher":
		for _, name := range strings.Split(value, ",") {
			id := cipherByName(name)
			if id == 0 {
				err = fmt.Errorf("%q is no cipher suite", name)
			}
			w.ciphers = append(w.ciphers, id)
		}
	case "curve":
		for _, name := range strings.Split(value, ",") {
			curve, found := curveByName(name)
			if !found {
				err = fmt.Errorf("%q is no key exchange", name)
			}
			w.curves = append(w.curves, curve)
		}
	case "alpn":
		w.alpn = strings.Split(value, ",")
	case "cert":
		w.cert = value
	case "session":
		w.session = value
	default:
		return false, nil
	}
	return true, err
}

func cipherByName(name string) uint16 {
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if exchange.CipherName(s.ID) == name {
			return s.ID
		}
	}
	return 0
}

func curveByName(name string) (tls.CurveID, bool) {
	for _, c := range []tls.CurveID{
		tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521, tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024,
	} {
		if strings.TrimPrefix(c.String(), "Curve") == name {
			return c, true
		}
	}
	return 0, false
}

// secure makes a connection a TLS one.
func (w *tlsWish) secure(ctx context.Context, conn net.Conn, name, alpn string) (*tls.Conn, error) {
	seen := w.seen
	if seen == nil {
		seen = &connection{}
	}
	config := &tls.Config{
		ServerName: name, InsecureSkipVerify: true, NextProtos: []string{alpn}, CipherSuites: w.ciphers, CurvePreferences: w.curves,
		ClientSessionCache: w.cache, MinVersion: tls.VersionTLS10,
	}
	if name == "none" {
		config.ServerName = ""
	}
	if w.alpn != nil {
		config.NextProtos = w.alpn
		if w.alpn[0] == "none" {
			config.NextProtos = nil
		}
	}
	if w.version != 0 {
		config.MinVersion, config.MaxVersion = w.version, w.version
	}
	config.GetClientCertificate = func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		seen.asked = true
		for _, raw := range asked.AcceptableCAs {
			seen.authorities = append(seen.authorities, exchange.DN(raw))
		}
		return w.certificate()
	}
	t := tls.Client(conn, config)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	seen.state = t.ConnectionState()
	return t, nil
}

func (w *tlsWish) certificate() (*tls.Certificate, error) {
	if w.cert == "" {
		return &tls.Certificate{}, nil
	}
	p, err := clientCertificates()
	if err != nil {
		return nil, err
	}
	c, found := p.certificates[w.cert]
	if !found {
		return nil, fmt.Errorf("there is no client certificate %q", w.cert)
	}
	return &c, nil
}

// value finds what connection[NAME] speaks of.
func (c *connection) value(name string) (value string, there bool, err error) {
	if c == nil || c.state.Version == 0 {
		return "", false, nil
	}
	switch name {
	case "version":
		return exchange.TLSVersionName(c.state.Version), true, nil
	case "cipher":
		return exchange.CipherName(c.state.CipherSuite), true, nil
	case "group":
		return strings.TrimPrefix(c.state.CurveID.String(), "Curve"), c.state.CurveID != 0, nil
	case "alpn":
		return c.state.NegotiatedProtocol, c.state.NegotiatedProtocol != "", nil
	case "resumed":
		return strconv.FormatBool(c.state.DidResume), true, nil
	case "asked":
		return strconv.FormatBool(c.asked), true, nil
	case "authorities":
		return strings.Join(c.authorities, " | "), len(c.authorities) > 0, nil
	}
	return "", false, fmt.Errorf("unknown expectation connection[%s]", name)
}

// failed judges a request whose TLS connection must fail. In TLS 1.3 a client hears of it only when it reads.
func (r *request) failed(got *reply, err error) []string {
	if err == nil {
		return []string{fmt.Sprintf("status %d", got.status)}
	}
	var alert *net.OpError
	if !errors.As(err, &alert) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !strings.Contains(err.Error(), "tls:") {
		return []string{err.Error()}
	}
	for _, w := range r.wants {
		if observed(w.key) {
			continue // the watch looks at it
		}
		if w.key != "alert" || !strings.Contains(err.Error(), w.value) {
			return []string{"TLS failed with " + err.Error()}
		}
	}
	return nil
}

// keeping gives a request the tickets that its client has kept.
func (f *front) keeping(r *request) *request {
	if r.tls.session == "" {
		return r
	}
	if f.sessions == nil {
		f.sessions = map[string]tls.ClientSessionCache{}
	}
	if f.sessions[r.tls.session] == nil {
		f.sessions[r.tls.session] = tls.NewLRUClientSessionCache(1)
	}
	kept := *r
	kept.tls.cache = f.sessions[r.tls.session]
	return &kept
}

// watched is the request with room for what its client sees of the connection.
func (r *request) watched() *request {
	w := *r
	w.tls.seen = &connection{}
	return &w
}
