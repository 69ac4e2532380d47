package listen

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
)

// announced is a plan of a plain port whose clients send headers, and a place where the last client is noted.
func announced(t *testing.T, trusted ...string) (plan, *atomic.Pointer[exchange.Conn]) {
	var seen atomic.Pointer[exchange.Conn]
	return plan{
		dialect: model.DialectNginx, targets: []string{backend(t, echo)},
		edit: func(m *model.Model) {
			m.LoadBalancers[0].Listeners[0].ProxyProtocol = &model.ProxyProtocol{TimeoutMillis: 300, TrustedCIDRs: trusted}
		},
		before: func(x *exchange.Exchange) exchange.Verdict {
			kept := *x.Conn
			seen.Store(&kept)
			return exchange.Continue
		},
	}, &seen
}

// greeted sends pieces one by one and reads a response.
func greeted(t *testing.T, address string, pieces ...string) (*http.Response, error) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for _, p := range pieces {
		if _, err := io.WriteString(c, p); err != nil {
			return nil, err
		}
		time.Sleep(5 * time.Millisecond) // so that pieces arrive apart, as a rule
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err == nil {
		_, err = io.ReadAll(r.Body)
	}
	return r, err
}

const (
	ask     = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
	header1 = "PROXY TCP4 192.0.2.7 198.51.100.9 4711 443\r\n"
	header2 = "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x09\x12\x67\x01\xbb"
)

func TestAHeaderOfTheProxyProtocolSaysWhoTheClientIs(t *testing.T) {
	p, seen := announced(t)
	h := newHouse(t, p)
	for name, pieces := range map[string][]string{
		"version 1": {header1 + ask}, "version 1 in pieces": {"PRO", "XY TCP4 192.0.2.7 198.51.100.9 4711 443\r", "\n", ask},
		"version 2": {header2 + ask}, "version 2 in pieces": {header2[:5], header2[5:17], header2[17:], ask[:10], ask[10:]},
	} {
		seen.Store(nil)
		r, err := greeted(t, h.address, pieces...)
		if err != nil || r.StatusCode != 200 {
			t.Errorf("%s: %v, %v", name, r, err)
			continue
		}
		c := seen.Load()
		if c.Remote != netip.MustParseAddrPort("192.0.2.7:4711") || c.Destination != netip.MustParseAddrPort("198.51.100.9:443") {
			t.Errorf("%s: client %v, destination %v", name, c.Remote, c.Destination)
		}
	}
	for name, text := range map[string]string{"local": "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00", "unknown": "PROXY UNKNOWN\r\n"} {
		r, err := greeted(t, h.address, text+ask)
		if err != nil || r.StatusCode != 200 || !seen.Load().Remote.Addr().IsLoopback() || seen.Load().Destination.IsValid() {
			t.Errorf("%s: %v, %v, client %v", name, r, err, seen.Load().Remote)
		}
	}
}

func TestWithoutAHeaderNothingIsAnswered(t *testing.T) {
	p, seen := announced(t)
	h := newHouse(t, p)
	for name, text := range map[string]string{
		"no header": ask, "a broken one": "PROXY TCP4 nobody\r\n" + ask, "half of one": header1[:12], "TLS": "\x16\x03\x01", "nothing": "",
	} {
		if r, err := greeted(t, h.address, text); err == nil {
			t.Errorf("%s: answered %v", name, r.StatusCode)
		} else if strings.Contains(err.Error(), "timeout") {
			t.Errorf("%s: the connection stays open", name)
		}
	}
	if seen.Load() != nil {
		t.Error("a request was looked at")
	}
}

func TestAnUntrustedPeerIsNotBelieved(t *testing.T) {
	p, seen := announced(t, "10.0.0.0/8")
	h := newHouse(t, p)
	r, err := greeted(t, h.address, header1+ask)
	if err != nil || r.StatusCode != 200 {
		t.Fatal(r, err)
	}
	if c := seen.Load(); !c.Remote.Addr().IsLoopback() || c.Destination.IsValid() {
		t.Errorf("client %v, destination %v", c.Remote, c.Destination)
	}
	if _, err := greeted(t, h.address, ask); err == nil {
		t.Error("it may leave the header out")
	}
}

func TestAnnouncedClientsAreCountedOneByOne(t *testing.T) {
	p, _ := announced(t)
	p.options = func(o *Options) { o.MaxPerClient = 1 }
	h := newHouse(t, p)
	open := func(client string) (net.Conn, error) {
		c, err := net.Dial("tcp", h.address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "PROXY TCP4 %s 198.51.100.9 1 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", client)
		_, err = http.ReadResponse(bufio.NewReader(c), nil)
		return c, err
	}
	first, err := open("192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open("192.0.2.1"); err == nil {
		t.Error("a second connection of one client is served")
	}
	if _, err := open("192.0.2.2"); err != nil {
		t.Errorf("another client: %v", err)
	}
	first.Close()
	for range 500 {
		if _, err = open("192.0.2.1"); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		t.Errorf("after the first has gone: %v", err)
	}
}

