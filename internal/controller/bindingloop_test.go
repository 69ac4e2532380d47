package controller

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
)

func userBinding() *elbv2.TargetGroupBinding {
	return &elbv2.TargetGroupBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "mine"},
		Spec: elbv2.TargetGroupBindingSpec{
			TargetGroupName: "theirs", ServiceRef: elbv2.ServiceReference{Name: "web", Port: intstr.FromInt32(80)},
		},
	}
}

func TestABindingOfAUserIsCompletedFilledAndFollowsItsEndpoints(t *testing.T) {
	b := newBench(t, webService(), endpoints([]string{"10.42.64.32"}))
	b.start(b.options())
	b.create(userBinding())
	b.until("the pod is registered", func() bool { return slices.Equal(b.aws.registered(), []string{"10.42.64.32"}) })
	mine, _ := get[elbv2.TargetGroupBinding](b, "mine")
	if s := mine.Spec; s.TargetGroupARN != "arn:tg/theirs" || s.TargetType != "ip" || s.VPCID == "" || s.TargetGroupProtocol != "HTTP" {
		t.Errorf("the spec was not completed: %+v", s)
	}
	slice := endpoints([]string{"10.42.64.32"})
	b.change(slice, func() { slice.Endpoints = endpoints([]string{"10.42.64.33", "10.42.80.32"}).Endpoints })
	b.until("the new pods are registered and the old one is not", func() bool {
		return slices.Equal(b.aws.registered(), []string{"10.42.64.33", "10.42.80.32"})
	})
	b.until("the binding says so", func() bool {
		mine, _ := get[elbv2.TargetGroupBinding](b, "mine")
		return observed(mine) && mine.Annotations[elbv2.AnnotationCheckpoint] != ""
	})
	mine, _ = get[elbv2.TargetGroupBinding](b, "mine")
	b.delete(mine)
	b.until("the binding is gone", func() bool {
		_, there := get[elbv2.TargetGroupBinding](b, "mine")
		return !there
	})
	if left := b.aws.registered(); len(left) > 0 {
		t.Errorf("targets are left: %v", left)
	}
}

func TestABindingWithoutItsServiceLosesItsTargets(t *testing.T) {
	service := webService()
	b := newBench(t, service, endpoints([]string{"10.42.64.32"}))
	b.start(b.options())
	b.create(userBinding())
	b.until("the pod is registered", func() bool { return len(b.aws.registered()) == 1 })
	b.delete(service)
	b.until("the targets are taken out", func() bool { return len(b.aws.registered()) == 0 })
	b.until("the binding is told", func() bool { return slices.Contains(b.eventsOf("mine"), "BackendNotFound") })
	again := webService()
	b.create(again)
	b.until("the pod is registered again", func() bool { return len(b.aws.registered()) == 1 })
}

func TestAPodBecomesReadyOnceItIsHealthyInTheTargetGroup(t *testing.T) {
	gate := corev1.PodConditionType(elbv2.ReadinessGatePrefix + "mine")
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-32"},
		Spec:       corev1.PodSpec{NodeName: "one", ReadinessGates: []corev1.PodReadinessGate{{ConditionType: gate}}},
		Status: corev1.PodStatus{Conditions: []corev1.PodCondition{
			{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}, {Type: corev1.PodReady, Status: corev1.ConditionFalse},
		}},
	}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "one"},
		Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}},
	}
	b := newBench(t, webService(), endpoints([]string{"10.42.64.32"}, "10.42.64.32"), pod, node)
	b.start(b.options())
	b.create(userBinding())
	condition := func() corev1.ConditionStatus {
		p, _ := get[corev1.Pod](b, "web-32")
		for _, c := range p.Status.Conditions {
			if c.Type == gate {
				return c.Status
			}
		}
		return ""
	}
	b.until("the pod is registered and told that it has to wait", func() bool {
		return len(b.aws.registered()) == 1 && condition() == corev1.ConditionFalse
	})
	b.aws.set(func() { b.aws.healthy["10.42.64.32"] = true })
	b.until("the gate is open", func() bool { return condition() == corev1.ConditionTrue })
}

func TestADeletedBindingOfOursIsMadeAgain(t *testing.T) {
	b := newBench(t, albClass(), webService(), endpoints([]string{"10.42.64.32"}))
	b.start(b.options())
	b.create(ingress("front", "alb", nil))
	b.until("the pod is registered", func() bool { return len(b.aws.registered()) == 1 })
	first := b.bindings()[0]
	b.delete(&first)
	b.until("there is another binding with the targets", func() bool {
		now := b.bindings()
		return len(now) == 1 && now[0].UID != first.UID && len(b.aws.registered()) == 1
	})
}
