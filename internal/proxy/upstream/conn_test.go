package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

var x0 = &exchange.Exchange{}

func conn(t *testing.T, target *Target) *Conn {
	t.Helper()
	c, err := target.Conn(x0, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

func TestConnectionsAreUsedAgainNewestFirst(t *testing.T) {
	for _, secure := range []bool{false, true} {
		g := acquire(t, serve(t, secure, hello))
		target := g.Pick(x0)
		a, b := conn(t, target), conn(t, target)
		if target.Outstanding() != 2 || a.Reused || a.Connected <= 0 {
			t.Errorf("outstanding %d, reused %v, connected in %v", target.Outstanding(), a.Reused, a.Connected)
		}
		if (a.TCP != nil) == secure || (a.Raw != nil) == secure {
			t.Errorf("TLS %v: the plain socket must be reachable only when there is no TLS", secure)
		}
		for _, c := range []*Conn{a, b} {
			if body := get(t, c); body != "hello" {
				t.Fatalf("the target said %q", body)
			}
			c.Report(200, time.Millisecond)
		}
		a.Reuse()
		b.Reuse()
		c := conn(t, target)
		if c != b || !c.Reused || get(t, c) != "hello" {
			t.Error("the newest idle connection was not taken")
		}
		if s := target.State(); s.Idle != 1 || s.Outstanding != 1 || s.Requests != 3 || s.Classes[2] != 2 {
			t.Errorf("state %+v", s)
		}
		c.Close()
	}
}

func TestDeadIdleConnectionsAreNotHandedOut(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	accepted := make(chan net.Conn, 8)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	var later atomic.Int64
	r := registry(t, Options{Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }})
	g := r.Acquire(&model.TargetGroup{ID: "g", Targets: []model.Target{{ID: "x", Address: listener.Addr().String()}}})
	target := g.Pick(x0)
	for name, spoil := range map[string]func(net.Conn){
		"closed":               func(c net.Conn) { c.Close() },
		"said something":       func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n") },
		"reset by the target":  func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); c.Close() },
		"untouched, still fit": nil,
	} {
		c := conn(t, target)
		theirs := <-accepted
		c.Reuse()
		if spoil != nil {
			spoil(theirs)
		}
		time.Sleep(20 * time.Millisecond)
		if fit := c.Quiet(); fit != (spoil == nil) {
			t.Errorf("%s: fit for the next request is %v", name, fit)
		}
		later.Add(int64(freshSocket))
		again := conn(t, target)
		if again.Reused != (spoil == nil) {
			t.Errorf("%s: reused is %v", name, again.Reused)
		}
		again.Close()
		theirs.Close()
		if spoil != nil {
			(<-accepted).Close()
		}
	}
	if n := len(target.live); n != 0 {
		t.Errorf("%d connections are still known", n)
	}
}

func TestLimitsCloseConnections(t *testing.T) {
	tg := serve(t, false, hello)
	now := time.Now()
	r := registry(t, Options{
		Now:    func() time.Time { return now },
		Limits: Limits{IdlePerGroup: 2, IdleTimeout: time.Minute, MaxRequests: 3, MaxAge: time.Hour},
	})
	g := r.Acquire(tg)
	target := g.Pick(x0)
	var list []*Conn
	for range 5 {
		list = append(list, conn(t, target))
	}
	for _, c := range list {
		c.Reuse()
	}
	if s := target.State(); s.Idle != 2 || g.idle.Load() != 2 || len(target.live) != 2 {
		t.Fatalf("%d idle connections are kept, %d open", s.Idle, len(target.live))
	}
	c := conn(t, target)
	if c != list[4] {
		t.Error("not the newest connection")
	}
	c.Reuse()
	if c = conn(t, target); c != list[4] {
		t.Error("two requests are not too many")
	}
	c.Reuse()
	if c = conn(t, target); c != list[3] {
		t.Error("a connection served more than three requests")
	}
	now = now.Add(2 * time.Hour)
	c.Reuse()
	if target.State().Idle != 0 {
		t.Error("a connection older than an hour was kept")
	}
	conn(t, target).Reuse()
	now = now.Add(61 * time.Second)
	if c = conn(t, target); c.Reused {
		t.Error("a connection that was idle for a minute was used")
	}
	c.Reuse()
	now = now.Add(61 * time.Second)
	g.sweep(now)
	if target.State().Idle != 0 || g.idle.Load() != 0 || len(target.live) != 0 {
		t.Error("the sweep left an old connection")
	}
}

