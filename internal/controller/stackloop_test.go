package controller

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/lookup"
)

func TestAnIngressGetsAnAddressABindingAndTargets(t *testing.T) {
	b := newBench(t, albClass(), webService(), endpoints([]string{"10.42.64.32", "10.42.64.33"}))
	b.start(b.options())
	b.create(ingress("front", "alb", nil))
	b.until("both pods are registered", func() bool {
		return slices.Equal(b.aws.registered(), []string{"10.42.64.32", "10.42.64.33"})
	})
	b.until("the Ingress shows the load balancer", func() bool {
		ing, _ := get[networkingv1.Ingress](b, "front")
		return len(ing.Status.LoadBalancer.Ingress) == 1
	})
	ing, _ := get[networkingv1.Ingress](b, "front")
	if got := ing.Status.LoadBalancer.Ingress[0]; got.Hostname[:9] != "internal-" || len(got.Ports) != 1 || got.Ports[0].Port != 80 {
		t.Errorf("the status is %+v, want a lower-case name with port 80", got)
	}
	if !slices.Equal(ing.Finalizers, []string{"ingress.k8s.aws/resources"}) {
		t.Errorf("finalizers are %v", ing.Finalizers)
	}
	b.until("the binding is ready", func() bool { return observed(&b.bindings()[0]) })
	binding := b.bindings()[0]
	want := elbv2.TargetGroupBindingSpec{
		TargetGroupARN: "arn:tg/" + binding.Name, TargetGroupProtocol: "HTTP", TargetType: "ip", IPAddressType: "ipv4",
		ServiceRef: elbv2.ServiceReference{Name: "web", Port: intstr.FromInt32(80)}, VPCID: "vpc-0a1b2c3d4e5f60718",
	}
	got := binding.Spec
	networking := got.Networking
	got.Networking = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the binding's spec (-want +got):\n%s", diff)
	}
	if networking == nil || networking.Ingress[0].From[0].SecurityGroup.GroupID != "sg-0backend" {
		t.Errorf("the binding must let in the backend security group by its id, got %+v", networking)
	}
	wantLabels := map[string]string{"ingress.k8s.aws/stack-namespace": "shop", "ingress.k8s.aws/stack-name": "front"}
	if diff := cmp.Diff(wantLabels, binding.Labels); diff != "" {
		t.Errorf("the binding's labels (-want +got):\n%s", diff)
	}
	b.until("the success is told", func() bool { return slices.Contains(b.eventsOf("front"), "SuccessfullyReconciled") })
}

func TestADeletedIngressTakesEverythingWithIt(t *testing.T) {
	b := newBench(t, albClass(), webService(), endpoints([]string{"10.42.64.32"}))
	b.start(b.options())
	b.create(ingress("front", "alb", nil))
	b.until("the pod is registered", func() bool { return len(b.aws.registered()) == 1 })
	ing, _ := get[networkingv1.Ingress](b, "front")
	b.delete(ing)
	b.until("the Ingress is gone", func() bool {
		_, there := get[networkingv1.Ingress](b, "front")
		return !there
	})
	if left := b.bindings(); len(left) > 0 {
		t.Errorf("bindings are left: %v", left)
	}
	b.aws.set(func() {
		if len(b.aws.stacks) > 0 || len(b.aws.groups) > 0 {
			t.Errorf("left in AWS: %v %v", b.aws.stacks, b.aws.groups)
		}
	})
}

func TestWhatThePolicyKeepsInAWSIsTold(t *testing.T) {
	b := newBench(t, albClass(), webService(), endpoints([]string{"10.42.64.32"}))
	b.aws.withheld = []string{"delete load balancer alb/shop/front"}
	b.start(b.options())
	b.create(ingress("front", "alb", nil))
	b.until("the pod is registered", func() bool { return len(b.aws.registered()) == 1 })
	ing, _ := get[networkingv1.Ingress](b, "front")
	b.delete(ing)
	b.until("the Ingress is gone", func() bool {
		_, there := get[networkingv1.Ingress](b, "front")
		return !there
	})
	if got := b.eventsOf("front"); !slices.Contains(got, "WithheldByPolicy") {
		t.Errorf("events are %v", got)
	}
}

