package listen

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// house is a Set with everything around it, for one listener that forwards everything to one target group.
type house struct {
	t        testing.TB
	set      *Set
	registry *upstream.Registry
	clock    *wire.Clock
	snapshot atomic.Pointer[compile.Snapshot]
	address  string
	mu       sync.Mutex
	done     []logged
	log      bytes.Buffer
	// silent is for those who do not want to know of exchanges.
	silent atomic.Bool
}

// logged is what was told of an ended exchange.
type logged struct {
	status   int
	error    string
	attempts int
	out      int64
}

// plan is what a test wants of its house.
type plan struct {
	dialect    model.Dialect
	protocol   model.ListenerProtocol
	policy     *model.Policy
	attributes []model.Attribute
	options    func(*Options)
	targets    []string
	limit      int64
	before     func(x *exchange.Exchange) exchange.Verdict
	chain, key []byte
	// step makes another step of the routing one; made is called with the Set before it has sockets.
	step func(toGroup) exchange.Filter
	made func(*Set)
	// speak is the protocol of the target group; HTTP when empty.
	speak model.TargetProtocol
	// edit changes the model before it is compiled.
	edit func(m *model.Model)
}

// toGroup is the routing step of the tests.
type toGroup struct {
	group  exchange.Group
	limit  int64
	before func(x *exchange.Exchange) exchange.Verdict
}

func (f toGroup) Request(x *exchange.Exchange) exchange.Verdict {
	x.BodyLimit = f.limit
	if f.before != nil && f.before(x) == exchange.Respond {
		return exchange.Respond
	}
	x.Group = f.group
	return exchange.Continue
}

func newHouse(t testing.TB, p plan) *house {
	t.Helper()
	h := &house{t: t, clock: wire.NewClock()}
	h.registry = upstream.NewRegistry(upstream.Options{})
	logger := slog.New(slog.NewTextHandler(&locked{w: &h.log, mu: &h.mu}, nil))
	forwarder := forward.New(forward.Options{Clock: h.clock, Done: h.note})
	options := Options{
		Snapshot: h.snapshot.Load, Forwarder: forwarder, Clock: h.clock, Logger: logger,
	}
	if p.options != nil {
		p.options(&options)
	}
	h.set = New(options)
	if p.made != nil {
		p.made(h.set)
	}
	h.compile(p)
	if err := h.set.Place([]Placement{{LoadBalancer: "lb", Port: 80, Address: netip.MustParseAddrPort("127.0.0.1:0")}}); err != nil {
		t.Fatal(err)
	}
	h.address = h.set.Addresses()[0].Address.String()
	t.Cleanup(h.close)
	return h
}

func (h *house) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := h.set.Shutdown(ctx); err != nil {
		h.t.Errorf("shutdown: %v", err)
	}
	h.registry.Close()
	for range 50 {
		if h.clock.Count() == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if n := h.clock.Count(); n != 0 {
		h.t.Errorf("%d connections were never closed", n)
	}
	time.Sleep(2 * wire.Tick) // the clock stops at its next tick
}

// compile makes the snapshot that the house serves from now on.
func (h *house) compile(p plan) {
	if p.protocol == "" {
		p.protocol = model.HTTP
	}
	if p.speak == "" {
		p.speak = model.TargetHTTP
	}
	if p.limit == 0 {
		p.limit = -1
	}
	forward := []model.Action{{
		Type:    model.ActionForward,
		Forward: &model.Forward{TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "tg", Weight: 1}}},
	}}
	listener := model.Listener{Port: 80, Protocol: p.protocol, DefaultActions: forward, DefaultPolicy: p.policy}
	m := &model.Model{
		LoadBalancers: []model.LoadBalancer{{
			ID: "lb", Type: model.Application, Dialect: p.dialect, Attributes: p.attributes,
			Listeners: []model.Listener{listener},
		}},
		TargetGroups: []model.TargetGroup{{ID: "tg", Type: model.TargetIP, Protocol: p.speak, Port: 80}},
	}
	if p.chain != nil {
		m.Certificates = []model.Certificate{{ID: "cert", Chain: p.chain, Key: p.key}}
		m.LoadBalancers[0].Listeners[0].DefaultCertificate = "cert"
	}
	if p.edit != nil {
		p.edit(m)
	}
	deps := compile.Deps{
		Group: func(tg *model.TargetGroup) exchange.Group { return h.registry.Acquire(tg) },
		Filters: []compile.FilterFactory{{
			Name: "forward", New: func(c *compile.Config) (exchange.Filter, error) {
				routing := toGroup{c.Group("tg"), p.limit, p.before}
				if p.step != nil {
					return p.step(routing), nil
				}
				return routing, nil
			},
		}},
	}
	s, diags := compile.Compile(m, deps)
	for _, d := range diags {
		h.t.Log(d)
	}
	h.snapshot.Store(s)
	var targets []model.Target
	for _, a := range p.targets {
		ap := netip.MustParseAddrPort(a)
		targets = append(targets, model.Target{ID: ap.Addr().String(), Port: int32(ap.Port())})
	}
	h.registry.SetTargets("tg", targets)
}

func (h *house) note(_ *compile.Listener, x *exchange.Exchange) {
	if h.silent.Load() {
		return
	}
	status := x.Log.Status
	if status == 0 {
		status = x.Response.Status
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.done = append(h.done, logged{status, x.Log.Error, len(x.Log.Attempts), x.Log.BytesOut})
}

// ended waits until n exchanges have been logged and returns them.
func (h *house) ended(n int) []logged {
	h.t.Helper()
	for range 500 {
		h.mu.Lock()
		list := append([]logged(nil), h.done...)
		h.mu.Unlock()
		if len(list) >= n {
			return list
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatalf("fewer than %d exchanges ended", n)
	return nil
}

type locked struct {
	w  io.Writer
	mu *sync.Mutex
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// dial opens a client's connection.
func (h *house) dial() *client {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(15 * time.Second))
	return &client{t: h.t, conn: conn, r: bufio.NewReader(conn)}
}

type client struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, text); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
	err  error
}

func (c *client) read(method string) answer {
	c.t.Helper()
	resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("read response: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	return answer{resp, string(body), err}
}

// closed insists that the proxy has closed the connection.
func (c *client) closed() {
	c.t.Helper()
	if n, err := c.r.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		c.t.Errorf("connection still open, read %d bytes, %v", n, err)
	}
}

func (c *client) get(path string) answer {
	c.t.Helper()
	c.send("GET " + path + " HTTP/1.1\r\nHost: a.example\r\n\r\n")
	return c.read("GET")
}

// backend starts an HTTP target and returns its address.
func backend(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// echo answers with what it got.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("X-Method", r.Method)
	w.Header().Set("X-Host", r.Host)
	w.Header().Set("X-Length", r.Header.Get("Content-Length"))
	if len(r.TransferEncoding) > 0 {
		w.Header().Set("X-Encoding", r.TransferEncoding[0])
	}
	w.Write([]byte(r.RequestURI + "|" + string(body)))
}

// rawBackend starts a target that does what the test says with each connection.
func rawBackend(t testing.TB, serve func(n int, c net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var tasks sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	tasks.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			tasks.Go(func() {
				defer c.Close()
				serve(n, c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		tasks.Wait()
	})
	return l.Addr().String()
}

// head reads a request head from a target's connection.
func head(r *bufio.Reader) string {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		b.WriteString(line)
		if err != nil || line == "\r\n" {
			return b.String()
		}
	}
}
