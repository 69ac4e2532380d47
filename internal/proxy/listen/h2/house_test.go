package h2

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

var certificate = sync.OnceValue(func() *tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"a.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// plan is what a test wants of its house.
type plan struct {
	dialect    model.Dialect
	attributes []model.Attribute
	policy     *model.Policy
	options    Options
	limit      int64
	// version is what the target speaks; HTTP/1.1 when empty.
	version model.ProtocolVersion
	handler http.HandlerFunc
	before  func(x *exchange.Exchange) exchange.Verdict
}

// house is a listener with this driver, in front of one target.
type house struct {
	t        testing.TB
	set      *listen.Set
	registry *upstream.Registry
	target   *httptest.Server
	clock    *wire.Clock
	address  string
	closed   bool

	messages messages
	panics   int // expected ones

	mu   sync.Mutex
	done []ended
}

// messages counts what is logged of panics.
type messages struct {
	mu     sync.Mutex
	panics []string
}

func (m *messages) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if bytes.Contains(b, []byte("panic")) {
		m.panics = append(m.panics, string(b))
	}
	return len(b), nil
}

type ended struct {
	status          int
	error           string
	in, out, bodies int64
	host, path      string
}

type toGroup struct {
	group exchange.Group
	p     *plan
}

func (f toGroup) Request(x *exchange.Exchange) exchange.Verdict {
	x.BodyLimit = f.p.limit
	if f.p.before != nil && f.p.before(x) == exchange.Respond {
		return exchange.Respond
	}
	x.Group = f.group
	return exchange.Continue
}

func build(t testing.TB, p plan) *house {
	t.Helper()
	if t, ok := t.(*testing.T); ok {
		t.Parallel()
	}
	if p.limit == 0 {
		p.limit = -1
	}
	if p.handler == nil {
		p.handler = echo
	}
	h := &house{t: t, clock: wire.NewClock(), registry: upstream.NewRegistry(upstream.Options{}), target: target(p)}
	var snapshot atomic.Pointer[compile.Snapshot]
	p.options.Tick = 20 * time.Millisecond
	logger := slog.New(slog.NewTextHandler(&h.messages, nil))
	p.options.Logger = logger
	h.set = listen.New(listen.Options{
		Snapshot: snapshot.Load, Clock: h.clock, Logger: logger, HTTP2: New(p.options).Serve,
		Forwarder: forward.New(forward.Options{Clock: h.clock, Done: h.note}),
	})
	snapshot.Store(compiled(h.registry, &p))
	at := netip.MustParseAddrPort(h.target.Listener.Addr().String())
	h.registry.SetTargets("tg", []model.Target{{ID: at.Addr().String(), Port: int32(at.Port())}})
	if err := h.set.Place([]listen.Placement{{LoadBalancer: "lb", Port: 443, Address: netip.MustParseAddrPort("127.0.0.1:0")}}); err != nil {
		t.Fatal(err)
	}
	h.address = h.set.Addresses()[0].Address.String()
	t.Cleanup(h.close)
	return h
}

// compiled is the snapshot with the one listener.
func compiled(registry *upstream.Registry, p *plan) *compile.Snapshot {
	group := []model.WeightedTargetGroup{{TargetGroup: "tg", Weight: 1}}
	listener := model.Listener{
		Port: 443, Protocol: model.HTTPS, DefaultPolicy: p.policy,
		DefaultActions: []model.Action{{Type: model.ActionForward, Forward: &model.Forward{TargetGroups: group}}},
	}
	s, _ := compile.Compile(&model.Model{
		LoadBalancers: []model.LoadBalancer{{
			ID: "lb", Type: model.Application, Dialect: p.dialect, Attributes: p.attributes, Listeners: []model.Listener{listener},
		}},
		TargetGroups: []model.TargetGroup{{ID: "tg", Type: model.TargetIP, Protocol: model.TargetHTTP, ProtocolVersion: p.version, Port: 80}},
	}, compile.Deps{
		DefaultCertificate: certificate(),
		Group:              func(tg *model.TargetGroup) exchange.Group { return registry.Acquire(tg) },
		Filters: []compile.FilterFactory{{Name: "forward", New: func(c *compile.Config) (exchange.Filter, error) {
			return toGroup{c.Group("tg"), p}, nil
		}}},
	})
	return s
}

// target is the server behind the house.
func target(p plan) *httptest.Server {
	s := httptest.NewUnstartedServer(p.handler)
	s.Config.Protocols = &http.Protocols{}
	s.Config.Protocols.SetHTTP1(p.version == "")
	s.Config.Protocols.SetUnencryptedHTTP2(p.version != "")
	s.Start()
	return s
}

