package ingressalb

import (
	"fmt"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/binding"
)

// BenchmarkOneChange applies a change of one Ingress among 2,000, each with a load balancer of its own. It must cost the
// same as among ten.
func BenchmarkOneChange(b *testing.B) {
	for _, size := range []int{10, 2000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			w := newWorld(b, Options{ClusterName: "c"}, classYAML, webYAML)
			first := objectsOf(b, ing("web", "target-type: ip", to("/")))[0].(*networkingv1.Ingress)
			for i := range size {
				o := first.DeepCopy()
				o.Name = fmt.Sprint("web", i)
				w.Objects.Put(o)
			}
			state := build.NewState(w.Input, binding.Targets, w.b)
			state.Rebuild()
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				o := first.DeepCopy()
				o.Name = "web7"
				n++
				o.Spec.Rules[0].Host = fmt.Sprintf("h%d.example", n%2)
				if r := state.Apply(build.Change{Put: o}); len(r.Changed) != 1 {
					b.Fatalf("changed: %v", r.Changed)
				}
			}
		})
	}
}

// BenchmarkRebuild builds 2,000 load balancers from nothing.
func BenchmarkRebuild(b *testing.B) {
	w := newWorld(b, Options{ClusterName: "c"}, classYAML, webYAML)
	first := objectsOf(b, ing("web", "target-type: ip", to("/")))[0].(*networkingv1.Ingress)
	for i := range 2000 {
		o := first.DeepCopy()
		o.Name = fmt.Sprint("web", i)
		w.Objects.Put(o)
	}
	b.ReportAllocs()
	for b.Loop() {
		build.NewState(w.Input, binding.Targets, w.b).Rebuild()
	}
}
