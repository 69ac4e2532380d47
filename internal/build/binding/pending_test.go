package binding

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func TestAPodThatOnlyWaitsForItsGateIsRegistered(t *testing.T) {
	set := objects.NewSet()
	yes, no := true, false
	set.Put(&corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
	})
	node := func(name string, status corev1.ConditionStatus) {
		set.Put(&corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: status}}},
		})
	}
	node("up", corev1.ConditionTrue)
	node("lost", corev1.ConditionUnknown)
	pod := func(name, on string, containers corev1.ConditionStatus) {
		set.Put(&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
			Spec:       corev1.PodSpec{NodeName: on},
			Status:     corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.ContainersReady, Status: containers}}},
		})
	}
	pod("gated", "up", corev1.ConditionTrue)
	pod("starting", "up", corev1.ConditionFalse)
	pod("stranded", "lost", corev1.ConditionTrue)
	pod("ending", "up", corev1.ConditionTrue)
	pod("serving", "up", corev1.ConditionTrue)
	endpoint := func(address, pod string, ready, terminating *bool) discoveryv1.Endpoint {
		return discoveryv1.Endpoint{
			Addresses: []string{address}, TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: pod},
			Conditions: discoveryv1.EndpointConditions{Ready: ready, Terminating: terminating},
		}
	}
	port := int32(8080)
	set.Put(&discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: "shop", Name: "web-1", Labels: map[string]string{discoveryv1.LabelServiceName: "web"}},
		AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Port: &port}},
		Endpoints: []discoveryv1.Endpoint{
			endpoint("127.42.64.36", "serving", &yes, nil), endpoint("127.42.64.35", "ending", &no, &yes),
			endpoint("127.42.64.34", "stranded", &no, nil), endpoint("127.42.64.33", "starting", &no, nil),
			endpoint("127.42.64.32", "gated", &no, nil),
		},
	})
	tg := &model.TargetGroup{
		IPAddressType: model.IPv4,
		Binding:       &model.Binding{Namespace: "shop", Service: "web", Port: "80", TargetType: model.TargetIP},
	}
	if diff := cmp.Diff([]model.Target{{ID: "127.42.64.32", Port: 8080, Pod: "gated"}}, Pending(set, tg)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	tg.Binding.TargetType = model.TargetInstance
	if got := Pending(set, tg); got != nil {
		t.Errorf("instance targets wait for nothing, got %v", got)
	}
}
