package upstream

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/model"
)

// network is a target group behind a network load balancer, with n targets.
func network(n int, attributes ...model.Attribute) *model.TargetGroup {
	tg := checked(n, attributes...)
	tg.Protocol, tg.Type = model.TargetTCP, model.TargetIP
	tg.HealthCheck = &model.HealthCheck{Port: "traffic-port", IntervalSeconds: 10}
	return tg
}

func flowOf(i int) *Flow {
	client := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(i >> 12)}), uint16(40000+i%4096))
	return &Flow{
		Hash:   HashFlow(99, client, netip.MustParseAddrPort("10.1.0.5:443")),
		Source: HashSource(client.Addr()), CrossZone: true,
	}
}

func TestFlowsSpreadEvenlyAndStay(t *testing.T) {
	tg := network(4)
	tg.HealthCheck = nil
	g := acquire(t, tg)
	count := map[string]int{}
	for i := range 1000 {
		first := g.PickFlow(flowOf(i))
		if again := g.PickFlow(flowOf(i)); again != first {
			t.Fatal("one flow was sent to two targets")
		}
		count[first.Address()]++
	}
	for a, n := range count {
		if n < 200 || n > 300 {
			t.Errorf("%s got %d of 1000", a, n)
		}
	}
	if len(count) != 4 {
		t.Errorf("%d targets got flows", len(count))
	}
}

func TestAChangeOfTargetsMovesOnlyTheFlowsItMust(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "targets")
		gone := rapid.IntRange(0, n-1).Draw(t, "gone")
		seed := rapid.IntRange(0, 1<<16).Draw(t, "flows")
		tg := network(n)
		tg.HealthCheck = nil
		r := NewRegistry(Options{Random: func() uint64 { return 1 }})
		defer r.Close()
		g := r.Acquire(tg)
		lost := tg.Targets[gone].ID + ":8080"
		var before []string
		for i := range 200 {
			before = append(before, g.PickFlow(flowOf(seed+i)).Address())
		}
		left := append(append([]model.Target{}, tg.Targets[gone+1:]...), tg.Targets[:gone]...) // in another order, too
		g.SetTargets(left)
		for i, was := range before {
			if now := g.PickFlow(flowOf(seed + i)).Address(); now == lost || was != lost && now != was {
				t.Fatalf("a flow of %s went to %s when %s left", was, now, lost)
			}
		}
	})
}

func TestTriedTargetsArePassedOverUntilNoneIsLeft(t *testing.T) {
	tg := network(3)
	tg.HealthCheck = nil
	g := acquire(t, tg)
	f := flowOf(1)
	for range 3 {
		next := g.PickFlow(f)
		if next == nil {
			t.Fatalf("no target after %d", len(f.Tried))
		}
		f.Tried = append(f.Tried, next)
	}
	if g.PickFlow(f) != nil {
		t.Error("a target was given out twice")
	}
	g.SetTargets(nil)
	if g.PickFlow(flowOf(1)) != nil {
		t.Error("a group without targets gave one out")
	}
}

func TestStickyGroupsGoByTheClientsAddress(t *testing.T) {
	tg := network(5, model.Attribute{Key: "stickiness.enabled", Value: "true"})
	tg.HealthCheck = nil
	g := acquire(t, tg)
	seen := map[*Target]bool{}
	for i := range 64 {
		f := flowOf(i << 12)
		first := g.PickFlow(f)
		f.Hash++
		if g.PickFlow(f) != first {
			t.Fatal("another port of the same client went elsewhere")
		}
		seen[first] = true
	}
	if len(seen) != 5 {
		t.Errorf("64 clients went to %d of 5 targets", len(seen))
	}
}

func TestOnlyGroupsOfTCPAndUDPAreSticky(t *testing.T) {
	for protocol, want := range map[model.TargetProtocol]bool{
		model.TargetTCP: true, model.TargetUDP: true, model.TargetTCPUDP: true,
		model.TargetTLS: false, model.TargetQUIC: false, model.TargetTCPQUIC: false,
	} {
		s := newSettings(&model.TargetGroup{Type: model.TargetALB, Protocol: protocol, Attributes: []model.Attribute{{Key: "stickiness.enabled", Value: "true"}}})
		if s.stickySource != want || (len(s.ignored) == 0) != want {
			t.Errorf("%s: sticky %v, ignored %v", protocol, s.stickySource, s.ignored)
		}
	}
}

