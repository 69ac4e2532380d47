package datagram_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/datagram"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// plan is what a test wants of its house.
type plan struct {
	protocol model.ListenerProtocol
	rules    []model.Rule
	groups   []model.TargetGroup
	// weights are those of the groups in the default action; 1 each when nil.
	weights []int32
	options datagram.Options
	at      string
	// dial connects to targets; a plain dialer when nil.
	dial  func(context.Context, string, string) (net.Conn, error)
	admit func(*compile.NetworkListener, netip.Addr) bool
}

// house is a Socket with everything around it.
type house struct {
	t        testing.TB
	plan     plan
	registry *upstream.Registry
	snapshot atomic.Pointer[compile.Snapshot]
	socket   *datagram.Socket
	counts   exchange.Datagrams
	mu       sync.Mutex
	log      bytes.Buffer
}

func (h *house) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.log.Write(b)
}

func newHouse(t testing.TB, p plan) *house {
	t.Helper()
	h := &house{t: t, plan: p, registry: upstream.NewRegistry(upstream.Options{Dial: p.dial})}
	h.apply(p)
	began := time.Now()
	o := p.options
	o.Now = func() time.Duration { return time.Since(began) }
	o.Logger = slog.New(slog.NewTextHandler(h, nil))
	at := p.at
	if at == "" {
		at = "127.0.0.1:0"
	}
	network := "udp4"
	if netip.MustParseAddrPort(at).Addr().Is6() {
		network = "udp"
	}
	conn, err := net.ListenPacket(network, at)
	switch {
	case err != nil && network == "udp":
		t.Skip("there is no IPv6 here:", err)
	case err != nil:
		t.Fatal(err)
	}
	h.socket, err = datagram.New(o).Open(datagram.Port{
		Conn: conn.(*net.UDPConn), Admit: p.admit,
		Listener: func() *compile.NetworkListener { return h.snapshot.Load().Datagrams("nlb", 53) },
		Counts:   func(*compile.NetworkListener) *exchange.Datagrams { return &h.counts },
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		h.socket.Run()
		close(done)
	}()
	t.Cleanup(func() {
		h.socket.Close()
		<-done
		h.registry.Close()
		if n := h.counts.Active.Load(); n != 0 {
			t.Errorf("%d flows are counted after the end", n)
		}
		if h.log.Len() > 0 {
			t.Errorf("logged: %s", h.log.String())
		}
	})
	return h
}

// apply puts a plan into service.
func (h *house) apply(p plan) {
	h.t.Helper()
	if p.protocol == "" {
		p.protocol = model.UDP
	}
	forward := &model.Forward{}
	for i := range p.groups {
		g := &p.groups[i]
		if g.ID == "" {
			g.ID = fmt.Sprint("g", i)
		}
		if g.Protocol == "" {
			g.Protocol = model.TargetProtocol(p.protocol)
		}
		weight := int32(1)
		if p.weights != nil {
			weight = p.weights[i]
		}
		if weight >= 0 {
			forward.TargetGroups = append(forward.TargetGroups, model.WeightedTargetGroup{TargetGroup: g.ID, Weight: weight})
		}
	}
	s, diags := compile.Compile(&model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "nlb", Name: "nlb", Type: model.Network, Listeners: []model.Listener{{
			Port: 53, Protocol: p.protocol, Rules: p.rules, DefaultActions: []model.Action{{Type: model.ActionForward, Forward: forward}},
		}}}},
		TargetGroups: p.groups,
	}, compile.Deps{Group: func(tg *model.TargetGroup) exchange.Group { return h.registry.Acquire(tg) }})
	if len(diags) > 0 {
		h.t.Fatal(diags)
	}
	h.snapshot.Store(s)
	if h.socket != nil {
		h.socket.Review()
	}
}

// client is a socket that talks to the house.
type client struct {
	t testing.TB
	*net.UDPConn
}

func (h *house) dial(from string) *client {
	h.t.Helper()
	var local *net.UDPAddr
	if from != "" {
		local = net.UDPAddrFromAddrPort(netip.MustParseAddrPort(from))
	}
	c, err := net.DialUDP("udp", local, net.UDPAddrFromAddrPort(h.socket.Address()))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	return &client{h.t, c}
}

const patience = 10 * time.Second

// try sends a text and returns the answer; empty when none comes in time.
func (c *client) try(text string, wait time.Duration) string {
	c.t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		c.t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(wait)); err != nil {
		c.t.Fatal(err)
	}
	b := make([]byte, 1<<16)
	n, err := c.Read(b)
	if err != nil {
		return ""
	}
	return string(b[:n])
}

// ask is try with patience; datagrams may be lost, so it asks again.
func (c *client) ask(text string) string {
	c.t.Helper()
	for range 5 {
		if got := c.try(text, patience/5); got != "" {
			return got
		}
	}
	c.t.Fatalf("no answer to %q", text)
	return ""
}

// echo is a target that answers with its name and the datagram.
type echo struct {
	*net.UDPConn
	peers sync.Map
	seen  atomic.Int64
}

func newEcho(t testing.TB, name string) (*echo, model.Target) {
	return newEchoAt(t, name, "127.0.0.1:0")
}

func newEchoAt(t testing.TB, name, at string) (*echo, model.Target) {
	t.Helper()
	conn, err := net.ListenPacket("udp", at)
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{UDPConn: conn.(*net.UDPConn)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 1<<16)
		for {
			n, peer, err := e.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			e.seen.Add(1)
			e.peers.Store(peer, true)
			if name != "mute" {
				_, _ = e.WriteToUDPAddrPort(append([]byte(name), b[:n]...), peer)
			}
		}
	}()
	t.Cleanup(func() {
		e.Close()
		<-done
	})
	address := e.LocalAddr().(*net.UDPAddr).AddrPort()
	return e, model.Target{ID: address.Addr().String(), Port: int32(address.Port())}
}

// until polls for what comes of itself.
func until(t testing.TB, what string, f func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !f() {
		select {
		case <-ctx.Done():
			t.Fatalf("not in time: %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
