package ingressnginx

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// manyHosts is a cluster of n Ingresses, each with a host and a Service of its own and typical annotations.
func manyHosts(n int) *objects.Set {
	set := objects.NewSet()
	set.Put(ingressClass("nginx", "k8s.io/ingress-nginx"))
	class := "nginx"
	for i := range n {
		name := fmt.Sprintf("app-%d", i)
		set.Put(&corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
			Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
		})
		backend := networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
			Name: name, Port: networkingv1.ServiceBackendPort{Number: 80},
		}}
		set.Put(&networkingv1.Ingress{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Annotations: map[string]string{
				"nginx.ingress.kubernetes.io/proxy-body-size": "8m", "nginx.ingress.kubernetes.io/force-ssl-redirect": "true",
			}},
			Spec: networkingv1.IngressSpec{IngressClassName: &class, Rules: []networkingv1.IngressRule{{
				Host: name + ".example",
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
					Paths: []networkingv1.HTTPIngressPath{{Path: "/", Backend: backend}, {Path: "/api", Backend: backend}},
				}},
			}}},
		})
	}
	return set
}

// TestBuildingAHostCostsTheSameInALargeCluster counts allocations, which are the same in every run, in place of time.
func TestBuildingAHostCostsTheSameInALargeCluster(t *testing.T) {
	cost := func(n int) float64 {
		in, b := build.Input{Objects: manyHosts(n)}, testBuilder()
		k := objects.Key{Kind: objects.KindIngress, Name: objects.Name{Namespace: "shop", Name: "app-1"}}
		return testing.AllocsPerRun(200, func() { // the race detector has pools lose some of what they hold, by chance
			for _, key := range b.UnitsOf(in, k) {
				b.Build(in, key)
			}
		})
	}
	if small, large := cost(10), cost(2000); large > small+2 {
		t.Errorf("a change costs %.0f allocations among 10 Ingresses and %.0f among 2000", small, large)
	}
}

func BenchmarkBuildHost(b *testing.B) {
	in, builder := build.Input{Objects: manyHosts(1000)}, testBuilder()
	b.ReportAllocs()
	for b.Loop() {
		builder.Build(in, keyHost+"app-7.example")
	}
}
