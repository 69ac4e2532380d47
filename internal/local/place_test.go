package local

import (
	"net/netip"
	"syscall"
	"testing"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

func lb(id string, ports ...int32) model.LoadBalancer {
	out := model.LoadBalancer{ID: id}
	for _, p := range ports {
		out.Listeners = append(out.Listeners, model.Listener{Port: p, Protocol: model.HTTP})
	}
	return out
}

// always answers every question whether an address may be bound in the same way, below and from port 1024 on.
func always(low, high error) func(netip.AddrPort) error {
	return func(a netip.AddrPort) error {
		if a.Port() < 1024 {
			return low
		}
		return high
	}
}

func TestEachLoadBalancerHasAnAddressOfItsOwnThatStays(t *testing.T) {
	p := newPlacer(loopback{many: true}, nil)
	p.try = always(nil, nil)
	first := p.place([]model.LoadBalancer{lb("alb/a", 80, 443), lb("alb/b", 80)})
	a, b := first[listenerKey{"alb/a", 80}], first[listenerKey{"alb/b", 80}]
	if a.Addr() == b.Addr() || a.Port() != 80 || first[listenerKey{"alb/a", 443}] != netip.AddrPortFrom(a.Addr(), 443) {
		t.Errorf("addresses are %v", first)
	}
	second := p.place([]model.LoadBalancer{lb("alb/b", 80), lb("alb/c", 80)})
	if second[listenerKey{"alb/b", 80}] != b || len(second) != 2 {
		t.Errorf("addresses became %v", second)
	}
	other := newPlacer(loopback{many: true}, nil)
	other.try = always(nil, nil)
	if got := other.place([]model.LoadBalancer{lb("alb/b", 80)}); got[listenerKey{"alb/b", 80}] != b {
		t.Errorf("another run gives %v in place of %v", got, b)
	}
}

func TestManyLoadBalancersNeverShareAnAddress(t *testing.T) {
	p := newPlacer(loopback{many: true}, nil)
	p.try = always(nil, nil)
	var lbs []model.LoadBalancer
	for i := range 600 {
		lbs = append(lbs, lb("alb/"+string(rune('a'+i%26))+string(rune('a'+i/26)), 80))
	}
	seen := map[netip.AddrPort]bool{}
	for _, at := range p.place(lbs) {
		if seen[at] || at.Addr() == localhost {
			t.Fatalf("%v is given twice", at)
		}
		seen[at] = true
	}
	if len(seen) != 600 {
		t.Errorf("%d of 600 are placed", len(seen))
	}
}

func TestPortsThatMayNotBeBoundAreShiftedAndSaid(t *testing.T) {
	p := newPlacer(loopback{many: true}, nil)
	p.try = always(syscall.EACCES, nil)
	got := p.place([]model.LoadBalancer{lb("alb/a", 80, 443, 8080)})
	if got[listenerKey{"alb/a", 443}].Port() != 8443 || got[listenerKey{"alb/a", 8080}].Port() != 8080 {
		t.Errorf("got %v", got)
	}
	if port := got[listenerKey{"alb/a", 80}].Port(); port != 18080 {
		t.Errorf("port 80 went to %d, though the load balancer has a port 8080 itself", port)
	}
	if ds := p.diagnostics(); len(said(ds, diag.LocalPortShifted)) != 2 {
		t.Errorf("got %v", ds)
	}
}

func TestAnAddressThatIsTakenByAnotherProgramIsPassedOver(t *testing.T) {
	p := newPlacer(loopback{many: true}, nil)
	p.try = always(nil, nil)
	want := p.place([]model.LoadBalancer{lb("alb/a", 80)})[listenerKey{"alb/a", 80}]
	busy := newPlacer(loopback{many: true}, nil)
	busy.try = func(a netip.AddrPort) error {
		if a.Addr() == want.Addr() {
			return syscall.EADDRINUSE
		}
		return nil
	}
	if got := busy.place([]model.LoadBalancer{lb("alb/a", 80)})[listenerKey{"alb/a", 80}]; got.Addr() == want.Addr() || got.Port() != 80 {
		t.Errorf("got %v", got)
	}
}

func TestAPortTakenOnEveryAddressIsShifted(t *testing.T) {
	p := newPlacer(loopback{many: true}, nil)
	p.try = always(syscall.EADDRINUSE, nil)
	if got := p.place([]model.LoadBalancer{lb("alb/a", 80)})[listenerKey{"alb/a", 80}]; got.Port() != 8080 {
		t.Errorf("got %v", got)
	}
}

func TestWithoutMoreLoopbackAddressesPortsAreMapped(t *testing.T) {
	p := newPlacer(loopback{many: false}, map[int32]netip.AddrPort{80: netip.MustParseAddrPort("127.0.0.1:8080")})
	p.try = always(syscall.EACCES, nil)
	nginx := lb("nginx", 80)
	nginx.Dialect = model.DialectNginx
	got := p.place([]model.LoadBalancer{lb("alb/a", 80, 443), lb("alb/b", 80), nginx})
	seen := map[netip.AddrPort]bool{}
	for _, at := range got {
		seen[at] = true
		if at.Addr() != localhost {
			t.Errorf("got %v", at)
		}
	}
	if len(seen) != 4 || got[listenerKey{"nginx", 80}].Port() != 8080 {
		t.Errorf("got %v", got)
	}
	if ds := said(p.diagnostics(), diag.LocalPortShifted); len(ds) != 3 {
		t.Errorf("got %v", ds)
	}
}
