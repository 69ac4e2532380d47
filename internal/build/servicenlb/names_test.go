package servicenlb

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

func named(namespace, name, uid string) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(uid)}}
}

// The hashes were computed with sha256sum over the inputs, in the order that the rule says.
func TestNames(t *testing.T) {
	svc := named("default", "nlb-ip-svc-tls", "7ab4be33-11c2-4a7b-b622-7add8affab36")
	if got, want := loadBalancerName("my-cluster", svc, model.Internal), "k8s-default-nlbipsvc-b44ef5a42d"; got != want {
		t.Errorf("load balancer: want %s, got %s", want, got)
	}
	if got, want := loadBalancerName("my-cluster", svc, model.InternetFacing), "k8s-default-nlbipsvc-97d931e820"; got != want {
		t.Errorf("internet-facing: want %s, got %s", want, got)
	}
	if got, want := managedGroupName("my-cluster", svc), "k8s-default-nlbipsvc-43d52113ef"; got != want {
		t.Errorf("security group: want %s, got %s", want, got)
	}
	tg := &model.TargetGroup{
		Port: 8443, Type: model.TargetIP, Protocol: model.TargetTCP,
		HealthCheck: &model.HealthCheck{Protocol: model.TargetTCP, IntervalSeconds: 10},
	}
	name := func(base *corev1.Service) string { return targetGroupName("my-cluster", base, svc, 83, tg) }
	if got, want := name(nil), "k8s-default-nlbipsvc-733ea7ed9d"; got != want {
		t.Errorf("target group: want %s, got %s", want, got)
	}
	if got, want := name(named("default", "base", "base-uid")), "k8s-default-nlbipsvc-344718a063"; got != want {
		t.Errorf("target group of an action: want %s, got %s", want, got)
	}
	seen := map[string]bool{name(nil): true}
	for what, change := range map[string]func(){
		"port":           func() { tg.Port = 1 },
		"type":           func() { tg.Type = model.TargetInstance },
		"protocol":       func() { tg.Protocol = model.TargetTLS },
		"check protocol": func() { tg.HealthCheck.Protocol = model.TargetHTTP },
		"check interval": func() { tg.HealthCheck.IntervalSeconds = 30 },
		"Service's UID":  func() { svc = named("default", "nlb-ip-svc-tls", "other") },
	} {
		change()
		if seen[name(nil)] {
			t.Errorf("a change of the %s does not change the name", what)
		}
		seen[name(nil)] = true
	}
}

// Without a UID (in files) names hold the Service's namespace and name at least.
func TestNamesWithoutUIDs(t *testing.T) {
	got := loadBalancerName("c", named("a_very_long_namespace", "a.very.long.name", ""), model.Internal)
	if want := "k8s-averylon-averylon-fd09c35b52"; got != want || len(got) > 32 {
		t.Errorf("want %s, got %s", want, got)
	}
}