func TestZonesShareEquallyUnlessCrossZoneIsOn(t *testing.T) {
	for _, c := range []struct {
		attribute string
		balancer  bool
		low, high int // for the only target of zone a, of 1000 flows over four targets
	}{
		{"", false, 420, 580},
		{"", true, 180, 320},
		{"use_load_balancer_configuration", true, 180, 320},
		{"true", false, 180, 320},
		{"false", true, 420, 580},
	} {
		tg := network(4, model.Attribute{Key: "load_balancing.cross_zone.enabled", Value: c.attribute})
		tg.HealthCheck = nil
		for i := range tg.Targets {
			tg.Targets[i].Zone = "b"
		}
		tg.Targets[0].Zone = "a"
		g := acquire(t, tg)
		n := 0
		for i := range 1000 {
			f := flowOf(i)
			f.CrossZone = c.balancer
			if g.PickFlow(f).Address() == "10.0.0.1:8080" {
				n++
			}
		}
		if n < c.low || n > c.high {
			t.Errorf("group %q, load balancer %v: zone a got %d of 1000", c.attribute, c.balancer, n)
		}
	}
}

func TestNetworkChecksHaveTheirOwnDefaultsAndOneReason(t *testing.T) {
	c := newSettings(network(1)).check
	if c.protocol != model.TargetTCP || c.timeout != 10*time.Second || c.healthyAfter != 5 || c.unhealthyAfter != 2 || !c.codes.match(399) || c.codes.match(400) {
		t.Errorf("the check is %+v", c)
	}
	for _, status := range []int{0, -1, 404} {
		bubble(t, func(w *world, r *Registry) {
			w.set("10.0.0.1:8080", status)
			tg := network(1)
			tg.HealthCheck.Protocol = model.TargetHTTP
			g := r.Acquire(tg)
			time.Sleep(25 * time.Second)
			want(t, g, 0, Unhealthy, ReasonFailedChecks, "Health checks failed")
			if s := g.State(); s.Protocol != "TCP" || !s.Network {
				t.Errorf("state %+v", s)
			}
		})
	}
}

func TestUnhealthyTargetsShowTheirDrainingInterval(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		g := r.Acquire(network(1,
			model.Attribute{Key: "target_health_state.unhealthy.connection_termination.enabled", Value: "false"},
			model.Attribute{Key: "target_health_state.unhealthy.draining_interval_seconds", Value: "60"}))
		time.Sleep(25 * time.Second)
		want(t, g, 0, UnhealthyDraining, ReasonFailedChecks, "Health checks failed")
		time.Sleep(60 * time.Second)
		want(t, g, 0, Unhealthy, ReasonFailedChecks, "Health checks failed")
	})
}

func TestChecksOfGroupsWithTheProxyProtocolBeginWithALocalHeader(t *testing.T) {
	got := make(chan string, 1)
	dial := func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			b, _ := io.ReadAll(theirs)
			got <- fmt.Sprintf("%x", b)
		}()
		return ours, nil
	}
	s := newSettings(network(1, model.Attribute{Key: "proxy_protocol_v2.enabled", Value: "true"}))
	if v := s.check.run(t.Context(), checker{dial: dial}, targetKey{id: "10.0.0.1", port: 80}); v.reason != "" {
		t.Errorf("%+v", v)
	}
	if b := <-got; b != "0d0a0d0a000d0a515549540a20000000" {
		t.Errorf("the target got %s", b)
	}
}

func TestFailOpenSendsFlowsToAllTargets(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		w.set("10.0.0.1:8080", 200)
		g := r.Acquire(network(3))
		time.Sleep(25 * time.Second)
		synctest.Wait()
		for i := range 50 {
			if got := g.PickFlow(flowOf(i)).Address(); got != "10.0.0.1:8080" {
				t.Fatalf("an unhealthy target got a flow: %s", got)
			}
		}
		w.set("10.0.0.1:8080", 0)
		time.Sleep(25 * time.Second)
		synctest.Wait()
		seen := map[string]bool{}
		for i := range 50 {
			seen[g.PickFlow(flowOf(i)).Address()] = true
		}
		if s := g.State(); len(seen) != 3 || !s.FailOpen || s.UnhealthyRouted != 50 {
			t.Errorf("%d targets got flows; state %+v", len(seen), s)
		}
	})
}

