package relay_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
)

// certificate makes a self-signed one for some names.
func certificate(t testing.TB, names ...string) model.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: names, NotBefore: time.Unix(1700000000, 0), NotAfter: time.Unix(4000000000, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return model.Certificate{
		ID:    "secret/" + names[0],
		Chain: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:   pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}
}

func (h *house) dialTLS(config *tls.Config) (*tls.Conn, error) {
	config.InsecureSkipVerify = true
	c := tls.Client(h.dial(), config)
	return c, c.Handshake()
}

// securely is a target that speaks TLS, offers protocols and answers lines with the one that was agreed on. before is
// what it reads in clear first.
func securely(t testing.TB, before int, protocols ...string) (string, func() []byte) {
	own := certificate(t, "target.example")
	pair, err := tls.X509KeyPair(own.Chain, own.Key)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	clear := make([]byte, before)
	address := target(t, func(c *net.TCPConn) {
		mu.Lock()
		io.ReadFull(c, clear)
		mu.Unlock()
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: protocols})
		for {
			line, err := readLine(s)
			if err != nil {
				s.CloseWrite()
				return
			}
			io.WriteString(s, s.ConnectionState().NegotiatedProtocol+" "+line+"\n")
		}
	})
	return address, func() []byte { mu.Lock(); defer mu.Unlock(); return slices.Clone(clear) }
}

func TestTLSIsTerminatedWithTheCertificateOfTheName(t *testing.T) {
	h := newHouse(t, plan{
		listener:     model.Listener{Protocol: model.TLS},
		certificates: []model.Certificate{certificate(t, "default.example"), certificate(t, "shop.example"), certificate(t, "*.wild.example")},
		targets:      []string{named(t, "plain")},
	})
	for name, want := range map[string]string{
		"shop.example": "shop.example", "a.wild.example": "*.wild.example", "other.example": "default.example", "": "default.example",
	} {
		c, err := h.dialTLS(&tls.Config{ServerName: name})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.ConnectionState().PeerCertificates[0].DNSNames[0]; got != want {
			t.Errorf("%q got the certificate of %s", name, got)
		}
		if got := h.ask(c, "hello"); got != "plain hello" {
			t.Errorf("got %q", got)
		}
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if rest, err := io.ReadAll(c); err != nil || len(rest) > 0 {
			t.Errorf("at the end: %q, %v", rest, err)
		}
	}
	for _, f := range h.ended(4) {
		if f.Reset != exchange.ResetNone || f.BytesIn != 6 || f.BytesOut != 12 || f.Conn.TLS == nil || f.Conn.Certificate == "" || f.Handshake <= 0 {
			t.Errorf("recorded: %+v", f)
		}
	}
}

func TestALPNFollowsThePolicy(t *testing.T) {
	t.Parallel()
	cert := []model.Certificate{certificate(t, "a.example")}
	for _, c := range []struct {
		policy  string
		offered []string
		want    string
	}{
		{"HTTP2Preferred", []string{"http/1.1", "h2"}, "h2"},
		{"HTTP2Optional", []string{"h2", "http/1.1"}, "http/1.1"},
		{"HTTP2Only", []string{"h2", "http/1.1"}, "h2"},
		{"HTTP2Only", []string{"http/1.1"}, ""},
		{"HTTP1Only", []string{"h2", "http/1.0"}, "http/1.0"},
		{"HTTP1Only", []string{"imap"}, ""},
		{"HTTP2Preferred", nil, ""},
		{"None", []string{"h2"}, ""},
		{"", []string{"h2"}, ""},
	} {
		h := newHouse(t, plan{
			listener: model.Listener{Protocol: model.TLS, ALPNPolicy: c.policy}, certificates: cert, targets: []string{named(t, "a")},
		})
		conn, err := h.dialTLS(&tls.Config{NextProtos: c.offered})
		if err != nil {
			t.Errorf("%s, offered %v: %v", c.policy, c.offered, err)
			continue
		}
		if got := conn.ConnectionState().NegotiatedProtocol; got != c.want {
			t.Errorf("%s, offered %v: %q, want %q", c.policy, c.offered, got, c.want)
		}
		if got := h.ask(conn, "hello"); got != "a hello" {
			t.Errorf("got %q", got)
		}
		conn.Close()
		if f := h.ended(1)[0]; !slices.Equal(f.Offered, c.offered) {
			t.Errorf("recorded as offered: %v, want %v", f.Offered, c.offered)
		}
	}
}

