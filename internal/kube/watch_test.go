package kube

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// cluster is a client of a cluster in memory that cannot stream lists.
type cluster struct {
	client.WithWatch
	// watches counts the watches that have begun.
	watches *atomic.Int32
}

// IsWatchListSemanticsUnSupported tells reflectors to list and then watch.
func (cluster) IsWatchListSemanticsUnSupported() bool { return true }

func newCluster(t *testing.T, have ...client.Object) cluster {
	t.Helper()
	scheme, err := NewScheme()
	if err != nil {
		t.Fatal(err)
	}
	c := cluster{watches: &atomic.Int32{}}
	c.WithWatch = interceptor.NewClient(
		fake.NewClientBuilder().WithScheme(scheme).WithObjects(have...).Build(),
		interceptor.Funcs{
			Watch: func(ctx context.Context, inner client.WithWatch, list client.ObjectList, opts ...client.ListOption) (watch.Interface, error) {
				w, err := inner.Watch(ctx, list, opts...)
				c.watches.Add(1)
				return w, err
			},
		})
	return c
}

func ingressNamed(name string) *networkingv1.Ingress {
	return &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
}

func TestAWatchBeginsWithEverythingAndGoesOnWithChanges(t *testing.T) {
	c := newCluster(t, ingressNamed("old"), &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}})
	ctx, stop := context.WithCancel(t.Context())
	batches := make(chan Batch, 100)
	over := make(chan error, 1)
	go func() {
		over <- Watch(ctx, WatchOptions{Client: c, Secrets: "none", Quiet: time.Millisecond}, func(b Batch) { batches <- b })
	}()
	next := func() Batch {
		select {
		case b := <-batches:
			return b
		case <-time.After(20 * time.Second):
			t.Fatal("no batch comes")
			return Batch{}
		}
	}
	first := next()
	if !first.First || len(first.Changes) != 2 {
		t.Fatalf("the first batch is %+v, want the Ingress and the Service", first)
	}
	for deadline := time.Now().Add(20 * time.Second); c.watches.Load() < 5; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the watches do not begin")
		}
	}
	if err := c.Create(ctx, ingressNamed("new")); err != nil {
		t.Fatal(err)
	}
	if b := next(); len(b.Changes) != 1 || b.Changes[0].Put.(*networkingv1.Ingress).Name != "new" {
		t.Errorf("after the creation came %+v", b)
	}
	if err := c.Delete(ctx, ingressNamed("old")); err != nil {
		t.Fatal(err)
	}
	want := objects.Key{Kind: objects.KindIngress, Name: objects.Name{Namespace: "shop", Name: "old"}}
	if b := next(); len(b.Changes) != 1 || b.Changes[0].Delete != want {
		t.Errorf("after the deletion came %+v", b)
	}
	stop()
	if err := <-over; err != nil {
		t.Error(err)
	}
}

func TestAClusterWithoutOurKindsIsToldHowToGetThem(t *testing.T) {
	c := newCluster(t)
	c.WithWatch = interceptor.NewClient(c.WithWatch, interceptor.Funcs{
		List: func(ctx context.Context, inner client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			if _, ok := list.(*elbv2.TargetGroupBindingList); ok {
				return &meta.NoKindMatchError{GroupKind: schema.GroupKind{Group: elbv2.Group, Kind: elbv2.KindTargetGroupBinding}}
			}
			return inner.List(ctx, list, opts...)
		},
	})
	err := Watch(t.Context(), WatchOptions{Client: c, Secrets: "none", Cloud: true}, func(Batch) {})
	if err == nil || !strings.Contains(err.Error(), "--install-crds") {
		t.Errorf("got %v, want an error that says --install-crds", err)
	}
}

func TestHeartbeatsOfNodesChangeNothing(t *testing.T) {
	node := func(beat time.Time, ready corev1.ConditionStatus) any {
		n, err := trim(&corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: "one", ResourceVersion: beat.String()},
			Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
				{Type: corev1.NodeReady, Status: ready, LastHeartbeatTime: metav1.NewTime(beat)},
				{Type: corev1.NodeDiskPressure, Status: corev1.ConditionFalse, LastHeartbeatTime: metav1.NewTime(beat)},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := node(time.Unix(1, 0), corev1.ConditionTrue)
	if !unchanged(before, node(time.Unix(11, 0), corev1.ConditionTrue)) {
		t.Error("a heartbeat counts as a change")
	}
	if unchanged(before, node(time.Unix(11, 0), corev1.ConditionUnknown)) {
		t.Error("a lost node does not count as a change")
	}
}

func TestAPodKeepsItsGatesAndLosesItsContainers(t *testing.T) {
	const gate = corev1.PodConditionType(elbv2.ReadinessGatePrefix + "b")
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-1", Labels: map[string]string{"app": "web"}},
		Spec: corev1.PodSpec{
			Containers: []corev1.Container{{Name: "web", Image: "web"}}, NodeName: "one",
			ReadinessGates: []corev1.PodReadinessGate{{ConditionType: gate}},
		},
		Status: corev1.PodStatus{PodIP: "10.42.64.32", Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}, {Type: gate, Status: corev1.ConditionFalse},
		}},
	}
	if _, err := trim(pod); err != nil {
		t.Fatal(err)
	}
	if len(pod.Spec.Containers) > 0 || len(pod.Labels) > 0 {
		t.Errorf("what nobody reads is kept: %+v", pod)
	}
	if len(pod.Status.Conditions) != 1 || pod.Status.Conditions[0].Type != gate || len(pod.Spec.ReadinessGates) != 1 || pod.Status.PodIP == "" {
		t.Errorf("the gate, its condition or the address is gone: %+v", pod)
	}
}
