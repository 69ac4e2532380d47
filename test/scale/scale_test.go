package scale

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/build/ingressalb"
	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/filter"
)

var (
	classes = []string{"nginx", "alb"}
	sizes   = []int{100, 1_000, 10_000}
)

// group is a target group that is always ready; connections are not measured here.
type group string

func (g group) ID() string  { return string(g) }
func (g group) Ready() bool { return true }

func deps() compile.Deps {
	return compile.Deps{
		Group:   func(tg *model.TargetGroup) exchange.Group { return group(tg.ID) },
		Filters: filter.Order(nil),
	}
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

// BenchmarkCold builds and compiles a whole cluster from nothing. KB/Ingress is the live heap that state and snapshot
// hold, the objects themselves not counted.
func BenchmarkCold(b *testing.B) {
	each(b, func(b *testing.B, class string, n int) {
		set := world(class, n)
		before := liveHeap()
		var keep []any
		for b.Loop() {
			s := state(set)
			snapshot, _ := compile.Apply(nil, units(s.Rebuild()), nil, deps())
			keep = []any{s, snapshot}
		}
		b.ReportMetric(float64(liveHeap()-before)/1024/float64(n), "KB/Ingress")
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "us/Ingress")
		runtime.KeepAlive(keep)
	})
}

// BenchmarkOneIngress changes one path of one Ingress: build, compile, and the snapshot that would be swapped in.
func BenchmarkOneIngress(b *testing.B) {
	each(b, func(b *testing.B, class string, n int) {
		s := state(world(class, n))
		snapshot, _ := compile.Apply(nil, units(s.Rebuild()), nil, deps())
		built, i := 0, 0
		for b.Loop() {
			i++
			r := s.Apply(build.Change{Put: ingress(class, i%n, fmt.Sprintf("/v%d", i))})
			if len(r.Changed) == 0 {
				b.Fatal("a changed path changed no unit")
			}
			built += r.Built
			snapshot, _ = compile.Apply(snapshot, units(r), r.Removed, deps())
		}
		b.ReportMetric(float64(built)/float64(b.N), "units/change")
	})
}

// BenchmarkOneEndpoint changes the endpoints of one Service: a list of targets, and no build.
func BenchmarkOneEndpoint(b *testing.B) {
	each(b, func(b *testing.B, class string, n int) {
		s := state(world(class, n))
		s.Rebuild()
		i := 0
		for b.Loop() {
			i++
			r := s.Apply(build.Change{Put: slice(i%n, fmt.Sprintf("10.2.%d.%d", i>>8&255, i&255))})
			if r.Built != 0 || len(r.Targets) != 1 {
				b.Fatalf("an endpoint change built %d units and refreshed %d groups", r.Built, len(r.Targets))
			}
		}
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
