package status

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
)

// Writer writes statuses. Every method compares first, says whether it wrote, and takes an object that is gone as written.
type Writer struct {
	Client client.Client
}

// Ingress writes the addresses of an Ingress.
func (w Writer) Ingress(ctx context.Context, now *networkingv1.Ingress, want networkingv1.IngressLoadBalancerStatus) (bool, error) {
	if equality.Semantic.DeepEqual(now.Status.LoadBalancer, want) {
		return false, nil
	}
	next := now.DeepCopy()
	next.Status.LoadBalancer = want
	return w.patch(ctx, next, now)
}

// Service writes the addresses of a Service.
func (w Writer) Service(ctx context.Context, now *corev1.Service, want corev1.LoadBalancerStatus) (bool, error) {
	if equality.Semantic.DeepEqual(now.Status.LoadBalancer, want) {
		return false, nil
	}
	next := now.DeepCopy()
	next.Status.LoadBalancer = want
	return w.patch(ctx, next, now)
}

// Binding writes the status of a TargetGroupBinding.
func (w Writer) Binding(ctx context.Context, now *elbv2.TargetGroupBinding, want elbv2.TargetGroupBindingStatus) (bool, error) {
	if equality.Semantic.DeepEqual(now.Status, want) {
		return false, nil
	}
	next := now.DeepCopy()
	next.Status = want
	return w.patch(ctx, next, now)
}

func (w Writer) patch(ctx context.Context, next, now client.Object) (bool, error) {
	err := w.Client.Status().Patch(ctx, next, client.MergeFrom(now))
	if client.IgnoreNotFound(err) != nil {
		return false, fmt.Errorf("writing the status of %s: %w", client.ObjectKeyFromObject(now), err)
	}
	return err == nil, nil
}

// Gate is the state of a condition that a pod waits for.
type Gate struct {
	Type    corev1.PodConditionType
	Open    bool
	Reason  string
	Message string
}

// Gate writes the condition of a pod. Conditions are a list that is merged by type, so the patch names this one only.
func (w Writer) Gate(ctx context.Context, pod *corev1.Pod, g Gate, now time.Time) (bool, error) {
	is := corev1.ConditionFalse
	if g.Open {
		is = corev1.ConditionTrue
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == g.Type && c.Status == is {
			return false, nil
		}
	}
	// Reason and message are written even when they are empty: what a patch leaves out stays, and an open gate would go on
	// saying why it was shut.
	want := map[string]any{"type": g.Type, "status": is, "reason": g.Reason, "message": g.Message, "lastTransitionTime": metav1.NewTime(now)}
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"conditions": []any{want}}})
	if err != nil {
		return false, err
	}
	target := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name}}
	err = w.Client.Status().Patch(ctx, target, client.RawPatch(types.StrategicMergePatchType, patch))
	if client.IgnoreNotFound(err) != nil {
		return false, fmt.Errorf("writing the condition %s of pod %s/%s: %w", g.Type, pod.Namespace, pod.Name, err)
	}
	return err == nil, nil
}
