package scale

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/gwanmun/gwanmun/internal/objects"
)

func ptr[T any](v T) *T { return &v }

// world makes n Ingresses of a class, each with a host of its own, two paths, and a Service with two endpoints.
// Ingresses of class alb come in groups of ten.
func world(class string, n int) *objects.Set {
	set := objects.NewSet()
	set.Put(ingressClass(class))
	for i := range n {
		set.Put(ingress(class, i, "/api"))
		set.Put(service(i))
		set.Put(slice(i, "127.1.0.1", "127.1.0.2"))
	}
	return set
}

func ingressClass(class string) *networkingv1.IngressClass {
	controller := map[string]string{"nginx": "k8s.io/ingress-nginx", "alb": "ingress.k8s.aws/alb"}[class]
	return &networkingv1.IngressClass{
		ObjectMeta: metav1.ObjectMeta{Name: class}, Spec: networkingv1.IngressClassSpec{Controller: controller},
	}
}

func name(i int) string { return fmt.Sprintf("app-%05d", i) }

func ingress(class string, i int, path string) *networkingv1.Ingress {
	backend := networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
		Name: name(i), Port: networkingv1.ServiceBackendPort{Number: 80},
	}}
	annotations := map[string]string{"nginx.ingress.kubernetes.io/proxy-body-size": "8m"}
	if class == "alb" {
		annotations = map[string]string{
			"alb.ingress.kubernetes.io/target-type": "ip",
			"alb.ingress.kubernetes.io/group.name":  fmt.Sprintf("group-%04d", i/10),
		}
	}
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name(i), Annotations: annotations},
		Spec: networkingv1.IngressSpec{
			IngressClassName: ptr(class),
			Rules: []networkingv1.IngressRule{{
				Host: name(i) + ".example.com",
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
					Paths: []networkingv1.HTTPIngressPath{
						{Path: path, PathType: ptr(networkingv1.PathTypePrefix), Backend: backend},
						{Path: "/", PathType: ptr(networkingv1.PathTypePrefix), Backend: backend},
					},
				}},
			}},
		},
	}
}

func service(i int) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name(i)},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(8080)}}},
	}
}

func slice(i int, addresses ...string) *discoveryv1.EndpointSlice {
	s := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name(i) + "-1", Labels: map[string]string{discoveryv1.LabelServiceName: name(i)},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: ptr(""), Port: ptr(int32(8080))}},
	}
	for _, a := range addresses {
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{Addresses: []string{a}})
	}
	return s
}