func TestClientAddressesThatCannotBeKeptAreTold(t *testing.T) {
	tg := network(1)
	if s := newSettings(tg); len(s.ignored) != 0 {
		t.Errorf("an ip group: %v", s.ignored)
	}
	tg.Type = model.TargetInstance
	if s := newSettings(tg); len(s.ignored) != 1 {
		t.Errorf("an instance group: %v", s.ignored)
	}
	tg.Attributes = []model.Attribute{{Key: "preserve_client_ip.enabled", Value: "false"}}
	if s := newSettings(tg); len(s.ignored) != 0 {
		t.Errorf("switched off: %v", s.ignored)
	}
}

func TestATargetThatRefusesConnectionsIsUnhealthyBeforeItsCheckSaysSo(t *testing.T) {
	for _, sticky := range []bool{false, true} {
		var refused atomic.Bool
		h := model.TargetGroup{
			ID: "g", Type: model.TargetIP, Protocol: model.TargetTCP, Targets: []model.Target{{ID: "10.0.0.1", Port: 80}, {ID: "10.0.0.2", Port: 80}},
			HealthCheck: &model.HealthCheck{Protocol: model.TargetTCP, IntervalSeconds: 300},
		}
		if sticky {
			h.Attributes = []model.Attribute{{Key: "stickiness.enabled", Value: "true"}}
		}
		r := NewRegistry(Options{Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
			if refused.Load() && address == "10.0.0.1:80" {
				return nil, syscall.ECONNREFUSED
			}
			a, b := net.Pipe()
			t.Cleanup(func() { a.Close(); b.Close() })
			return a, nil
		}})
		g := r.Acquire(&h)
		for range 500 {
			if g.Healthy() == 2 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		refused.Store(true)
		g.mu.Lock()
		target := g.order[0]
		g.mu.Unlock()
		for range suspectAfter {
			if _, err := target.Open(context.Background(), Opening{Within: time.Second}); err == nil {
				t.Fatal("it was opened")
			}
		}
		want := Unhealthy
		if sticky {
			want = Healthy
		}
		if s := target.State(); s.State != want {
			t.Errorf("sticky %v: %s (%s)", sticky, s.State, s.Reason)
		}
		g.Release()
		r.Close()
	}
}

func TestHealthChecksOfANetworkLoadBalancerNameItAndItsListener(t *testing.T) {
	hosts := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hosts <- r.Host + " " + r.UserAgent()
	}))
	defer server.Close()
	at := netip.MustParseAddrPort(server.Listener.Addr().String())
	r := NewRegistry(Options{})
	defer r.Close()
	g := r.Acquire(&model.TargetGroup{
		ID: "g", Type: model.TargetIP, Protocol: model.TargetTCP, HealthCheck: &model.HealthCheck{Protocol: model.TargetHTTP, IntervalSeconds: 1},
	})
	defer g.Release()
	g.Behind(8443)
	g.SetTargets([]model.Target{{ID: "127.0.0.1", Port: int32(at.Port())}})
	select {
	case got := <-hosts:
		if got != "127.0.0.1:8443 ELB-HealthChecker/2.0" {
			t.Errorf("the check says %q", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("no check came")
	}
}

func TestTargetsOfQUICAreFoundByTheirServerIDs(t *testing.T) {
	r := NewRegistry(Options{})
	defer r.Close()
	g := r.Acquire(&model.TargetGroup{ID: "g", Type: model.TargetIP, Protocol: model.TargetQUIC, Targets: []model.Target{
		{ID: "10.0.0.1", Port: 443, QUICServerID: "0x00000000000000ff"}, {ID: "10.0.0.2", Port: 443, QUICServerID: "0xnothing"}, {ID: "10.0.0.3", Port: 443},
	}})
	defer g.Release()
	if a := g.QUICTarget(0xff); a == nil || a.Address() != "10.0.0.1:443" || g.QUICTarget(0) != nil {
		t.Errorf("%v", a)
	}
	g.SetTargets([]model.Target{{ID: "10.0.0.4", Port: 443, QUICServerID: "0x0000000000000100"}})
	if g.QUICTarget(0xff) == nil || g.QUICTarget(0x100) == nil {
		t.Error("a draining target or a new one is not found")
	}
	for _, text := range []string{"", "0x", "00000000000000ff", "0x00000000000000FF", "0x0ff", "0x000000000000000g"} {
		if _, ok := ParseQUICServerID(text); ok {
			t.Errorf("%q is taken", text)
		}
	}
}
