package objects

import (
	"fmt"
	"slices"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
)

func ingressOf(t *rapid.T, name string) *networkingv1.Ingress {
	ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name}}
	if rapid.Bool().Draw(t, "balances") {
		ing.Annotations = map[string]string{AnnotationNginxBalance: "ewma"}
	}
	if name := rapid.SampledFrom([]string{"", "one", "two"}).Draw(t, "balancer name"); name != "" {
		if ing.Annotations == nil {
			ing.Annotations = map[string]string{}
		}
		ing.Annotations[AnnotationALBName] = name
	}
	for range rapid.IntRange(0, 2).Draw(t, "rules") {
		service := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "service")
		ing.Spec.Rules = append(ing.Spec.Rules, networkingv1.IngressRule{
			Host: rapid.SampledFrom([]string{"", "x.example", "y.example"}).Draw(t, "host"),
			IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
				Paths: []networkingv1.HTTPIngressPath{{Backend: networkingv1.IngressBackend{
					Service: &networkingv1.IngressServiceBackend{Name: service},
				}}},
			}},
		})
	}
	if secret := rapid.SampledFrom([]string{"", "s"}).Draw(t, "secret"); secret != "" {
		ing.Spec.TLS = []networkingv1.IngressTLS{{SecretName: secret}}
	}
	return ing
}

// scan answers an index's question by looking at every Ingress.
func scan(s *Set, has func(*networkingv1.Ingress) bool) []Name {
	var out []Name
	for _, ing := range s.Ingresses() {
		if has(ing) {
			out = append(out, Name{ing.Namespace, ing.Name})
		}
	}
	return out
}

func TestIndexesSayWhatAScanSaysAfterAnyHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewSet()
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			name := fmt.Sprint("i", rapid.IntRange(0, 3).Draw(t, "which"))
			if rapid.Bool().Draw(t, "delete") {
				s.Delete(Key{KindIngress, Name{"ns", name}})
			} else {
				s.Put(ingressOf(t, name))
			}
			for _, host := range []string{"", "x.example", "y.example"} {
				want := scan(s, func(ing *networkingv1.Ingress) bool { return slices.Contains(HostsOf(ing), host) })
				if got := s.IngressesOfHost(host); !slices.Equal(got, want) {
					t.Fatalf("host %q: index %v, scan %v", host, got, want)
				}
			}
			for _, service := range []Name{{"ns", "a"}, {"ns", "b"}} {
				uses := func(ing *networkingv1.Ingress) bool { return slices.Contains(ServicesOf(ing), service) }
				if got, want := s.IngressesOfService(service), scan(s, uses); !slices.Equal(got, want) {
					t.Fatalf("service %s: index %v, scan %v", service, got, want)
				}
				balanced := scan(s, func(ing *networkingv1.Ingress) bool { return uses(ing) && SaysBalance(ing) })
				if s.Balanced(service) != (len(balanced) > 0) {
					t.Fatalf("service %s: balanced %v, scan %v", service, s.Balanced(service), balanced)
				}
			}
			for _, v := range []string{"one", "two"} {
				want := scan(s, func(ing *networkingv1.Ingress) bool { return ing.Annotations[AnnotationALBName] == v })
				if got := s.IngressesAnnotatedWith(AnnotationALBName, v); !slices.Equal(got, want) {
					t.Fatalf("balancer name %s: index %v, scan %v", v, got, want)
				}
			}
			want := scan(s, func(ing *networkingv1.Ingress) bool { return len(ing.Spec.TLS) > 0 })
			if got := s.IngressesOfSecret(Name{"ns", "s"}); !slices.Equal(got, want) {
				t.Fatalf("secret: index %v, scan %v", got, want)
			}
		}
	})
}