func TestAMemberThatLeavesAGroupLosesItsFinalizerAndAddress(t *testing.T) {
	group := map[string]string{"alb.ingress.kubernetes.io/group.name": "all"}
	b := newBench(t, albClass(), webService(), endpoints([]string{"10.42.64.32"}))
	b.start(b.options())
	b.create(ingress("one", "alb", group))
	b.create(ingress("two", "alb", group))
	served := func(name string) bool {
		ing, ok := get[networkingv1.Ingress](b, name)
		return ok && len(ing.Status.LoadBalancer.Ingress) > 0 && slices.Equal(ing.Finalizers, []string{"group.ingress.k8s.aws/all"})
	}
	b.until("both are served", func() bool { return served("one") && served("two") })
	ing, _ := get[networkingv1.Ingress](b, "two")
	b.change(ing, func() {
		other := "nginx"
		ing.Spec.IngressClassName = &other
	})
	nginx := albClass()
	nginx.Name, nginx.Spec.Controller = "nginx", "k8s.io/ingress-nginx"
	b.create(nginx)
	b.until("two is let go", func() bool {
		ing, _ := get[networkingv1.Ingress](b, "two")
		return len(ing.Finalizers) == 0 && len(ing.Status.LoadBalancer.Ingress) == 0
	})
	if !served("one") {
		t.Error("one must be served still")
	}
}

func TestAMissingClassTearsNothingDown(t *testing.T) {
	class := albClass()
	b := newBench(t, class, webService(), endpoints([]string{"10.42.64.32"}))
	b.start(b.options())
	b.create(ingress("front", "alb", nil))
	b.until("the pod is registered", func() bool { return len(b.aws.registered()) == 1 })
	b.delete(class)
	b.until("the Ingress is told", func() bool { return slices.Contains(b.eventsOf("front"), "FailedBuildModel") })
	b.create(albClass())
	b.until("the Ingress is told again that all is well", func() bool {
		return slices.Contains(b.eventsOf("front"), "SuccessfullyReconciled")
	})
	for _, call := range b.aws.log() {
		if call == "realize ingress.k8s.aws shop/front: false" {
			t.Fatalf("the load balancer was taken down:\n%s", lines(b.aws.log()))
		}
	}
}

func TestARefusalIsToldOnceAndTriedAgain(t *testing.T) {
	b := newBench(t, albClass(), webService(), endpoints([]string{"10.42.64.32"}))
	b.aws.refuse = errors.New("TooManyLoadBalancers")
	b.start(b.options())
	b.create(ingress("front", "alb", nil))
	b.until("the refusal is told", func() bool { return slices.Contains(b.eventsOf("front"), "FailedDeployModel") })
	b.aws.set(func() { b.aws.refuse = nil })
	b.until("the pod is registered", func() bool { return len(b.aws.registered()) == 1 })
	var list corev1.EventList
	if err := b.client.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	for i := range list.Items {
		if e := &list.Items[i]; e.Reason == "FailedDeployModel" && e.Count > 1 {
			t.Errorf("the refusal was told %d times", e.Count)
		}
	}
}

func TestNothingIsChangedWhileAWSCannotBeAsked(t *testing.T) {
	b := newBench(t, albClass(), webService(), endpoints([]string{"10.42.64.32"}))
	b.aws.denied = lookup.Subnets
	b.start(b.options())
	b.create(ingress("front", "alb", nil))
	b.until("the Ingress is told", func() bool { return slices.Contains(b.eventsOf("front"), "FailedBuildModel") })
	for _, call := range b.aws.log() {
		if strings.HasPrefix(call, "realize") {
			t.Fatalf("a load balancer was made without knowing where: %s", call)
		}
	}
	b.aws.set(func() { b.aws.denied = "" })
	b.until("the pod is registered", func() bool { return len(b.aws.registered()) == 1 })
}

func TestAControllerThatStartsAgainWritesNothing(t *testing.T) {
	b := newBench(t, albClass(), webService(), endpoints([]string{"10.42.64.32"}))
	stop := b.start(b.options())
	b.create(ingress("front", "alb", nil))
	b.until("all is in place", func() bool {
		bindings := b.bindings()
		ing, _ := get[networkingv1.Ingress](b, "front")
		return len(bindings) == 1 && observed(&bindings[0]) && bindings[0].Annotations[elbv2.AnnotationCheckpoint] != "" &&
			len(ing.Status.LoadBalancer.Ingress) == 1
	})
	stop()
	b.mu.Lock()
	before := len(b.writes)
	b.mu.Unlock()
	calls := len(b.aws.log())
	for len(b.feed) > 0 {
		<-b.feed
	}
	o := b.options()
	b.start(o)
	b.create(ingress("second", "alb", nil))
	b.until("the second Ingress is served", func() bool {
		ing, _ := get[networkingv1.Ingress](b, "second")
		return len(ing.Status.LoadBalancer.Ingress) == 1
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.writes[before:] {
		if strings.Contains(w, "front") {
			t.Errorf("a write about what was in place: %s", w)
		}
	}
	for _, call := range b.aws.log()[calls:] {
		if strings.Contains(call, "front") {
			t.Errorf("a change of what was in place: %s", call)
		}
	}
}