// passing is a plan of a TLS port that sends shop.example on undecrypted, to a server of its own.
func passing(t *testing.T) (plan, *x509.CertPool) {
	t.Helper()
	chain, key := selfSigned(t, "shop.example")
	cert, err := tls.X509KeyPair(chain, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "the shop itself")
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(chain)
	at := netip.MustParseAddrPort(l.Addr().String())
	p := securePlan(t, "other.example")
	p.targets = []string{backend(t, echo)}
	p.options = func(o *Options) { o.Relay = relay.New(relay.Options{Clock: o.Clock}) }
	p.edit = func(m *model.Model) {
		m.LoadBalancers[0].Listeners[0].Passthrough = []model.Passthrough{{Host: "shop.example", TargetGroup: "pass"}}
		m.TargetGroups = append(m.TargetGroups, model.TargetGroup{
			ID: "pass", Type: model.TargetIP, Protocol: model.TargetTCP, Targets: []model.Target{{ID: at.Addr().String(), Port: int32(at.Port())}},
		})
	}
	return p, pool
}

// overTLS asks over a connection that may have something before TLS.
func overTLS(t *testing.T, address, before string, config *tls.Config) (string, error) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, before); err != nil {
		t.Fatal(err)
	}
	secured := tls.Client(c, config)
	if _, err := io.WriteString(secured, ask); err != nil {
		return "", err
	}
	r, err := http.ReadResponse(bufio.NewReader(secured), nil)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(r.Body)
	return string(b), err
}

func TestTLSOfSomeNamesGoesToTheirTargetsUndecrypted(t *testing.T) {
	p, pool := passing(t)
	h := newHouse(t, p)
	if got, err := overTLS(t, h.address, "", &tls.Config{ServerName: "shop.example", RootCAs: pool}); err != nil || got != "the shop itself" {
		t.Errorf("%q, %v", got, err)
	}
	for _, name := range []string{"other.example", "a.shop.example", ""} {
		got, err := overTLS(t, h.address, "", &tls.Config{ServerName: name, InsecureSkipVerify: true})
		if err != nil || got == "the shop itself" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if r, err := greeted(t, h.address, ask); err != nil || r.StatusCode != 400 {
		t.Errorf("plain HTTP: %v, %v", r, err)
	}
	h.set.Review()
}

func TestAClientHelloInPiecesIsPassedOnAsItWas(t *testing.T) {
	p, pool := passing(t)
	p.edit = func(edit func(*model.Model)) func(*model.Model) {
		return func(m *model.Model) {
			edit(m)
			m.LoadBalancers[0].Listeners[0].ProxyProtocol = &model.ProxyProtocol{}
		}
	}(p.edit)
	h := newHouse(t, p)
	c, err := net.Dial("tcp", h.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, header1)
	secured := tls.Client(&crumbs{c}, &tls.Config{ServerName: "shop.example", RootCAs: pool})
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := secured.Handshake(); err != nil {
		t.Fatal(err)
	}
}

// crumbs writes a few bytes at a time.
type crumbs struct{ net.Conn }

func (c *crumbs) Write(b []byte) (n int, err error) {
	for n < len(b) {
		m, err := c.Conn.Write(b[n:min(n+100, len(b))])
		n += m
		if err != nil {
			return n, err
		}
		time.Sleep(time.Millisecond)
	}
	return n, nil
}

func TestSecurityGroupsKeepClientsOutWithoutAWord(t *testing.T) {
	p := plan{
		targets: []string{backend(t, echo)}, options: func(o *Options) { o.FilterLoopback = true },
		edit: func(m *model.Model) {
			m.LoadBalancers[0].SecurityGroups = []string{"sg"}
			m.SecurityGroups = []model.SecurityGroup{{ID: "sg", Ingress: []model.SecurityGroupRule{
				{Protocol: "tcp", FromPort: 80, ToPort: 80, CIDR: "127.0.0.8/32"},
			}}}
		},
	}
	h := newHouse(t, p)
	from := func(host string) (string, error) {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(host)}}
		c, err := d.Dial("tcp", h.address)
		if err != nil {
			return "", err
		}
		t.Cleanup(func() { c.Close() })
		io.WriteString(c, ask)
		c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		if host == "127.0.0.8" {
			c.SetReadDeadline(time.Now().Add(10 * time.Second))
		}
		b := make([]byte, 12)
		n, err := io.ReadFull(c, b)
		return string(b[:n]), err
	}
	if got, err := from("127.0.0.8"); got != "HTTP/1.1 200" {
		t.Errorf("who is let in: %q, %v", got, err)
	}
	if got, err := from("127.0.0.9"); got != "" || err == nil || !strings.Contains(err.Error(), "timeout") {
		t.Errorf("who is not: %q, %v; want silence", got, err)
	}
	p.options = nil
	open := newHouse(t, p)
	h.address = open.address
	if got, _ := from("127.0.0.9"); got != "HTTP/1.1 200" {
		t.Errorf("clients on this machine, by default: %q", got)
	}
}
