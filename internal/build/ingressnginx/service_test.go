package ingressnginx

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func external(name string, ports ...corev1.ServicePort) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "out"},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: name, Ports: ports},
	}
}

func classOf(options Options, all ...any) *class {
	set := objects.NewSet()
	for _, o := range all {
		set.Put(o)
	}
	b := New(options)
	in := build.Input{Objects: set}
	return &class{Builder: b, in: in, config: b.readConfig(in, nil)}
}

func TestAnExternalNameIsOneTarget(t *testing.T) {
	web := corev1.ServicePort{Name: "web", Port: 80, TargetPort: intstr.FromInt32(8080)}
	for _, c := range []struct {
		name string
		svc  *corev1.Service
		port string
		want []model.Target
	}{
		{"by the port's target", external("www.example.com.", web), "web", []model.Target{{ID: "www.example.com", Port: 8080, Address: "www.example.com"}}},
		{"by a number that it does not list", external("www.example.com"), "9000", []model.Target{{ID: "www.example.com", Port: 9000, Address: "www.example.com"}}},
		{"an address", external("192.0.2.7"), "80", []model.Target{{ID: "192.0.2.7", Port: 80}}},
		{"no port at all", external("www.example.com"), "", nil},
		{"a name that it does not have", external("www.example.com", web), "admin", nil},
		{"this host", external("localhost"), "80", nil},
		{"this host by another name", external("x.localhost."), "80", nil},
		{"this host's address", external("127.1.2.3"), "80", nil},
		{"this host's address, mapped", external("::ffff:127.0.0.1"), "80", nil},
		{"the metadata service", external("169.254.169.254"), "80", nil},
		{"no name", external(""), "80", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			tg := classOf(Options{}, c.svc).targetGroup(&backend{service: objects.Name{Namespace: "shop", Name: "out"}, port: c.port})
			if d := cmp.Diff(c.want, tg.Targets); d != "" || tg.Binding != nil {
				t.Errorf("targets (- want, + got):\n%s, binding %v", d, tg.Binding)
			}
		})
	}
	off := classOf(Options{DisableExternalName: true}, external("www.example.com"))
	if tg := off.targetGroup(&backend{service: objects.Name{Namespace: "shop", Name: "out"}, port: "80"}); tg.Targets != nil {
		t.Errorf("the flag is not heeded: %v", tg.Targets)
	}
}

func TestOnlyTCPPortsHaveTargets(t *testing.T) {
	for protocol, want := range map[corev1.Protocol]bool{"": true, corev1.ProtocolTCP: true, corev1.ProtocolUDP: false, corev1.ProtocolSCTP: false} {
		svc := &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "dns"},
			Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 53, Protocol: protocol}}},
		}
		tg := classOf(Options{}, svc).targetGroup(&backend{service: objects.Name{Namespace: "shop", Name: "dns"}, port: "53"})
		if bound := tg.Binding != nil; bound != want {
			t.Errorf("protocol %q: follows the endpoints: %v", protocol, bound)
		}
	}
}