func TestConnectionsOfABurstLingerBeyondTheLimit(t *testing.T) {
	now := time.Now()
	r := registry(t, Options{
		Now:    func() time.Time { return now },
		Limits: Limits{IdlePerGroup: 2, Linger: time.Second},
	})
	g := r.Acquire(serve(t, false, hello))
	target := g.Pick(x0)
	var list []*Conn
	for range 5 {
		list = append(list, conn(t, target))
	}
	for _, c := range list {
		c.Reuse()
	}
	if idle := target.State().Idle; idle != 5 {
		t.Fatalf("%d of 5 connections were kept right after a burst", idle)
	}
	now = now.Add(time.Second)
	last := conn(t, target)
	last.Reuse()
	if idle := target.State().Idle; idle != 4 {
		t.Errorf("a connection came back to a group that has its fill: %d are kept, not 4", idle)
	}
	g.sweep(now)
	if s := target.State(); s.Idle != 2 || g.idle.Load() != 2 || len(target.live) != 2 {
		t.Errorf("%d connections are idle after the sweep, %d open", s.Idle, len(target.live))
	}
	if c := conn(t, target); c != last {
		t.Error("the sweep did not leave the newest")
	}
}

func TestDialErrorsSayWhatHappened(t *testing.T) {
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	address := listener.Addr().String()
	listener.Close()
	one := func(o Options, protocol model.TargetProtocol, at string) (*Target, *DialError) {
		tg := &model.TargetGroup{ID: "g", Protocol: protocol, Targets: []model.Target{{ID: "x", Address: at}}}
		target := registry(t, o).Acquire(tg).Pick(x0)
		_, err := target.Conn(x0, 50*time.Millisecond)
		var d *DialError
		if !errors.As(err, &d) {
			t.Fatalf("no DialError: %v", err)
		}
		return target, d
	}
	target, d := one(Options{}, model.TargetHTTP, address)
	if d.Timeout || d.TLS || target.Outstanding() != 0 || target.State().ConnectErrors != 1 {
		t.Errorf("refused: %+v, %+v", d, target.State())
	}
	_, d = one(Options{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}, model.TargetHTTP, address)
	if !d.Timeout || d.TLS {
		t.Errorf("no answer to SYN: %+v", d)
	}
	pipe := func(say string) Options {
		return Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				if say != "" {
					_, _ = theirs.Read(make([]byte, 4096))
					_, _ = io.WriteString(theirs, say)
				}
				_, _ = io.Copy(io.Discard, theirs)
			}()
			return ours, nil
		}}
	}
	if _, d = one(pipe("HTTP/1.1 400 Bad Request\r\n\r\n"), model.TargetHTTPS, address); d.Timeout || !d.TLS {
		t.Errorf("no TLS: %+v", d)
	}
	if _, d = one(pipe(""), model.TargetHTTPS, address); !d.Timeout || !d.TLS {
		t.Errorf("silent TLS: %+v", d)
	}
}

func TestTargetsThatStayKeepEverything(t *testing.T) {
	g := acquire(t, serve(t, false, hello))
	kept := g.Pick(x0)
	c := conn(t, kept)
	get(t, c)
	c.Reuse()
	asked := kept.info.Load().asked
	asked.Pod = "renamed"
	g.SetTargets([]model.Target{{ID: "127.9.9.9", Port: 1}, asked, asked})
	if len(g.order) != 2 || g.order[1] != kept || kept.Pod() != "renamed" || kept.State().Idle != 1 {
		t.Fatalf("%d targets; kept one: %+v", len(g.order), kept.State())
	}
}

