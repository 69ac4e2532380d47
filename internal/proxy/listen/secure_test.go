package listen

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gwanmun/gwanmun/internal/model"
)

// selfSigned makes a certificate for a name.
func selfSigned(t testing.TB, name string) (chain, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

func securePlan(t *testing.T, name string) plan {
	chain, key := selfSigned(t, name)
	return plan{dialect: model.DialectNginx, protocol: model.HTTPS, chain: chain, key: key}
}

// dialTLS opens a client's TLS connection.
func (h *house) dialTLS(config *tls.Config) (*client, tls.ConnectionState) {
	h.t.Helper()
	plain := h.dial()
	config.InsecureSkipVerify = true
	c := tls.Client(plain.conn, config)
	if err := c.Handshake(); err != nil {
		h.t.Fatal(err)
	}
	return &client{t: h.t, conn: c, r: bufio.NewReader(c)}, c.ConnectionState()
}

func TestRequestsOverTLSAreServed(t *testing.T) {
	t.Parallel()
	p := securePlan(t, "a.example")
	p.targets = []string{backend(t, echo)}
	h := newHouse(t, p)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		c, state := h.dialTLS(&tls.Config{ServerName: "a.example", MaxVersion: version, NextProtos: []string{"h2", "http/1.1"}})
		if state.NegotiatedProtocol != "http/1.1" || state.Version != version {
			t.Errorf("%q, version %x", state.NegotiatedProtocol, state.Version)
		}
		big := strings.Repeat("0123456789", 50_000)
		for i := range 5 {
			if a := c.get(fmt.Sprint("/", i)); a.body != fmt.Sprintf("/%d|", i) {
				t.Errorf("%q", a.body)
			}
			c.send(fmt.Sprintf("POST /p HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\n\r\n%s", len(big), big))
			if a := c.read("POST"); a.body != "/p|"+big {
				t.Errorf("%d bytes", len(a.body))
			}
		}
		c.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
		if a, b := c.read("GET"), c.read("GET"); a.body != "/1|" || b.body != "/2|" {
			t.Errorf("pipelined: %q %q", a.body, b.body)
		}
	}
}

func TestANewCertificateServesTheNextHandshake(t *testing.T) {
	t.Parallel()
	p := securePlan(t, "a.example")
	p.targets = []string{backend(t, echo)}
	h := newHouse(t, p)
	old, state := h.dialTLS(&tls.Config{ServerName: "a.example"})
	before := state.PeerCertificates[0].Raw
	p.chain, p.key = selfSigned(t, "a.example")
	h.compile(p)
	_, state = h.dialTLS(&tls.Config{ServerName: "a.example"})
	if bytes.Equal(before, state.PeerCertificates[0].Raw) {
		t.Error("the old certificate is still served")
	}
	if a := old.get("/old"); a.body != "/old|" {
		t.Errorf("the old connection: %q", a.body)
	}
}

func TestSessionsAreResumed(t *testing.T) {
	t.Parallel()
	p := securePlan(t, "a.example")
	p.targets = []string{backend(t, echo)}
	h := newHouse(t, p)
	config := &tls.Config{ServerName: "a.example", ClientSessionCache: tls.NewLRUClientSessionCache(4)}
	c, _ := h.dialTLS(config)
	c.get("/")
	c.conn.Close()
	if _, state := h.dialTLS(config); !state.DidResume {
		t.Error("not resumed")
	}
}

func TestPlainHTTPOnATLSPortIsTold(t *testing.T) {
	t.Parallel()
	for dialect, length := range map[model.Dialect]int{model.DialectNginx: 248, model.DialectELB: 122} {
		p := securePlan(t, "a.example")
		p.dialect = dialect
		h := newHouse(t, p)
		c := h.dial()
		c.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
		a := c.read("GET")
		if a.StatusCode != 400 || !a.Close || len(a.body) != length {
			t.Errorf("%q: %d, close %v, %d bytes: %s", dialect, a.StatusCode, a.Close, len(a.body), a.body)
		}
		if (dialect == model.DialectNginx) != strings.Contains(a.body, "The plain HTTP request was sent to HTTPS port") {
			t.Errorf("%q: %s", dialect, a.body)
		}
		c.closed()
	}
}

