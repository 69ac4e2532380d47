package status

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

func TestAnIngressShowsItsLoadBalancerInLowerCaseWithPorts(t *testing.T) {
	got := IngressByHost([]string{"K8s-Shop.elb.example"}, []Port{{Number: 80}, {Number: 443}})
	want := networkingv1.IngressLoadBalancerStatus{Ingress: []networkingv1.IngressLoadBalancerIngress{{
		Hostname: "k8s-shop.elb.example",
		Ports: []networkingv1.IngressPortStatus{
			{Port: 80, Protocol: corev1.ProtocolTCP}, {Port: 443, Protocol: corev1.ProtocolTCP},
		},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if gone := IngressByHost(nil, nil); len(gone.Ingress) != 0 {
		t.Errorf("no load balancer shows as %v", gone)
	}
}

func TestAddressesOfTheProxyAreSortedAndToldApart(t *testing.T) {
	got := IngressByAddress([]string{"proxy.example", "127.0.0.2", "127.0.0.2", "", "::1"})
	want := networkingv1.IngressLoadBalancerStatus{Ingress: []networkingv1.IngressLoadBalancerIngress{
		{IP: "127.0.0.2"}, {IP: "::1"}, {Hostname: "proxy.example"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheAddressesOfAServiceFollowItsType(t *testing.T) {
	for _, c := range []struct {
		name    string
		service corev1.Service
		want    []string
	}{
		{"the load balancer's, and external IPs", corev1.Service{
			Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, ExternalIPs: []string{"127.0.0.3"}},
			Status: corev1.ServiceStatus{LoadBalancer: corev1.LoadBalancerStatus{Ingress: []corev1.LoadBalancerIngress{
				{Hostname: "lb.example"}, {IP: "127.0.0.2"},
			}}},
		}, []string{"lb.example", "127.0.0.2", "127.0.0.3"}},
		{"the name of an ExternalName", corev1.Service{
			Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "else.example"},
		}, []string{"else.example"}},
		{"external IPs before the cluster IP", corev1.Service{
			Spec: corev1.ServiceSpec{ClusterIP: "127.0.0.4", ExternalIPs: []string{"127.0.0.3"}},
		}, []string{"127.0.0.3"}},
		{"the cluster IP", corev1.Service{Spec: corev1.ServiceSpec{ClusterIP: "127.0.0.4"}}, []string{"127.0.0.4"}},
		{"nothing of a headless Service", corev1.Service{Spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, AddressesOfService(&c.service)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
