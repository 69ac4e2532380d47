package calls

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const (
	groups    = 10
	perGroup  = 10
	namespace = "shop"
)

// variant says what stands behind the Ingresses.
type variant struct {
	name string
	// targetType is ip or instance; shared says that the Ingresses of a group have one Service together.
	targetType string
	shared     bool
	// converge is how many calls must change something to make it all.
	converge int
}

var variants = []variant{
	{"a Service of its own for each Ingress, ip targets", "ip", false, 341 + 1},
	{"one Service for each group, instance targets", "instance", true, 341 + 11},
}

func ptr[T any](v T) *T { return &v }

// objects are all objects of the cluster.
func (v variant) objects() []any {
	out := []any{
		&networkingv1.IngressClass{
			ObjectMeta: metav1.ObjectMeta{Name: "alb"}, Spec: networkingv1.IngressClassSpec{Controller: "ingress.k8s.aws/alb"},
		},
		node("a", "10.42.64.10"), node("b", "10.42.80.10"),
	}
	for g := range groups {
		for i := range perGroup {
			out = append(out, v.ingress(g, i, nil))
			if !v.shared || i == 0 {
				out = append(out, v.service(g, i), v.endpoints(g, i))
			}
		}
	}
	return out
}

// node is an instance of the default world.
func node(zone, address string) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "node-" + zone, Labels: map[string]string{corev1.LabelTopologyZone: "ap-northeast-2" + zone}},
		Spec:       corev1.NodeSpec{ProviderID: "aws:///ap-northeast-2" + zone + "/" + instanceOf("node-"+zone)},
		Status: corev1.NodeStatus{
			Addresses:  []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: address}},
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
		},
	}
}

func instanceOf(node string) string { return "i-0a00000000000001" + node[len(node)-1:] }

func (v variant) serviceName(g, i int) string {
	if v.shared {
		i = 0
	}
	return fmt.Sprintf("app-%d-%d", g, i)
}

func (v variant) ingress(g, i int, more map[string]string) *networkingv1.Ingress {
	annotations := map[string]string{
		"alb.ingress.kubernetes.io/target-type": v.targetType,
		"alb.ingress.kubernetes.io/group.name":  fmt.Sprintf("group-%d", g),
	}
	for key, value := range more {
		annotations["alb.ingress.kubernetes.io/"+key] = value
	}
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("app-%d-%d", g, i), Annotations: annotations},
		Spec: networkingv1.IngressSpec{
			IngressClassName: ptr("alb"),
			Rules: []networkingv1.IngressRule{{
				Host: fmt.Sprintf("app-%d-%d.example", g, i),
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{
					Path: "/", PathType: ptr(networkingv1.PathTypePrefix),
					Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
						Name: v.serviceName(g, i), Port: networkingv1.ServiceBackendPort{Number: 80},
					}},
				}}}},
			}},
		},
	}
}

func (v variant) service(g, i int) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: v.serviceName(g, i)},
		Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Ports: []corev1.ServicePort{{
			Port: 80, TargetPort: intstr.FromInt32(8080), NodePort: int32(30000 + perGroup*g + i), Protocol: corev1.ProtocolTCP,
		}}},
	}
}

func (v variant) endpoints(g, i int) *discoveryv1.EndpointSlice {
	name := v.serviceName(g, i)
	s := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name + "-1", Labels: map[string]string{discoveryv1.LabelServiceName: name},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: ptr(""), Port: ptr(int32(8080)), Protocol: ptr(corev1.ProtocolTCP)}},
	}
	for j, zone := range []string{"a", "b"} {
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{
			Addresses: []string{fmt.Sprintf("10.42.%d.%d", 64+16*j, 32+perGroup*g+i)}, NodeName: ptr("node-" + zone),
			Conditions: discoveryv1.EndpointConditions{Ready: ptr(true)},
		})
	}
	return s
}
