package relay_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m, relay.CloseFreePipes) }

// plan is what a test wants of its house.
type plan struct {
	listener model.Listener
	group    model.TargetGroup
	// idle replaces the listener's idle timeout, whose least value is too long for a test.
	idle    time.Duration
	targets []string
	// more are further target groups.
	more         []model.TargetGroup
	certificates []model.Certificate
	options      func(*listen.Options)
	relay        relay.Options
	dial         func(context.Context, string, string) (net.Conn, error)
}

// house is a Set with everything around it, for one listener of a network load balancer.
type house struct {
	t        testing.TB
	set      *listen.Set
	registry *upstream.Registry
	clock    *wire.Clock
	snapshot atomic.Pointer[compile.Snapshot]
	address  string
	mu       sync.Mutex
	log      bytes.Buffer
	done     []exchange.Flow
}

func newHouse(t testing.TB, p plan) *house {
	t.Helper()
	h := &house{t: t, clock: wire.NewClock()}
	h.registry = upstream.NewRegistry(upstream.Options{Dial: p.dial})
	p.relay.Clock, p.relay.Done = h.clock, h.note
	options := listen.Options{
		Snapshot: h.snapshot.Load, Clock: h.clock, Relay: relay.New(p.relay),
		Logger: slog.New(slog.NewTextHandler(h, nil)),
	}
	if p.options != nil {
		p.options(&options)
	}
	h.set = listen.New(options)
	h.compile(p)
	if err := h.set.Place([]listen.Placement{{LoadBalancer: "nlb", Port: 80, Address: netip.MustParseAddrPort("127.0.0.1:0")}}); err != nil {
		t.Fatal(err)
	}
	h.address = h.set.Addresses()[0].Address.String()
	t.Cleanup(h.close)
	return h
}

// Write takes log lines.
func (h *house) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.log.Write(b)
}

func (h *house) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_ = h.set.Shutdown(ctx) // tests leave flows open
	h.registry.Close()
	h.eventually("all connections are closed", func() bool { return h.clock.Count() == 0 })
	time.Sleep(2 * wire.Tick) // the clock stops at its next tick
}

// compile makes the snapshot that the house serves from now on.
func (h *house) compile(p plan) {
	h.t.Helper()
	l := p.listener
	l.Port = 80
	if l.Protocol == "" {
		l.Protocol = model.TCP
	}
	tg := p.group
	tg.ID, tg.Type = "tg", model.TargetIP
	if tg.Protocol == "" {
		tg.Protocol = model.TargetTCP
	}
	if l.DefaultActions == nil {
		l.DefaultActions = forwardTo(model.WeightedTargetGroup{TargetGroup: "tg", Weight: 1})
	}
	if p.certificates != nil {
		l.DefaultCertificate = p.certificates[0].ID
		for _, c := range p.certificates[1:] {
			l.Certificates = append(l.Certificates, c.ID)
		}
	}
	m := &model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "nlb", Name: "demo", Type: model.Network, Listeners: []model.Listener{l}}},
		TargetGroups:  append([]model.TargetGroup{tg}, p.more...), Certificates: p.certificates,
	}
	s, diags := compile.Compile(m, compile.Deps{Group: func(tg *model.TargetGroup) exchange.Group { return h.registry.Acquire(tg) }})
	for _, d := range diags {
		h.t.Errorf("diagnostic: %v", d)
	}
	if n := s.Network("nlb", 80); n != nil && p.idle > 0 {
		n.IdleTimeout = p.idle
	}
	h.snapshot.Store(s)
	h.retarget("tg", p.targets...)
}

func forwardTo(groups ...model.WeightedTargetGroup) []model.Action {
	return []model.Action{{Type: model.ActionForward, Forward: &model.Forward{TargetGroups: groups}}}
}

func (h *house) retarget(group string, addresses ...string) {
	h.registry.SetTargets(group, targetsOf(addresses...))
}

func targetsOf(addresses ...string) []model.Target {
	var out []model.Target
	for _, a := range addresses {
		ap := netip.MustParseAddrPort(a)
		out = append(out, model.Target{ID: ap.Addr().String(), Port: int32(ap.Port())})
	}
	return out
}

func (h *house) note(_ *compile.NetworkListener, f *exchange.Flow) {
	h.mu.Lock()
	defer h.mu.Unlock()
	kept := *f
	kept.Offered = slices.Clone(f.Offered)
	h.done = append(h.done, kept)
}

// ended waits until n flows have ended and returns them.
func (h *house) ended(n int) []exchange.Flow {
	h.t.Helper()
	var list []exchange.Flow
	h.eventually("flows have ended", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		list = slices.Clone(h.done)
		return len(list) >= n
	})
	return list
}

func (h *house) eventually(what string, ok func() bool) {
	h.t.Helper()
	for range 1500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Errorf("it did not come to pass that %s", what)
}

// dial opens a client's connection.
func (h *house) dial() *net.TCPConn {
	h.t.Helper()
	c, err := net.Dial("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(30 * time.Second))
	return c.(*net.TCPConn)
}

// ask sends a line and reads the answer.
func (h *house) ask(c net.Conn, line string) string {
	h.t.Helper()
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		h.t.Fatalf("send: %v", err)
	}
	return h.hear(c)
}

func (h *house) hear(c net.Conn) string {
	h.t.Helper()
	text, err := readLine(c)
	if err != nil {
		h.t.Fatalf("read: %v", err)
	}
	return text
}

// readLine reads up to a line feed, no byte more.
func readLine(c net.Conn) (string, error) {
	var out []byte
	for {
		var b [1]byte
		if _, err := io.ReadFull(c, b[:]); err != nil {
			return string(out), err
		}
		if b[0] == '\n' {
			return string(out), nil
		}
		out = append(out, b[0])
	}
}

// isReset insists that the connection was broken off.
func (h *house) isReset(c net.Conn) {
	h.t.Helper()
	_, err := io.Copy(io.Discard, c)
	if !errors.Is(err, syscall.ECONNRESET) {
		h.t.Errorf("not reset: %v", err)
	}
}

// turnedAway insists that a new connection is reset, be it before the client knows that it has one.
func (h *house) turnedAway() {
	h.t.Helper()
	c, err := net.Dial("tcp", h.address)
	if err == nil {
		defer c.Close()
		c.SetDeadline(time.Now().Add(30 * time.Second))
		_, err = io.Copy(io.Discard, c)
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		h.t.Errorf("not reset: %v", err)
	}
}

// target starts a server that does what the test says with each connection.
func target(t testing.TB, serve func(c *net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var tasks sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	tasks.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			tasks.Go(func() {
				defer c.Close()
				serve(c.(*net.TCPConn))
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

// named is a target that answers each line with its name and the line.
func named(t testing.TB, name string) string {
	return target(t, func(c *net.TCPConn) {
		for {
			line, err := readLine(c)
			if err != nil {
				return
			}
			if _, err := io.WriteString(c, name+" "+line+"\n"); err != nil {
				return
			}
		}
	})
}

// nobody is an address that refuses connections.
func nobody(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// emptied is a snapshot without the listener.
func (h *house) emptied() *compile.Snapshot {
	s, _ := compile.Compile(&model.Model{}, compile.Deps{})
	return s
}
