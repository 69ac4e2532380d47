package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/listen"
	"github.com/gwanmun/gwanmun/internal/testkit/selfsigned"
)

// Bounds of the proxy under attack.
const (
	maxConnections = 2000
	maxPerClient   = 50
)

// memoryBound is what the process may take: 64 MB, and for each connection that the attackers' addresses may hold 160 KB on the
// plain listener and 2 MB on the one with TLS. A plain one with half a head holds 16 KB and up to twice the head, one whose
// answer is not taken 64 KB and what the system buffers. One of HTTP/2 may have 256 requests wait, some KB each.
const memoryBound = 64<<20 + attackers*maxPerClient*(160<<10+2<<20)

// figures are what the proxy tells of itself.
type figures struct {
	Plain, Secure      string
	Open               int64
	Rejected, Accepted uint64
	Goroutines         int
	Heap               uint64
}

// serveProxy is the process under attack. It prints its figures as JSON for every line it reads, until there are no more.
func serveProxy(target string) error {
	at, err := netip.ParseAddrPort(target)
	if err != nil {
		return err
	}
	s, err := proxy.New(proxy.Options{
		MaxConnections: maxConnections, MaxPerClient: maxPerClient,
		Timeouts: listen.Timeouts{
			Head: 5 * time.Second, Body: 5 * time.Second, Grace: 3 * time.Second, Stall: 5 * time.Second, Handshake: 5 * time.Second,
		},
	})
	if err != nil {
		return err
	}
	chain, key, err := selfsigned.Certificate("a.example")
	if err != nil {
		return err
	}
	forward := []model.Action{{Type: model.ActionForward, Forward: &model.Forward{
		TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "tg", Weight: 1}},
	}}}
	policy := &model.Policy{BodyLimit: 1 << 20, RequestBuffering: true}
	s.Apply([]compile.Unit{{Key: "lb", Model: &model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "lb", Name: "lb", Type: model.Application, Dialect: model.DialectNginx, Listeners: []model.Listener{
			{Port: 80, Protocol: model.HTTP, DefaultActions: forward, DefaultPolicy: policy},
			{Port: 443, Protocol: model.HTTPS, DefaultCertificate: "cert", DefaultActions: forward, DefaultPolicy: policy},
		}}},
		Certificates: []model.Certificate{{ID: "cert", Hosts: []string{"a.example"}, Chain: chain, Key: key}},
		TargetGroups: []model.TargetGroup{{
			ID: "tg", Type: model.TargetIP, Protocol: model.TargetHTTP, Port: 80,
			Targets: []model.Target{{ID: at.Addr().String(), Port: int32(at.Port())}},
		}},
	}}}, nil)
	loopback := netip.MustParseAddrPort("127.0.0.1:0")
	if err := s.Place([]proxy.Placement{
		{LoadBalancer: "lb", Port: 80, Address: loopback}, {LoadBalancer: "lb", Port: 443, Address: loopback},
	}); err != nil {
		return err
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if err := json.NewEncoder(os.Stdout).Encode(look(s)); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.Shutdown(ctx) // attackers may still hold on
	return nil
}

func look(s *proxy.Server) figures {
	// Reading runtime.MemStats would stop the world, which is felt on a busy machine.
	m := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"},
	}
	metrics.Read(m)
	c := s.Connections()
	f := figures{
		Open: c.Open.Load(), Rejected: c.Rejected.Load(), Accepted: c.Accepted.Load(),
		Goroutines: runtime.NumGoroutine(), Heap: m[0].Value.Uint64() + m[1].Value.Uint64() + m[2].Value.Uint64(),
	}
	for _, p := range s.Addresses() {
		if p.Port == 80 {
			f.Plain = p.Address.String()
		} else {
			f.Secure = p.Address.String()
		}
	}
	return f
}

func (f figures) String() string {
	return fmt.Sprintf("open %d, accepted %d, rejected %d, goroutines %d, heap and stacks %d MB", f.Open, f.Accepted, f.Rejected, f.Goroutines, f.Heap>>20)
}
