package scale

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"testing"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/build/ingressalb"
	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

var (
	classes = []string{"nginx", "alb"}
	sizes   = []int{100, 1_000, 10_000}
)

// serve makes a proxy without sockets and without a network: build, compile and swap are measured, requests and health
// checks are not.
func serve(b *testing.B) *proxy.Server {
	s, err := proxy.New(proxy.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("there is no network")
	}})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// stop ends a proxy outside the measured time.
func stop(b *testing.B, s *proxy.Server) {
	b.StopTimer()
	if err := s.Shutdown(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.StartTimer()
}

func state(set *objects.Set) *build.State {
	return build.NewState(build.Input{Objects: set}, binding.Targets,
		ingressnginx.New(ingressnginx.DefaultOptions()), ingressalb.New(ingressalb.Options{ClusterName: "scale"}))
}

// units are what a build result means to the compiler.
func units(r build.Result) []compile.Unit {
	var out []compile.Unit
	for _, u := range r.Changed {
		out = append(out, compile.Unit{Key: u.Key, Model: u.Model})
	}
	return out
}

// BenchmarkCold builds a whole cluster from nothing, compiles it and swaps it in. KB/Ingress is the live heap that state,
// snapshot and target groups hold, the objects themselves not counted.
func BenchmarkCold(b *testing.B) {
	each(b, func(b *testing.B, class string, n int) {
		set := world(class, n)
		before := liveHeap()
		var held uint64
		for b.Loop() {
			s, server := state(set), serve(b)
			server.Apply(units(s.Rebuild()), nil)
			b.StopTimer()
			held = liveHeap() - before
			runtime.KeepAlive(s)
			b.StartTimer()
			stop(b, server)
		}
		b.ReportMetric(float64(held)/1024/float64(n), "KB/Ingress")
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "us/Ingress")
	})
}

// BenchmarkOneIngress changes one path of one Ingress: build, compile, swap.
func BenchmarkOneIngress(b *testing.B) {
	each(b, func(b *testing.B, class string, n int) {
		s, server := state(world(class, n)), serve(b)
		server.Apply(units(s.Rebuild()), nil)
		built, i := 0, 0
		for b.Loop() {
			i++
			r := s.Apply(build.Change{Put: ingress(class, i%n, fmt.Sprintf("/v%d", i))})
			if len(r.Changed) == 0 {
				b.Fatal("a changed path changed no unit")
			}
			built += r.Built
			server.Apply(units(r), r.Removed)
		}
		b.ReportMetric(float64(built)/float64(b.N), "units/change")
		stop(b, server)
	})
}

// BenchmarkOneEndpoint changes the endpoints of one Service: a list of targets, and no build.
func BenchmarkOneEndpoint(b *testing.B) {
	each(b, func(b *testing.B, class string, n int) {
		s, server := state(world(class, n)), serve(b)
		server.Apply(units(s.Rebuild()), nil)
		i := 0
		for b.Loop() {
			i++
			r := s.Apply(build.Change{Put: slice(i%n, fmt.Sprintf("127.2.%d.%d", i>>8&255, i&255))})
			if r.Built != 0 || len(r.Targets) != 1 {
				b.Fatalf("an endpoint change built %d units and refreshed %d groups", r.Built, len(r.Targets))
			}
			server.SetTargets(r.Targets[0].Group, r.Targets[0].Targets)
		}
		stop(b, server)
	})
}

func each(b *testing.B, f func(b *testing.B, class string, n int)) {
	for _, class := range classes {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/%d", class, n), func(b *testing.B) { f(b, class, n) })
		}
	}
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestOneChangeTouchesOneUnitWhateverTheSizeOfTheCluster(t *testing.T) {
	for _, class := range classes {
		s := state(world(class, 500))
		s.Rebuild()
		r := s.Apply(build.Change{Put: ingress(class, 250, "/new")})
		if r.Built > 2 || len(r.Changed) != 1 {
			t.Errorf("class %s: one changed Ingress of 500 built %d units and changed %d; want at most its own two and one",
				class, r.Built, len(r.Changed))
		}
	}
}