func TestAHandshakeThatDragsIsEnded(t *testing.T) {
	t.Parallel()
	p := securePlan(t, "a.example")
	p.options = func(o *Options) { o.Timeouts.Handshake = 200 * time.Millisecond }
	h := newHouse(t, p)
	c := h.dial()
	c.send("\x16\x03\x01")
	start := time.Now()
	c.closed()
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("ended after %v", took)
	}
	if n := h.set.Stats().HandshakeErrors.Load(); n != 1 {
		t.Errorf("%d handshake errors", n)
	}
}

func TestTLSOnAPlainPortIs400(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{})
	c := h.dial()
	c.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
	if a := c.read("GET"); a.StatusCode != 400 {
		t.Errorf("%d", a.StatusCode)
	}
}

// websocketEcho answers each message with the same.
func websocketEcho(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"chat"}})
	if err != nil {
		return
	}
	defer c.CloseNow()
	c.SetReadLimit(1 << 20)
	for {
		kind, data, err := c.Read(r.Context())
		if err != nil {
			return
		}
		if c.Write(r.Context(), kind, data) != nil {
			return
		}
	}
}

func TestWebSocketsTalk(t *testing.T) {
	t.Parallel()
	for _, secured := range []bool{false, true} {
		t.Run(fmt.Sprint("tls ", secured), func(t *testing.T) {
			p := plan{targets: []string{backend(t, websocketEcho)}}
			scheme := "ws://"
			if secured {
				targets := p.targets
				p = securePlan(t, "a.example")
				p.targets, scheme = targets, "wss://"
			}
			h := newHouse(t, p)
			transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
			defer transport.CloseIdleConnections()
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			c, resp, err := websocket.Dial(ctx, scheme+h.address+"/ws", &websocket.DialOptions{
				HTTPClient: &http.Client{Transport: transport}, Subprotocols: []string{"chat"},
			})
			if err != nil {
				t.Fatal(err)
			}
			if resp.Header.Get("Sec-WebSocket-Protocol") != "chat" {
				t.Errorf("protocol %q", resp.Header.Get("Sec-WebSocket-Protocol"))
			}
			c.SetReadLimit(1 << 20)
			for _, size := range []int{1, 1000, 500_000} {
				message := bytes.Repeat([]byte("x"), size)
				if err := c.Write(ctx, websocket.MessageBinary, message); err != nil {
					t.Fatal(err)
				}
				_, got, err := c.Read(ctx)
				if err != nil || !bytes.Equal(got, message) {
					t.Fatalf("%d bytes: got %d, %v", size, len(got), err)
				}
			}
			if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
				t.Errorf("close: %v", err)
			}
			if l := h.ended(1)[0]; l.status != 101 || l.out < 501_000 {
				t.Errorf("logged %+v", l)
			}
		})
	}
}

const upgrade = "GET /ws HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// switching is a target that agrees to any upgrade and echoes.
func switching(t *testing.T) string {
	return rawBackend(t, func(_ int, c net.Conn) {
		r := bufio.NewReader(c)
		if !strings.Contains(head(r), "\r\nConnection: upgrade\r\nUpgrade: websocket\r\n") {
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
			return
		}
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly ")
		io.Copy(c, r)
		c.(*net.TCPConn).CloseWrite()
	})
}

func TestATunnelKeepsBytesThatCameEarlyAndHalfCloses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{switching(t)}})
	c := h.dial()
	c.send(upgrade + "first ")
	if resp, err := http.ReadResponse(c.r, nil); err != nil || resp.StatusCode != 101 {
		t.Fatal(resp, err)
	}
	c.send("second")
	c.conn.(*net.TCPConn).CloseWrite()
	if all, err := io.ReadAll(c.r); string(all) != "early first second" || err != nil {
		t.Errorf("%q %v", all, err)
	}
}

