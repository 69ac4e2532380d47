package aws_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/aws/targets"
	"github.com/gwanmun/gwanmun/internal/model"
)

const nodeGroup = "sg-0a00000000000001a"

// doors lists the permissions of the nodes' security group that are ours.
func (p *process) doors() string {
	p.t.Helper()
	out, err := p.clients.EC2.DescribeSecurityGroups(p.t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{nodeGroup}})
	if err != nil {
		p.t.Fatal(err)
	}
	var list []string
	for _, r := range observe.SecurityGroupFrom(&out.SecurityGroups[0]).Ingress {
		if r.Description == targets.Description {
			list = append(list, fmt.Sprintf("%s %d-%d %s%s", r.Protocol, r.FromPort, r.ToPort, r.CIDR, r.SecurityGroup))
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func access(binding, source string, endpoint targets.Endpoint, ports ...string) targets.Access {
	rule := model.BindingRule{SecurityGroup: source}
	if strings.Contains(source, "/") {
		rule = model.BindingRule{CIDR: source}
	}
	for _, port := range ports {
		rule.Ports = append(rule.Ports, model.BindingPort{Protocol: "TCP", Port: port})
	}
	return targets.Access{Binding: binding, Rules: []model.BindingRule{rule}, Targets: []targets.Endpoint{endpoint}}
}

func (p *process) network() *targets.Network {
	return targets.NewNetwork(p.clients, targets.NetworkOptions{Cluster: cluster, VPC: p.resolver.VPC, Now: p.clock.Now})
}

func TestBindingsShareOnePermissionFromTheLowestToTheHighestPort(t *testing.T) {
	p := newCloud(t).start(nil)
	source := p.reconcile(group, stackOf(group, "a.example")).SecurityGroups["backend"]
	p.calls()
	n, ctx := p.network(), t.Context()
	node := targets.Endpoint{ID: nodeA}
	steps := []struct {
		what string
		do   func() error
		want string
	}{
		{"a first binding", func() error { return n.Allow(ctx, access("default/a", source, node, "30080")) }, "tcp 30080-30080 " + source},
		{"a second one on the same port", func() error { return n.Allow(ctx, access("default/b", source, targets.Endpoint{ID: nodeB}, "30080")) }, "tcp 30080-30080 " + source},
		{
			"a third one before all are heard only adds", func() error { return n.Allow(ctx, access("default/c", source, node, "31000")) },
			"tcp 30080-30080 " + source + ", tcp 30080-31000 " + source,
		},
		{"all are heard", func() error { return n.Complete(ctx) }, "tcp 30080-31000 " + source},
		{
			"a named port of a pod, and a range of addresses", func() error {
				pod := targets.Endpoint{ID: "10.42.64.32", Instance: nodeA, Ports: map[string]int32{"web": 8080}}
				return n.Allow(ctx, access("default/d", "192.0.2.0/24", pod, "web", "missing"))
			},
			"tcp 30080-31000 " + source + ", tcp 8080-8080 192.0.2.0/24",
		},
		{"the third one goes", func() error { return n.Withdraw(ctx, "default/c") }, "tcp 30080-30080 " + source + ", tcp 8080-8080 192.0.2.0/24"},
		{"no rules any more", func() error { return n.Allow(ctx, targets.Access{Binding: "default/a"}) }, "tcp 30080-30080 " + source + ", tcp 8080-8080 192.0.2.0/24"},
		{"the second one goes", func() error { return n.Withdraw(ctx, "default/b") }, "tcp 8080-8080 192.0.2.0/24"},
		{"the last one goes", func() error { return n.Withdraw(ctx, "default/d") }, ""},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			t.Fatalf("%s: %v", s.what, err)
		}
		if got := p.doors(); got != s.want {
			t.Errorf("%s: got %q, want %q", s.what, got, s.want)
		}
	}
}

func TestOneMoreBindingOnAnOpenPortCostsNoCall(t *testing.T) {
	p := newCloud(t).start(nil)
	n, node := p.network(), targets.Endpoint{ID: nodeA}
	if err := n.Allow(t.Context(), access("default/a", "192.0.2.0/24", node, "30080")); err != nil {
		t.Fatal(err)
	}
	p.quiet("the first one", 3, 1)
	if err := n.Allow(t.Context(), access("default/b", "192.0.2.0/24", node, "30080")); err != nil {
		t.Fatal(err)
	}
	p.quiet("the second one", 0, 0)
}

func TestWhatAnEarlierProcessOpenedIsClosedOnceAllBindingsAreHeard(t *testing.T) {
	p := newCloud(t).start(nil)
	node := targets.Endpoint{ID: nodeA}
	if err := p.network().Allow(t.Context(), access("default/gone", "192.0.2.0/24", node, "30080")); err != nil {
		t.Fatal(err)
	}
	n := p.network()
	if err := n.Complete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := p.doors(); got != "" {
		t.Errorf("still open: %s", got)
	}
}

func TestASpanOfAnEarlierProcessServesUntilAllBindingsAreHeard(t *testing.T) {
	p := newCloud(t).start(nil)
	source := p.reconcile(group, stackOf(group, "a.example")).SecurityGroups["backend"]
	node := targets.Endpoint{ID: nodeA}
	hear := func(n *targets.Network) {
		t.Helper()
		for binding, port := range map[string]string{"default/a": "8080", "default/b": "31000"} {
			if err := n.Allow(t.Context(), access(binding, source, node, port)); err != nil {
				t.Fatal(err)
			}
		}
		if err := n.Complete(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	hear(p.network())
	p.calls()
	hear(p.network())
	p.quiet("the same bindings again", 3, 0)
	if got, want := p.doors(), "tcp 8080-31000 "+source; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSomebodyElsesPermissionServesAndIsLeftAlone(t *testing.T) {
	p := newCloud(t).start(nil)
	p.openByHand(nodeGroup, 30080, "192.0.2.0/24")
	n, node := p.network(), targets.Endpoint{ID: nodeA}
	if err := n.Complete(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.calls()
	if err := n.Allow(t.Context(), access("default/a", "192.0.2.0/24", node, "30080")); err != nil {
		t.Fatal(err)
	}
	if err := n.Withdraw(t.Context(), "default/a"); err != nil {
		t.Fatal(err)
	}
	p.quiet("a permission that was there", 2, 0)
}

func TestATargetThatIsNowhereDoesNotKeepTheOthersOut(t *testing.T) {
	p := newCloud(t).start(nil)
	n := p.network()
	a := access("default/a", "192.0.2.0/24", targets.Endpoint{ID: nodeA}, "30080")
	a.Targets = append(a.Targets, targets.Endpoint{ID: "10.99.0.1"})
	err := n.Allow(t.Context(), a)
	if err == nil || !strings.Contains(err.Error(), "10.99.0.1") {
		t.Errorf("got %v", err)
	}
	if got := p.doors(); got != "tcp 30080-30080 192.0.2.0/24" {
		t.Errorf("open: %s", got)
	}
}
