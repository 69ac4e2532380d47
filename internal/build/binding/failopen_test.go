package binding

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/model"
)

func ids(list []model.Target) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.ID)
	}
	return out
}

func inState(s corev1.ConditionStatus) func(*corev1.Node) {
	return func(n *corev1.Node) { n.Status.Conditions[0].Status = s }
}

func TestNodesThatCeasedToReportStandInWhenNoOtherIsReady(t *testing.T) {
	set := setOf(t, webService(),
		node("lost", "aws:///z/i-1", inState(corev1.ConditionUnknown)),
		node("broken", "aws:///z/i-2", inState(corev1.ConditionFalse)),
		node("kept-out", "aws:///z/i-3", func(n *corev1.Node) {
			n.Labels[labelExclude] = ""
			inState(corev1.ConditionUnknown)(n)
		}),
		// It is ready, and nobody's: the selectors do not take it, so it does not keep the others out.
		node("another-pool", "aws:///z/i-4", func(n *corev1.Node) { n.Labels["pool"] = "db" }),
	)
	tg := &model.TargetGroup{IPAddressType: model.IPv4, Binding: &model.Binding{
		Namespace: "shop", Service: "web", Port: "http", TargetType: model.TargetInstance,
	}}
	web := func(n *corev1.Node) bool { return n.Labels["pool"] == "web" }
	if got := ids(On(set, tg, web)); !slices.Equal(got, []string{"i-1"}) {
		t.Errorf("selected by a function: got %v", got)
	}
	tg.Binding.NodeSelector = []model.Tag{{Key: "pool", Value: "web"}}
	if got := ids(Targets(set, tg)); !slices.Equal(got, []string{"i-1"}) {
		t.Errorf("selected by labels: got %v", got)
	}
	tg.Binding.FailClosed = true
	if got := Targets(set, tg); len(got) > 0 {
		t.Errorf("closed: got %v", got)
	}
	tg.Binding.FailClosed = false
	set.Put(node("back", "aws:///z/i-5", nil))
	if got := ids(Targets(set, tg)); !slices.Equal(got, []string{"i-5"}) {
		t.Errorf("with a node that is ready: got %v", got)
	}
}

func TestPodsOnNodesThatCeasedToReportStandInWhenNothingElseIsLeft(t *testing.T) {
	pod := func(name, on string) *corev1.Pod {
		return &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
			Spec:       corev1.PodSpec{NodeName: on},
			Status:     corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}}},
		}
	}
	set := setOf(t, webService(), node("lost", "", inState(corev1.ConditionUnknown)), node("broken", "", inState(corev1.ConditionFalse)),
		node("up", "", nil), pod("a", "lost"), pod("b", "broken"), pod("c", "up"),
		slice("web-1", discoveryv1.AddressTypeIPv4, 3000, endpoint("10.0.0.1", "a", ptr(false)), endpoint("10.0.0.2", "b", ptr(false))),
	)
	tg := &model.TargetGroup{IPAddressType: model.IPv4, Binding: &model.Binding{
		Namespace: "shop", Service: "web", Port: "http", TargetType: model.TargetIP,
	}}
	all := func() []string { return ids(append(Targets(set, tg), Pending(set, tg)...)) }
	if got := all(); !slices.Equal(got, []string{"10.0.0.1"}) {
		t.Errorf("nothing is ready: got %v", got)
	}
	tg.Binding.FailClosed = true
	if got := all(); len(got) > 0 {
		t.Errorf("closed: got %v", got)
	}
	tg.Binding.FailClosed = false
	for ready, what := range map[bool]string{true: "another one is ready", false: "another one waits for its gate only"} {
		set.Put(slice("web-2", discoveryv1.AddressTypeIPv4, 3000, endpoint("10.0.0.3", "c", ptr(ready))))
		if got := all(); !slices.Equal(got, []string{"10.0.0.3"}) {
			t.Errorf("%s: got %v", what, got)
		}
	}
}
