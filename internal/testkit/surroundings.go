package testkit

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/gwanmun/gwanmun/internal/objects"
)

// echoName is the Service that every case has.
const echoName = "echo"

// surroundings are the objects that every case has without saying so: the two IngressClasses, the Service echo (port 80,
// node port 30080) and two nodes in two zones.
func surroundings(o Options) []any {
	var out []any
	if !o.NoClasses {
		for name, controller := range map[string]string{"nginx": "k8s.io/ingress-nginx", "alb": "ingress.k8s.aws/alb"} {
			out = append(out, &networkingv1.IngressClass{
				ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: networkingv1.IngressClassSpec{Controller: controller},
			})
		}
	}
	nodes := 2
	if o.Nodes != nil {
		nodes = *o.Nodes
	}
	for i := range nodes {
		zone := "eu-west-1" + string(rune('a'+i%3))
		out = append(out, &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("node-%d", i+1), Labels: map[string]string{corev1.LabelTopologyZone: zone}},
			Spec:       corev1.NodeSpec{ProviderID: fmt.Sprintf("aws:///%s/i-%017d", zone, i+1)},
			Status: corev1.NodeStatus{
				Addresses:  []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("10.1.0.%d", i+1)}},
				Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
			},
		})
	}
	return append(out, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: echoName, Namespace: metav1.NamespaceDefault},
		Spec: corev1.ServiceSpec{
			Type:     corev1.ServiceTypeNodePort,
			Selector: map[string]string{"app": echoName},
			Ports: []corev1.ServicePort{{
				Port: 80, TargetPort: intstr.FromInt32(8080), NodePort: 30080, Protocol: corev1.ProtocolTCP,
			}},
		},
	})
}

// endpoints makes the EndpointSlice of a Service that has none. Its pods are called after the Service with a number, their
// addresses depend on the Service's name alone.
func endpoints(s *corev1.Service, o Options) *discoveryv1.EndpointSlice {
	count, ok := o.Targets[s.Namespace+"/"+s.Name]
	if !ok {
		if count, ok = o.Targets[s.Name]; !ok {
			count = 2
		}
	}
	ready := true
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: s.Namespace, Name: s.Name + "-case", Labels: map[string]string{discoveryv1.LabelServiceName: s.Name},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
	}
	for i := range s.Spec.Ports {
		p := &s.Spec.Ports[i]
		number := p.TargetPort.IntVal
		if number == 0 {
			number = 8080 + int32(i) // a named target port: pods give it a number
		}
		slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{Name: &p.Name, Port: &number, Protocol: &p.Protocol})
	}
	a, b := addressOf(s.Namespace + "/" + s.Name)
	for i := range count {
		node := fmt.Sprintf("node-%d", i%2+1)
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
			Addresses:  []string{fmt.Sprintf("10.%d.%d.%d", a, b, i+1)},
			Conditions: discoveryv1.EndpointConditions{Ready: &ready},
			TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: s.Namespace, Name: fmt.Sprintf("%s-%d", s.Name, i+1)},
			NodeName:   &node,
		})
	}
	return slice
}

// addressOf spreads names over the networks 10.2.0.0 to 10.99.199.0; the Service echo has 10.0.0.0.
func addressOf(name string) (byte, byte) {
	if name == metav1.NamespaceDefault+"/"+echoName {
		return 0, 0
	}
	var h uint32 = 2166136261 // FNV-1a
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return byte(2 + h%98), byte(h / 98 % 200)
}

// parseKey reads "Kind namespace/name" or "Kind name".
func parseKey(text string) (objects.Key, error) {
	kind, name, ok := strings.Cut(strings.TrimSpace(text), " ")
	if !ok {
		return objects.Key{}, fmt.Errorf("%q: want KIND NAMESPACE/NAME", text)
	}
	k := objects.Key{Kind: objects.Kind(kind), Name: objects.Name{Name: name}}
	if ns, n, ok := strings.Cut(name, "/"); ok {
		k.Name = objects.Name{Namespace: ns, Name: n}
	}
	return k, nil
}
