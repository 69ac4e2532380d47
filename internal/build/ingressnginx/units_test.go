package ingressnginx

import (
	"slices"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func ingressTo(name, service string, annotations map[string]string) *networkingv1.Ingress {
	class := "nginx"
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Annotations: annotations},
		Spec: networkingv1.IngressSpec{IngressClassName: &class, Rules: []networkingv1.IngressRule{{
			Host: name + ".example",
			IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
				Paths: []networkingv1.HTTPIngressPath{{Path: "/", Backend: networkingv1.IngressBackend{
					Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Number: 80}},
				}}},
			}},
		}}},
	}
}

func unitsOf(o Options, k objects.Key, all ...any) []string {
	set := objects.NewSet()
	set.Put(ingressClass("nginx", "k8s.io/ingress-nginx"))
	for _, one := range all {
		set.Put(one)
	}
	return New(o).UnitsOf(build.Input{Objects: set}, k)
}

func TestTheBalancingOfTheDefaultServiceConcernsAllUnits(t *testing.T) {
	o := DefaultOptions()
	o.DefaultBackendService = objects.Name{Namespace: "shop", Name: "web"}
	a := ingressTo("a", "web", map[string]string{nginx.Prefix + "load-balance": "ewma"})
	k, _ := objects.KeyOf(a)
	got := unitsOf(o, k, a, ingressTo("b", "other", nil))
	for _, want := range []string{keyBase, keyHost + "a.example", keyHost + "b.example"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing in %v", want, got)
		}
	}
}

func TestASecretCanBeDefaultCertificateAndUserList(t *testing.T) {
	o := DefaultOptions()
	o.DefaultSSLCertificate = objects.Name{Namespace: "shop", Name: "both"}
	a := ingressTo("a", "web", map[string]string{nginx.Prefix + "auth-type": "basic", nginx.Prefix + "auth-secret": "both"})
	got := unitsOf(o, objects.Key{Kind: objects.KindSecret, Name: o.DefaultSSLCertificate}, a)
	if want := []string{keyBase, keyHost + "a.example", keyIngress + "shop/a"}; !slices.Equal(got, want) {
		t.Errorf("want %v, got %v", want, got)
	}
}
