package ingressalb

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/model"
)

// The first two were seen in the output of the AWS controller on a cluster named eksworkshop; the others follow from the
// rule: ten hex digits of SHA-256 over the inputs, computed with sha256sum.
func TestNamesOfLoadBalancers(t *testing.T) {
	for _, c := range []struct {
		cluster, group string
		scheme         model.Scheme
		want           string
	}{
		{"eksworkshop", "alb-test-01/alb-test-01", model.InternetFacing, "k8s-albtest0-albtest0-1aa7c83247"},
		{"eksworkshop", "alb-test/ecsdemo-frontend", model.InternetFacing, "k8s-albtest-ecsdemof-ee882fe5b1"},
		{"cluster-name", "ns-1/ing-1", model.Internal, "k8s-ns1-ing1-76efa74df2"},
		{"c", "a-very-long.group-name", model.Internal, "k8s-averylonggroupnam-" + elb.Hash("ca-very-long.group-nameinternal")},
	} {
		if got := loadBalancerName(c.cluster, c.group, c.scheme); got != c.want || len(got) > 32 {
			t.Errorf("%s %s: want %s, got %s", c.cluster, c.group, c.want, got)
		}
	}
}

func TestNamesOfOtherResources(t *testing.T) {
	if got, want := managedGroupName("cluster-name", "ns-1/ing-1"), "k8s-ns1-ing1-0704218054"; got != want {
		t.Errorf("managed security group: want %s, got %s", want, got)
	}
	tg := &model.TargetGroup{
		Port: 32768, Type: model.TargetInstance, Protocol: model.TargetHTTP, ProtocolVersion: model.HTTP1,
		Binding: &model.Binding{Namespace: "ns-1", Service: "svc-1", Port: "http"},
	}
	name := func() string { return targetGroupName("cluster-name", "ns-1/ing-1", "ns-1", "ing-1", "svc-1-uuid", tg) }
	if got, want := name(), "k8s-ns1-svc1-defed43712"; got != want {
		t.Errorf("target group: want %s, got %s", want, got)
	}
	seen := map[string]bool{name(): true}
	for what, change := range map[string]func(){
		"port reference":   func() { tg.Binding.Port = "80" },
		"port":             func() { tg.Port = 1 },
		"type":             func() { tg.Type = model.TargetIP },
		"protocol":         func() { tg.Protocol = model.TargetHTTPS },
		"protocol version": func() { tg.ProtocolVersion = model.GRPC },
		"control port":     func() { tg.ControlPort = 3000 },
	} {
		change()
		if seen[name()] {
			t.Errorf("a change of the %s does not change the name", what)
		}
		seen[name()] = true
	}
}
