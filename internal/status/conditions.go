package status

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
)

// ConditionReady is the condition of a TargetGroupBinding.
const ConditionReady = "Ready"

// Reasons of the condition Ready.
const (
	ReasonRegistered    = "TargetsRegistered"
	ReasonFailed        = "ReconcileFailed"
	ReasonNoService     = "BackendNotFound"
	ReasonFailedCleanup = "FailedCleanup"
)

// Outcome is how a reconcile of a TargetGroupBinding ended.
type Outcome struct {
	Ready   bool
	Reason  string
	Message string
	// Observed says that the targets are those of the binding's current generation.
	Observed bool
}

// OfBinding is the status that a binding should have. A condition that stays what it is keeps its time.
func OfBinding(b *elbv2.TargetGroupBinding, o Outcome, now time.Time) elbv2.TargetGroupBindingStatus {
	var s elbv2.TargetGroupBindingStatus
	b.Status.DeepCopyInto(&s)
	if o.Observed {
		generation := b.Generation
		s.ObservedGeneration = &generation
	}
	c := metav1.Condition{
		Type: ConditionReady, Status: metav1.ConditionFalse, Reason: o.Reason, Message: o.Message,
		ObservedGeneration: b.Generation, LastTransitionTime: metav1.NewTime(now),
	}
	if o.Ready {
		c.Status = metav1.ConditionTrue
	}
	meta.SetStatusCondition(&s.Conditions, c)
	return s
}

// HasGate says whether a pod waits for a condition.
func HasGate(p *corev1.Pod, gate corev1.PodConditionType) bool {
	return slices.ContainsFunc(p.Spec.ReadinessGates, func(g corev1.PodReadinessGate) bool { return g.ConditionType == gate })
}

// GateOpen says whether the condition that a pod waits for is true.
func GateOpen(p *corev1.Pod, gate corev1.PodConditionType) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == gate && c.Status == corev1.ConditionTrue
	})
}
