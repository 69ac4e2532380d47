package status

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func newClient(t *testing.T, have ...client.Object) client.Client {
	t.Helper()
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, networkingv1.AddToScheme} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	return fake.NewClientBuilder().WithScheme(s).WithStatusSubresource(&networkingv1.Ingress{}, &corev1.Pod{}).WithObjects(have...).Build()
}

func front() *networkingv1.Ingress {
	return &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "front", UID: "uid"}}
}

// told counts the Events by reason.
func told(t *testing.T, c client.Client) map[string]int32 {
	t.Helper()
	var list corev1.EventList
	if err := c.List(t.Context(), &list, client.InNamespace("shop")); err != nil {
		t.Fatal(err)
	}
	out := map[string]int32{}
	for i := range list.Items {
		out[list.Items[i].Reason] += list.Items[i].Count
	}
	return out
}

func recorder(c client.Client) *Recorder {
	return NewRecorder(c, "gwanmun", func() time.Time { return time.Unix(1, 0) }, slog.New(slog.DiscardHandler))
}

func TestAnEventIsWrittenWhenSomethingChangesAndOnlyThen(t *testing.T) {
	c := newClient(t)
	r := recorder(c)
	refused := FailedDeploy(errors.New("TooManyLoadBalancers"))
	for range 3 {
		r.Tell(t.Context(), front(), "deploy", refused)
	}
	if diff := cmp.Diff(map[string]int32{"FailedDeployModel": 1}, told(t, c)); diff != "" {
		t.Fatalf("after three refusals (-want +got):\n%s", diff)
	}
	r.Assume(t.Context(), front(), "deploy", Reconciled())
	r.Assume(t.Context(), front(), "deploy", Reconciled())
	r.Tell(t.Context(), front(), "deploy", refused)
	if diff := cmp.Diff(map[string]int32{"FailedDeployModel": 2, "SuccessfullyReconciled": 1}, told(t, c)); diff != "" {
		t.Errorf("after it went well and failed again (-want +got):\n%s", diff)
	}
}

func TestARecorderThatStartsAnewRepeatsNothing(t *testing.T) {
	c := newClient(t)
	refused := FailedDeploy(errors.New("TooManyLoadBalancers"))
	recorder(c).Tell(t.Context(), front(), "deploy", refused)
	second := recorder(c)
	second.Tell(t.Context(), front(), "deploy", refused)
	second.Assume(t.Context(), front(), "other", Reconciled())
	if diff := cmp.Diff(map[string]int32{"FailedDeployModel": 1}, told(t, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	second.Happened(t.Context(), front(), "other", Reconciled())
	second.Happened(t.Context(), front(), "other", Reconciled())
	if got := told(t, c)["SuccessfullyReconciled"]; got != 2 {
		t.Errorf("what happened twice was told %d times", got)
	}
}

func TestForgettingAnObjectMakesItNew(t *testing.T) {
	c := newClient(t)
	r := recorder(c)
	r.Tell(t.Context(), front(), "deploy", Reconciled())
	r.Forget(objects.Key{Kind: objects.KindIngress, Name: objects.Name{Namespace: "shop", Name: "front"}})
	again := front()
	again.UID = "another"
	r.Tell(t.Context(), again, "deploy", Reconciled())
	if got := told(t, c)["SuccessfullyReconciled"]; got != 2 {
		t.Errorf("two objects of one name were told of %d times", got)
	}
}

func TestDiagnosticsBecomeEventsWithTheirNumbersAndRemedies(t *testing.T) {
	object := diag.Object{Kind: "Ingress", Namespace: "shop", Name: "front"}
	ds := []diag.Diagnostic{
		diag.New(diag.ClassMissing, object, "spec.ingressClassName", diag.A("class", "alb")),
		diag.New(diag.ClassGivenTwice, object, "metadata.annotations[kubernetes.io/ingress.class]"),
	}
	got := FromDiagnostics(ds, false)
	if len(got) != 1 || got[0].Reason != "FailedBuildModel" || got[0].Type != corev1.EventTypeWarning {
		t.Fatalf("want one warning for the error and none for the notice, got %+v", got)
	}
	want := "GW2101 spec.ingressClassName: the IngressClass alb does not exist; create it, or name one that exists in " +
		"spec.ingressClassName; until then nobody serves the Ingress"
	if got[0].Message != want {
		t.Errorf("the message is %q, want %q", got[0].Message, want)
	}
}

func TestAStatusIsWrittenOnlyWhereItDiffers(t *testing.T) {
	c := newClient(t, front())
	w := Writer{Client: c}
	now := front()
	want := IngressByHost([]string{"lb.example"}, []Port{{Number: 80}})
	if wrote, err := w.Ingress(t.Context(), now, want); !wrote || err != nil {
		t.Fatalf("wrote %v, %v", wrote, err)
	}
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(now), now); err != nil {
		t.Fatal(err)
	}
	if wrote, err := w.Ingress(t.Context(), now, want); wrote || err != nil {
		t.Errorf("the same status was written again: %v, %v", wrote, err)
	}
	gone := front()
	gone.Name = "gone"
	if wrote, err := w.Ingress(t.Context(), gone, want); wrote || err != nil {
		t.Errorf("an object that is gone: wrote %v, %v", wrote, err)
	}
}

func TestAGateIsOneConditionAmongOthers(t *testing.T) {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-1"},
		Status:     corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}}},
	}
	c := newClient(t, pod)
	w := Writer{Client: c}
	gate := Gate{Type: "target-health.elbv2.k8s.aws/b", Open: true}
	if wrote, err := w.Gate(t.Context(), pod, gate, time.Unix(1, 0)); !wrote || err != nil {
		t.Fatalf("wrote %v, %v", wrote, err)
	}
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(pod), pod); err != nil {
		t.Fatal(err)
	}
	if len(pod.Status.Conditions) != 2 || !GateOpen(pod, gate.Type) {
		t.Errorf("conditions are %+v, want both", pod.Status.Conditions)
	}
	if wrote, err := w.Gate(t.Context(), pod, gate, time.Unix(2, 0)); wrote || err != nil {
		t.Errorf("an open gate was opened again: %v, %v", wrote, err)
	}
}

func TestAnOpenGateDoesNotSayWhyItWasShut(t *testing.T) {
	const kind = "target-health.elbv2.k8s.aws/b"
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-1"}}
	c := newClient(t, pod)
	w := Writer{Client: c}
	for _, gate := range []Gate{{Type: kind, Reason: "TargetNotHealthy", Message: "not yet"}, {Type: kind, Open: true}} {
		if _, err := w.Gate(t.Context(), pod, gate, time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(pod), pod); err != nil {
			t.Fatal(err)
		}
		if got := pod.Status.Conditions; len(got) != 1 || got[0].Reason != gate.Reason || got[0].Message != gate.Message {
			t.Errorf("conditions are %+v, want one that says %q", got, gate.Reason)
		}
	}
}
