package controller

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func TestAStackIsFoundAgainByItsUnitItsFinalizerAndItsLabels(t *testing.T) {
	key := func(kind objects.Kind) objects.Key {
		return objects.Key{Kind: kind, Name: objects.Name{Namespace: "shop", Name: "front"}}
	}
	for _, c := range []struct {
		id        StackID
		kind      objects.Kind
		unit      string
		finalizer string
	}{
		{StackID{"ingress.k8s.aws", "shop/front"}, objects.KindIngress, "alb/group/shop/front", "ingress.k8s.aws/resources"},
		{StackID{"ingress.k8s.aws", "team.web"}, objects.KindIngress, "alb/group/team.web", "group.ingress.k8s.aws/team.web"},
		{StackID{"service.k8s.aws", "shop/front"}, objects.KindService, "nlb/service/shop/front", "service.k8s.aws/resources"},
	} {
		if c.id.unit() != c.unit || c.id.finalizer() != c.finalizer {
			t.Errorf("%v: unit %s, finalizer %s", c.id, c.id.unit(), c.id.finalizer())
		}
		if id, ok := stackOfUnit(c.unit); !ok || id != c.id {
			t.Errorf("unit %s is stack %v", c.unit, id)
		}
		var o metav1.Object = &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Finalizers: []string{"theirs", c.finalizer}}}
		if got := stacksOf(key(c.kind), o); len(got) != 1 || got[0] != c.id {
			t.Errorf("finalizer %s is of %v", c.finalizer, got)
		}
		if id, ok := stackOfLabels(c.id.labels()); !ok || id != c.id {
			t.Errorf("labels %v are of %v", c.id.labels(), id)
		}
	}
	if _, ok := stackOfUnit("nginx/host/a.example"); ok {
		t.Error("a host of class nginx is no stack")
	}
	if got := stacksOf(key(objects.KindService), &corev1.Service{ObjectMeta: metav1.ObjectMeta{Finalizers: []string{finalizerIngress}}}); got != nil {
		t.Errorf("a Service cannot be in the stack of an Ingress, got %v", got)
	}
}

func TestRulesOfABindingSurviveTheWayThroughKubernetes(t *testing.T) {
	rules := []model.BindingRule{
		{SecurityGroup: "backend", Ports: []model.BindingPort{{Protocol: "TCP", Port: "8080"}, {Protocol: "TCP", Port: "health"}}},
		{CIDR: "10.42.0.0/16", Ports: []model.BindingPort{{Protocol: "UDP"}}},
	}
	v := bindingView{binding: &elbv2.TargetGroupBinding{}}
	v.binding.Spec.Networking = networking(rules, map[string]string{"backend": "sg-0backend"})
	want := []model.BindingRule{
		{SecurityGroup: "sg-0backend", Ports: rules[0].Ports},
		rules[1],
	}
	if diff := cmp.Diff(want, v.registration().Networking); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	v.binding.Spec.Networking = networking(nil, nil)
	if got := v.registration().Networking; got != nil {
		t.Errorf("security groups that are left alone become %v", got)
	}
}
