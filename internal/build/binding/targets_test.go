package binding

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func ptr[T any](v T) *T { return &v }

func webService() *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
		Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{
			{Name: "http", Port: 80, TargetPort: intstr.FromString("web"), NodePort: 30080},
			{Name: "admin", Port: 8080, TargetPort: intstr.FromInt32(9090)},
		}},
	}
}

func slice(name string, family discoveryv1.AddressType, port int32, endpoints ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, Labels: map[string]string{discoveryv1.LabelServiceName: "web"},
		},
		AddressType: family,
		Ports:       []discoveryv1.EndpointPort{{Name: ptr("http"), Port: ptr(port)}},
		Endpoints:   endpoints,
	}
}

func endpoint(address, pod string, ready *bool) discoveryv1.Endpoint {
	return discoveryv1.Endpoint{
		Addresses: []string{address}, Conditions: discoveryv1.EndpointConditions{Ready: ready},
		TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: pod}, Zone: ptr("a"), NodeName: ptr("n1"),
	}
}

func setOf(t *testing.T, all ...any) *objects.Set {
	t.Helper()
	set := objects.NewSet()
	for _, o := range all {
		if _, ok := set.Put(o); !ok {
			t.Fatalf("%T is not held by sets", o)
		}
	}
	return set
}

func TestEndpointsAreReadySortedAndUnrepeatedAcrossSlices(t *testing.T) {
	set := setOf(t, webService(),
		slice("b", discoveryv1.AddressTypeIPv4, 3001, endpoint("10.0.0.10", "p10", nil)),
		slice("a", discoveryv1.AddressTypeIPv4, 3000,
			endpoint("10.0.0.9", "p9", ptr(true)), endpoint("10.0.0.8", "p8", ptr(false)),
			endpoint("10.0.0.9", "p9", ptr(true)), endpoint("nonsense", "px", nil)),
		slice("six", discoveryv1.AddressTypeIPv6, 3000, endpoint("fd00::1", "p6", nil)),
	)
	want4 := []model.Target{
		{ID: "10.0.0.9", Port: 3000, Zone: "a", Pod: "p9", Node: "n1"},
		{ID: "10.0.0.10", Port: 3001, Zone: "a", Pod: "p10", Node: "n1"},
	}
	want6 := []model.Target{{ID: "fd00::1", Port: 3000, Zone: "a", Pod: "p6", Node: "n1"}}
	for _, c := range []struct {
		family model.IPAddressType
		port   string
		want   []model.Target
	}{
		{model.IPv4, "80", want4},
		{model.IPv4, "http", want4},
		{model.IPv4, "web", want4},
		{model.IPv6, "80", want6},
		{"", "80", append(append([]model.Target{}, want4...), want6...)},
		{model.IPv4, "8080", nil},
		{model.IPv4, "nope", nil},
	} {
		got := Targets(set, &model.TargetGroup{IPAddressType: c.family, Binding: &model.Binding{
			Namespace: "shop", Service: "web", Port: c.port, TargetType: model.TargetIP,
		}})
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s %s: %s", c.family, c.port, d)
		}
	}
}

func TestGroupsWithoutServiceOrBindingHaveNoTargets(t *testing.T) {
	set := setOf(t)
	if got := Targets(set, &model.TargetGroup{}); got != nil {
		t.Errorf("no binding: got %v", got)
	}
	if got := Targets(set, &model.TargetGroup{Binding: &model.Binding{Namespace: "a", Service: "b", Port: "1"}}); got != nil {
		t.Errorf("no service: got %v", got)
	}
}

func node(name, provider string, change func(*corev1.Node)) *corev1.Node {
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"pool": "web"}},
		Spec:       corev1.NodeSpec{ProviderID: provider},
		Status: corev1.NodeStatus{
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
			Addresses:  []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "10.1.0.1"}},
		},
	}
	if change != nil {
		change(n)
	}
	return n
}

func TestInstanceTargetsAreSuitableNodesOnTheNodePort(t *testing.T) {
	set := setOf(t, webService(),
		node("good", "aws:///ap-northeast-2a/i-0123", nil),
		node("plain", "", nil),
		node("other-pool", "aws:///z/i-1", func(n *corev1.Node) { n.Labels["pool"] = "db" }),
		node("excluded", "aws:///z/i-2", func(n *corev1.Node) { n.Labels[labelExclude] = "" }),
		node("fargate", "aws:///z/fargate-x", func(n *corev1.Node) { n.Labels[labelCompute] = "fargate" }),
		node("leaving", "aws:///z/i-3", func(n *corev1.Node) { n.Spec.Taints = []corev1.Taint{{Key: taintAutoscaler}} }),
		node("down", "aws:///z/i-4", func(n *corev1.Node) { n.Status.Conditions[0].Status = corev1.ConditionUnknown }),
	)
	tg := &model.TargetGroup{IPAddressType: model.IPv4, Binding: &model.Binding{
		Namespace: "shop", Service: "web", Port: "http", TargetType: model.TargetInstance,
		NodeSelector: []model.Tag{{Key: "pool", Value: "web"}},
	}}
	want := []model.Target{
		{ID: "i-0123", Port: 30080, Zone: "ap-northeast-2a", Address: "10.1.0.1", Node: "good"},
		{ID: "plain", Port: 30080, Address: "10.1.0.1", Node: "plain"},
	}
	if d := cmp.Diff(want, Targets(set, tg)); d != "" {
		t.Error(d)
	}
	tg.Binding.Port = "admin"
	if got := Targets(set, tg); got != nil {
		t.Errorf("a port without node port has targets: %v", got)
	}
}