func TestAQuietTunnelIsEnded(t *testing.T) {
	t.Parallel()
	for _, secured := range []bool{false, true} {
		p := plan{}
		if secured {
			p = securePlan(t, "a.example")
		}
		p.targets = []string{switching(t)}
		p.policy = &model.Policy{Timeouts: model.Timeouts{ReadMillis: 600}}
		h := newHouse(t, p)
		var c *client
		if secured {
			c, _ = h.dialTLS(&tls.Config{ServerName: "a.example"})
		} else {
			c = h.dial()
		}
		c.send(upgrade)
		if resp, err := http.ReadResponse(c.r, nil); err != nil || resp.StatusCode != 101 {
			t.Fatal(resp, err)
		}
		io.ReadFull(c.r, make([]byte, len("early ")))
		for range 6 {
			c.send("x")
			if _, err := c.r.ReadByte(); err != nil {
				t.Fatalf("tls %v: ended while busy: %v", secured, err)
			}
			time.Sleep(200 * time.Millisecond)
		}
		start := time.Now()
		c.closed()
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("tls %v: ended after %v", secured, took)
		}
	}
}

func TestAnUpgradeThatTheTargetRefusesIsAnOrdinaryAnswer(t *testing.T) {
	t.Parallel()
	var upgrades atomic.Int64
	h := newHouse(t, plan{targets: []string{backend(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "websocket" {
			upgrades.Add(1)
		}
		w.WriteHeader(426)
	})}})
	c := h.dial()
	c.send(upgrade)
	if a := c.read("GET"); a.StatusCode != 426 {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.get("/after"); a.StatusCode != 426 || upgrades.Load() != 1 {
		t.Errorf("after it: %d, %d upgrades", a.StatusCode, upgrades.Load())
	}
}

func TestTargetsThatSpeakTLSAreServedToo(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(echo))
	t.Cleanup(s.Close)
	h := newHouse(t, plan{targets: []string{strings.TrimPrefix(s.URL, "https://")}, speak: model.TargetHTTPS})
	c := h.dial()
	big := strings.Repeat("0123456789", 30_000)
	for i := range 5 {
		if a := c.get(fmt.Sprint("/", i)); a.body != fmt.Sprintf("/%d|", i) {
			t.Errorf("%d %q", a.StatusCode, a.body)
		}
		c.send(fmt.Sprintf("POST /p HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\n\r\n%s", len(big), big))
		if a := c.read("POST"); a.body != "/p|"+big {
			t.Errorf("%d, %d bytes", a.StatusCode, len(a.body))
		}
	}
	plain := newHouse(t, plan{targets: []string{backend(t, echo)}, speak: model.TargetHTTPS})
	if a := plain.dial().get("/"); a.StatusCode != 502 {
		t.Errorf("a target without TLS: %d", a.StatusCode)
	}
}

func TestTLSOnAPlainPortIsAnsweredAndEndedAtItsFirstByte(t *testing.T) {
	t.Parallel()
	for _, driver := range []Driver{Goroutines, EventLoop} {
		for _, dialect := range []model.Dialect{model.DialectELB, model.DialectNginx} {
			for _, sent := range []string{"\x16", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\n\x00", 250)} {
				t.Run(fmt.Sprintf("%s %s %d", driver, dialect, len(sent)), func(t *testing.T) {
					t.Parallel()
					if driver == EventLoop && !loopOffered {
						t.Skip("not on this platform")
					}
					h := newHouse(t, plan{dialect: dialect, options: func(o *Options) { o.Driver = driver }})
					c := h.dial()
					start := time.Now()
					c.send(sent)
					if a := c.read("GET"); a.StatusCode != 400 || !a.Close {
						t.Errorf("%d, close %v", a.StatusCode, a.Close)
					}
					c.closed()
					if took := time.Since(start); took > 5*time.Second { // a head has a minute
						t.Errorf("ended after %v", took)
					}
					h.close() // nothing more is logged
					if list := h.ended(1); len(list) != 1 || list[0].status != 400 || list[0].attempts != 0 {
						t.Errorf("logged: %+v", list)
					}
				})
			}
		}
	}
}