func (h *house) close() {
	if h.closed {
		return
	}
	h.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := h.set.Shutdown(ctx); err != nil {
		h.t.Errorf("shutdown: %v", err)
	}
	h.registry.Close()
	h.target.Close()
	if list := h.messages.panics; len(list) != h.panics {
		h.t.Errorf("panics: %s", list)
	}
	for range 50 {
		if h.clock.Count() == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if n := h.clock.Count(); n != 0 {
		h.t.Errorf("%d connections were never closed", n)
	}
	time.Sleep(2 * wire.Tick)
}

func (h *house) note(_ *compile.Listener, x *exchange.Exchange) {
	status := x.Log.Status
	if status == 0 {
		status = x.Response.Status
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.done = append(h.done, ended{
		status, x.Log.Error, x.Log.BytesIn, x.Log.BytesOut, x.Log.BodyBytesOut, string(x.Request.Host), string(x.Request.Target),
	})
}

// ended waits until n exchanges have been logged.
func (h *house) ended(n int) []ended {
	h.t.Helper()
	for range 500 {
		h.mu.Lock()
		list := append([]ended(nil), h.done...)
		h.mu.Unlock()
		if len(list) >= n {
			return list
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatalf("fewer than %d exchanges ended", n)
	return nil
}

// echo answers with the request's body, and what it saw in fields.
func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Seen-Host", r.Host)
	w.Header().Set("X-Seen-Path", r.RequestURI)
	w.Header().Set("X-Seen-Cookie", r.Header.Get("Cookie"))
	w.Header().Set("X-Seen-Length", r.Header.Get("Content-Length"))
	b, _ := io.ReadAll(r.Body) // net/http cannot read and write at a time
	_, _ = w.Write(b)
}

// client is net/http's HTTP/2 client.
func (h *house) client() *http.Client {
	t := &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}},
		ForceAttemptHTTP2: true, DisableCompression: true,
	}
	h.t.Cleanup(t.CloseIdleConnections)
	return &http.Client{Transport: t, Timeout: 20 * time.Second}
}

func (h *house) url(path string) string { return "https://" + h.address + path }

// raw is a client that writes frames as it likes.
type raw struct {
	t    testing.TB
	conn *tls.Conn
	*http2.Framer
	block bytes.Buffer
	enc   *hpack.Encoder
}

// dial connects and shakes hands; the server's SETTINGS have not been read yet.
func (h *house) dial() *raw {
	h.t.Helper()
	r := h.silent()
	if _, err := io.WriteString(r.conn, http2.ClientPreface); err != nil {
		h.t.Fatal(err)
	}
	if err := r.WriteSettings(); err != nil {
		h.t.Fatal(err)
	}
	return r
}

// silent connects and says nothing.
func (h *house) silent() *raw {
	h.t.Helper()
	c, err := tls.Dial("tcp", h.address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	r := &raw{t: h.t, conn: c, Framer: http2.NewFramer(c, c)}
	r.AllowIllegalWrites = true
	r.enc = hpack.NewEncoder(&r.block)
	return r
}

// fields encodes name, value, name, value ...
func (r *raw) fields(pairs ...string) []byte {
	r.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		_ = r.enc.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return append([]byte(nil), r.block.Bytes()...)
}

func (r *raw) usual(more ...string) []byte {
	return r.fields(append([]string{":method", "GET", ":scheme", "https", ":authority", "a.example", ":path", "/x"}, more...)...)
}

func (r *raw) get(id uint32, more ...string) {
	r.headers(id, true, r.usual(more...))
}

func (r *raw) headers(id uint32, end bool, block []byte) {
	_ = r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block, EndStream: end, EndHeaders: true})
}

// answer is what came back on a stream, or for the connection.
type answer struct {
	status string
	body   string
	ended  bool
	reset  http2.ErrCode
	broken bool
	goAway bool
	code   http2.ErrCode
	last   uint32
	closed bool
	fields map[string]string
}

// read reads frames until the stream ends, the connection does, or (id 0) only the latter.
func (r *raw) read(id uint32) answer {
	a := answer{fields: map[string]string{}}
	dec := hpack.NewDecoder(4096, func(f hpack.HeaderField) {
		if f.Name == ":status" {
			a.status = f.Value
		}
		a.fields[f.Name] = f.Value
	})
	for {
		f, err := r.ReadFrame()
		if err != nil {
			a.closed = true
			if n, ok := err.(net.Error); ok && n.Timeout() {
				r.t.Fatal("nothing came any more")
			}
			return a
		}
		switch f := f.(type) {
		case *http2.HeadersFrame:
			_, _ = dec.Write(f.HeaderBlockFragment())
			if f.StreamID == id && f.StreamEnded() {
				a.ended = true
				return a
			}
		case *http2.DataFrame:
			if f.StreamID == id {
				a.body += string(f.Data())
				if f.StreamEnded() {
					a.ended = true
					return a
				}
			}
		case *http2.RSTStreamFrame:
			if f.StreamID == id {
				a.broken, a.reset = true, f.ErrCode
				return a
			}
		case *http2.GoAwayFrame:
			a.goAway, a.code, a.last = true, f.ErrCode, f.LastStreamID
		}
	}
}