func TestTargetsMaySpeakTLSBehindAHeaderInClear(t *testing.T) {
	back, clear := securely(t, 100, "h2", "http/1.1")
	h := newHouse(t, plan{
		listener:     model.Listener{Protocol: model.TLS, ALPNPolicy: "HTTP2Optional"},
		group:        model.TargetGroup{Protocol: model.TargetTLS, Attributes: []model.Attribute{{Key: "proxy_protocol_v2.enabled", Value: "true"}}},
		certificates: []model.Certificate{certificate(t, "a.example")}, targets: []string{back},
	})
	c, err := h.dialTLS(&tls.Config{NextProtos: []string{"http/1.1", "h2"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := h.ask(c, "hello"); got != "http/1.1 hello" {
		t.Errorf("got %q", got)
	}
	want := relay.AppendPreface(nil, addrPort(c.LocalAddr()), addrPort(c.RemoteAddr()))
	if got := clear(); string(got) != string(want) {
		t.Errorf("in clear: %x", got)
	}
	c.Close()
	if f := h.ended(1)[0]; f.TargetProtocol != "http/1.1" {
		t.Errorf("recorded: %+v", f)
	}
}

func TestHandshakesThatFailAreCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{
		listener:     model.Listener{Protocol: model.TLS, SSLPolicy: "ELBSecurityPolicy-TLS13-1-3-2021-06"},
		certificates: []model.Certificate{certificate(t, "a.example")}, targets: []string{named(t, "a")},
		relay: relay.Options{Handshake: 3 * time.Second},
	})
	if _, err := h.dialTLS(&tls.Config{MaxVersion: tls.VersionTLS12}); err == nil {
		t.Error("TLS 1.2 was accepted")
	}
	bad := tls.Client(h.dial(), &tls.Config{ServerName: "a.example"}) // verifies, and says that it does not like it
	if err := bad.Handshake(); err == nil {
		t.Error("an unknown authority was accepted")
	}
	silent := h.dial()
	h.isReset(silent)
	alerts := 0
	for _, f := range h.ended(3) {
		if f.Group != "" {
			t.Errorf("a target group was asked: %+v", f)
		}
		if f.Alert != 0 {
			alerts++
			if f.Alert != 42 {
				t.Errorf("alert %d", f.Alert)
			}
		}
	}
	if n := h.set.Stats().HandshakeErrors.Load(); n != 3 {
		t.Errorf("%d handshakes counted as failed", n)
	}
	if alerts != 1 {
		t.Errorf("%d alerts, want that of the client that did not like the certificate", alerts)
	}
}

func TestTargetsWithoutTLSFailATLSGroup(t *testing.T) {
	h := newHouse(t, plan{
		listener: model.Listener{Protocol: model.TLS}, group: model.TargetGroup{Protocol: model.TargetTLS},
		certificates: []model.Certificate{certificate(t, "a.example")},
		targets:      []string{target(t, func(c *net.TCPConn) { io.WriteString(c, "SSH-2.0-x\r\n") })},
	})
	c, err := h.dialTLS(&tls.Config{})
	if err == nil {
		_, err = c.Read(make([]byte, 1))
	}
	if err == nil || errors.Is(err, io.EOF) {
		t.Errorf("not reset: %v", err)
	}
	if f := h.ended(1)[0]; !f.TargetTLSFailed || f.Reset != exchange.ResetByBalancer {
		t.Errorf("recorded: %+v", f)
	}
}

func TestIdleTLSFlowsAreReset(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{
		idle: 1500 * time.Millisecond, listener: model.Listener{Protocol: model.TLS},
		certificates: []model.Certificate{certificate(t, "a.example")}, targets: []string{named(t, "a")},
	})
	c, err := h.dialTLS(&tls.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h.ask(c, "hello")
	h.isReset(c)
	if f := h.ended(1)[0]; f.Error != "idle" {
		t.Errorf("recorded: %+v", f)
	}
}
