package laptop

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestOnlyWarningsOfNowAreTold(t *testing.T) {
	began := time.Date(2026, 11, 30, 7, 0, 0, 500_000_000, time.UTC)
	event := func(object, message string, at time.Time, count int32) *corev1.Event {
		return &corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{Name: object + message, UID: types.UID(object + message)},
			InvolvedObject: corev1.ObjectReference{Kind: "Ingress", Namespace: "default", Name: object, UID: types.UID(object)},
			Message:        message, Count: count, LastTimestamp: metav1.NewTime(at), Source: corev1.EventSource{Component: component},
		}
	}
	foreign := event("web", "of somebody else", began, 1)
	foreign.Source.Component = "kubelet"
	binding := event("tgb", "targets", began, 1)
	binding.InvolvedObject.Kind = "TargetGroupBinding"
	events := []*corev1.Event{
		event("web", "bad", began.Truncate(time.Second), 1), event("web", "old", began.Add(-time.Minute), 1), event("gone", "bad", began, 1),
		foreign, binding,
	}
	present := map[types.UID]bool{"web": true}
	var got []string
	for _, w := range warningsOf(events, present, began) {
		got = append(got, w.text)
	}
	if diff := cmp.Diff([]string{"TargetGroupBinding default/tgb: targets", "Ingress default/web: bad"}, got); diff != "" {
		t.Error(diff)
	}
	once := warningsOf(events[:1], present, began)
	events[0].Count++
	if again := warningsOf(events[:1], present, began); again[0].key == once[0].key {
		t.Error("a mistake that is made again is not told again")
	}
}
