package controller

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What follows is the bench for tests outside of this package: those that bring AWS along cannot be inside, because the
// room that joins the two imports this one.

// Bench is a cluster in memory.
type Bench struct{ *bench }

// NewBench makes a cluster with class alb, the Service web and one pod of it on an instance.
func NewBench(t *testing.T) Bench {
	slice := endpoints([]string{"10.42.64.32"})
	return Bench{newBench(t, albClass(), webService(), onInstance(slice), instance())}
}

const instanceNode = "ip-10-42-64-10.ap-northeast-2.compute.internal"

// instance is the first node of the default world.
func instance() *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: instanceNode, Labels: map[string]string{corev1.LabelTopologyZone: "ap-northeast-2a"}},
		Spec:       corev1.NodeSpec{ProviderID: "aws:///ap-northeast-2a/i-0a00000000000001a"},
		Status: corev1.NodeStatus{
			Addresses:  []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "10.42.64.10"}},
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
		},
	}
}

func onInstance(s *discoveryv1.EndpointSlice) *discoveryv1.EndpointSlice {
	node := instanceNode
	for i := range s.Endpoints {
		s.Endpoints[i].NodeName = &node
	}
	return s
}

// Options are those of a controller without AWS.
func (b Bench) Options() Options { return b.options() }

// Start runs a controller until the test ends, or until the returned function is called.
func (b Bench) Start(o Options) (stop func()) {
	for len(b.feed) > 0 {
		<-b.feed // it reads everything anew
	}
	return b.start(o)
}

// Client reads and writes objects.
func (b Bench) Client() client.WithWatch { return b.client }

// Until waits until something holds.
func (b Bench) Until(what string, holds func() bool) { b.until(what, holds) }

// Ingress makes an Ingress of class alb for web.
func (b Bench) Ingress(name string) *networkingv1.Ingress {
	ing := ingress(name, "alb", nil)
	b.create(ing)
	return ing
}

// Host is the host name that an Ingress shows; empty when it shows none.
func (b Bench) Host(name string) string {
	ing, ok := get[networkingv1.Ingress](b.bench, name)
	if !ok || len(ing.Status.LoadBalancer.Ingress) == 0 {
		return ""
	}
	return ing.Status.LoadBalancer.Ingress[0].Hostname
}

// Gone says whether there is no such Ingress.
func (b Bench) Gone(name string) bool {
	_, there := get[networkingv1.Ingress](b.bench, name)
	return !there
}

// Settled says whether every binding is ready and has a checkpoint, and how many there are.
func (b Bench) Settled() (int, bool) {
	list := b.bindings()
	for i := range list {
		if !observed(&list[i]) || list[i].Annotations["elbv2.k8s.aws/checkpoint"] == "" {
			return len(list), false
		}
	}
	return len(list), true
}
