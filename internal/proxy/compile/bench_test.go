package compile_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func benchHost(i int, group string) compile.Unit {
	host := fmt.Sprintf("h%d.shop.example", i)
	p := model.Policy{BodyLimit: 1 << 20, SSLRedirect: &model.SSLRedirect{}, HSTS: "max-age=31536000; includeSubDomains"}
	return nginxHost(host, with(rule(1, host, "/api", forwardTo(group)), p), with(rule(2, host, "", notFound()), p))
}

// BenchmarkApplyOneUnit changes one host among many: the time must not depend on how many there are.
func BenchmarkApplyOneUnit(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprintf("hosts=%d", n), func(b *testing.B) {
			deps := newWorld().deps()
			units := []compile.Unit{nginxBase()}
			for i := range n {
				units = append(units, benchHost(i, fmt.Sprintf("g%d", i)))
			}
			s, _ := compile.Apply(nil, units, nil, deps)
			versions := [2]compile.Unit{benchHost(7, "g7"), benchHost(7, "g8")}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s, _ = compile.Apply(s, []compile.Unit{versions[i%2]}, nil, deps)
			}
		})
	}
}

// BenchmarkApplyAll compiles all hosts from nothing.
func BenchmarkApplyAll(b *testing.B) {
	deps := newWorld().deps()
	units := []compile.Unit{nginxBase()}
	for i := range 10000 {
		units = append(units, benchHost(i, fmt.Sprintf("g%d", i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		compile.Apply(nil, units, nil, deps)
	}
}

func BenchmarkDecide(b *testing.B) {
	deps := newWorld().deps()
	units := []compile.Unit{nginxBase(), albGroup("g", rule(1, "h7.shop.example", "/api", forwardTo("web")))}
	for i := range 1000 {
		units = append(units, benchHost(i, "web"))
	}
	s, _ := compile.Apply(nil, units, nil, deps)
	for _, c := range []struct {
		lb   string
		port int32
	}{{"nginx", 443}, {"alb/g", 80}} {
		b.Run(c.lb, func(b *testing.B) {
			l, x := s.Listener(c.lb, c.port), request(c.port)
			b.ReportAllocs()
			for b.Loop() {
				refill(x)
				if l.Decide(x) != exchange.Continue {
					b.Fatal(x.Response.Status)
				}
				l.Finish(x)
			}
		})
	}
}

func request(port int32) *exchange.Exchange {
	return &exchange.Exchange{Conn: &exchange.Conn{Remote: netip.MustParseAddrPort("192.0.2.7:4711"), Port: uint16(port)}}
}

var (
	host, path, method      = []byte("h7.shop.example"), []byte("/api/things"), []byte("GET")
	accept, agent, anything = []byte("Accept"), []byte("User-Agent"), []byte("*/*")
)

// refill puts a small request into an exchange.
func refill(x *exchange.Exchange) {
	x.Reset()
	x.HTTPS, x.Port = true, x.Conn.Port
	r := &x.Request
	r.Method, r.Target, r.Path, r.NormalPath, r.Authority, r.Host = method, path, path, path, host, host
	r.Header.Add(accept, anything)
	r.Header.Add(agent, anything)
}

func TestDecidingAllocatesNothing(t *testing.T) {
	units := []compile.Unit{nginxBase(), benchHost(7, "web"), albGroup("g", rule(1, "", "/api", forwardTo("web")))}
	s, _ := apply(t, units...)
	for lb, port := range map[string]int32{"nginx": 443, "alb/g": 80} {
		l, x := s.Listener(lb, port), request(port)
		n := testing.AllocsPerRun(100, func() {
			refill(x)
			l.Decide(x)
			l.Finish(x)
		})
		if n != 0 {
			t.Errorf("%s: %v allocations per request", lb, n)
		}
	}
}