func TestRemovedTargetsDrain(t *testing.T) {
	tg := serve(t, false, hello)
	tg.Attributes = []model.Attribute{{Key: attributeDrain, Value: "0"}}
	for _, patient := range []bool{true, false} {
		if patient {
			tg.Attributes = nil
		}
		g := registry(t, Options{}).Acquire(tg)
		target := g.Pick(x0)
		idle, busy := conn(t, target), conn(t, target)
		idle.Reuse()
		if !patient {
			s := *g.settings.Load()
			s.drain = 30 * time.Millisecond
			g.settings.Store(&s)
		}
		g.SetTargets(nil)
		if g.Ready() || g.Pick(x0) != nil {
			t.Fatal("a removed target still gets requests")
		}
		if s := g.Targets(); len(s) != 1 || s[0].State != Draining || s[0].Reason != ReasonDeregistering || s[0].Idle != 0 {
			t.Fatalf("draining state %+v", s)
		}
		if patient {
			if get(t, busy) != "hello" {
				t.Error("a running request was cut")
			}
			busy.Reuse()
		} else {
			if _, err := busy.Read(make([]byte, 1)); err == nil || !busy.CutOff() {
				t.Errorf("a request outlived the deregistration delay: %v", err)
			}
			busy.Close()
		}
		if s := g.Targets(); len(s) != 0 || len(target.live) != 0 || target.Outstanding() != 0 {
			t.Errorf("something is left: %+v", s)
		}
	}
}

func TestATargetThatComesBackWhileDrainingIsTakenUpAgain(t *testing.T) {
	tg := serve(t, false, hello)
	g := acquire(t, tg)
	target := g.Pick(x0)
	busy := conn(t, target)
	g.SetTargets(nil)
	g.SetTargets(tg.Targets)
	if got := g.Pick(x0); got != target || got.Removed() || len(g.draining) != 0 {
		t.Fatal("the draining target was not taken up")
	}
	busy.Reuse()
	if target.State().Idle != 1 {
		t.Error("its connection was not kept")
	}
}

func TestChangedSettingsKeepTargets(t *testing.T) {
	r := registry(t, Options{})
	g := r.Acquire(plain(2))
	before := g.order[0]
	tg := plain(2)
	tg.Attributes = []model.Attribute{
		{Key: attributeAlgorithm, Value: "least_outstanding_requests"}, {Key: attributeSticky, Value: "true"},
	}
	r.Acquire(tg)
	if g.order[0] != before || g.State().Algorithm != "least_outstanding_requests" {
		t.Errorf("state %+v", g.State())
	}
	if got := g.Stickiness(); len(g.Ignored()) != 0 || got == nil || got.Lasts != 24*time.Hour {
		t.Errorf("stickiness is not carried out: %+v, ignored %v", got, g.Ignored())
	}
	g.Release()
	if r.Lookup(g.ID()) != g {
		t.Error("the group went with its first reference of two")
	}
	g.Release()
	if r.Lookup(g.ID()) != nil {
		t.Error("the group stayed without references")
	}
}

func TestConnectionsOfReleasedGroupsClose(t *testing.T) {
	r := registry(t, Options{})
	g := r.Acquire(serve(t, false, hello))
	target := g.Pick(x0)
	idle, busy := conn(t, target), conn(t, target)
	idle.Reuse()
	g.Release()
	if target.State().Idle != 0 {
		t.Error("an idle connection stayed open")
	}
	if get(t, busy) != "hello" {
		t.Error("a running request was cut")
	}
	busy.Reuse()
	if len(target.live) != 0 {
		t.Error("a connection of a released group was kept")
	}
}

func TestSwitchingToTLSDropsPlainConnections(t *testing.T) {
	tg := serve(t, false, hello)
	r := registry(t, Options{})
	g := r.Acquire(tg)
	target := g.Pick(x0)
	idle, busy := conn(t, target), conn(t, target)
	idle.Reuse()
	tg.Protocol = model.TargetHTTPS
	r.Group(tg)
	busy.Reuse()
	if g.Pick(x0).State().Idle != 0 {
		t.Error("a plain connection would be used for TLS")
	}
}

func BenchmarkConnReuse(b *testing.B) {
	r := registry(b, Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		c, _ := net.Pipe()
		return c, nil
	}})
	target := r.Acquire(plain(1)).Pick(x0)
	b.ReportAllocs()
	for b.Loop() {
		c, err := target.Conn(x0, time.Second)
		if err != nil {
			b.Fatal(err)
		}
		c.Reuse()
	}
}
