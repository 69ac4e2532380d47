package aws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/model"
)

var group = aws.StackID{Controller: "ingress.k8s.aws", Name: "web"}

func tags(id aws.StackID, resource string) []model.Tag {
	return []model.Tag{
		{Key: "elbv2.k8s.aws/cluster", Value: cluster},
		{Key: id.Controller + "/resource", Value: resource},
		{Key: id.Controller + "/stack", Value: id.Name},
	}
}

// stackOf is what a build of class alb makes of a group with one Ingress for each host.
func stackOf(id aws.StackID, hosts ...string) *model.Model {
	lb := model.LoadBalancer{
		ID: "alb/" + id.Name, Name: "k8s-" + id.Name, Type: model.Application, Scheme: model.InternetFacing, IPAddressType: model.IPv4,
		Subnets:        []model.SubnetMapping{{SubnetID: "subnet-0a00000000000001a"}, {SubnetID: "subnet-0a00000000000001b"}},
		SecurityGroups: []string{"alb/" + id.Name, "backend"}, Tags: tags(id, "LoadBalancer"),
	}
	m := &model.Model{
		SecurityGroups: []model.SecurityGroup{
			{
				ID: "alb/" + id.Name, Name: "k8s-" + id.Name, Description: "clients of load balancer " + id.Name,
				Ingress: []model.SecurityGroupRule{{Protocol: "tcp", FromPort: 80, ToPort: 80, CIDR: "0.0.0.0/0"}},
				Tags:    tags(id, "ManagedLBSecurityGroup"),
			},
			{
				ID: "backend", Name: "k8s-traffic-gwanmunlocal-0123456789", Description: "load balancers towards their targets",
				Tags: []model.Tag{{Key: "elbv2.k8s.aws/cluster", Value: cluster}, {Key: "elbv2.k8s.aws/resource", Value: "backend-sg"}},
			},
		},
	}
	l := model.Listener{
		Port: 80, Protocol: model.HTTP, Tags: tags(id, "80"),
		DefaultActions: []model.Action{{
			Type: model.ActionFixedResponse, FixedResponse: &model.FixedResponse{StatusCode: 404, ContentType: "text/plain"},
		}},
	}
	for i, host := range hosts {
		name := strings.ReplaceAll(host, ".", "-")
		tg := model.TargetGroup{
			ID: "alb/default/" + name + "/echo:80", Name: "k8s-default-" + name, Type: model.TargetInstance, Protocol: model.TargetHTTP,
			ProtocolVersion: model.HTTP1, Port: 30080, IPAddressType: model.IPv4, Tags: tags(id, "default/"+name+"-echo:80"),
			HealthCheck: &model.HealthCheck{
				Protocol: model.TargetHTTP, Port: "traffic-port", Path: "/", IntervalSeconds: 15, TimeoutSeconds: 5,
				HealthyThreshold: 2, UnhealthyThreshold: 2, HTTPCodes: "200",
			},
			Targets: []model.Target{{ID: "i-0a00000000000001a", Port: 30080}, {ID: "i-0a00000000000001b", Port: 30080}},
		}
		m.TargetGroups = append(m.TargetGroups, tg)
		l.Rules = append(l.Rules, model.Rule{
			Priority: int32(i + 1), Tags: tags(id, fmt.Sprintf("80:%d", i+1)),
			Conditions: []model.Condition{{Field: model.HostHeader, Values: []string{host}}, {Field: model.PathPattern, Values: []string{"/*"}}},
			Actions: []model.Action{{
				Type: model.ActionForward, Forward: &model.Forward{TargetGroups: []model.WeightedTargetGroup{{TargetGroup: tg.ID, Weight: 1}}},
			}},
		})
	}
	lb.Listeners = []model.Listener{l}
	m.LoadBalancers = []model.LoadBalancer{lb}
	return m
}

// reconcile reconciles and demands that it works.
func (p *process) reconcile(id aws.StackID, m *model.Model) aws.Outcome {
	p.t.Helper()
	out, err := p.realizer.Reconcile(p.t.Context(), id, m)
	if err != nil {
		p.t.Fatalf("reconcile %s: %v", id, err)
	}
	return out
}

// quiet demands that a number of calls was made since the last time, and how many of them changed something.
func (p *process) quiet(what string, all, writes int) {
	p.t.Helper()
	a, w, text := p.calls()
	if a > all || w != writes {
		p.t.Errorf("%s: %d calls, %d of them writes; want at most %d and exactly %d\n%s", what, a, w, all, writes, text)
	}
}

// empty demands that nothing of the cluster is left.
func (p *process) empty() {
	p.t.Helper()
	p.realizer.Reset()
	stacks, err := p.realizer.Stacks(p.t.Context())
	if err != nil || len(stacks) > 0 {
		p.t.Errorf("left in AWS: %v, %v", stacks, err)
	}
}

func TestAStackIsMadeOnceAndThenLeftAlone(t *testing.T) {
	p := newCloud(t).start(nil)
	m := stackOf(group, "a.example", "b.example")
	out := p.reconcile(group, m)
	if len(out.LoadBalancers) != 1 || !strings.Contains(out.LoadBalancers[0].DNSName, "sslip.io") || out.LoadBalancers[0].ID != "alb/web" {
		t.Errorf("got %+v", out.LoadBalancers)
	}
	if len(out.TargetGroups) != 2 || !strings.HasPrefix(out.SecurityGroups["backend"], "sg-") || !strings.HasPrefix(out.SecurityGroups["alb/web"], "sg-") {
		t.Errorf("got %v and %v", out.TargetGroups, out.SecurityGroups)
	}
	_, _, text := p.calls()
	t.Logf("creating made\n%s", text)
	again := p.reconcile(group, m)
	if len(again.Operations) > 0 || again.Waiting != "" || len(again.LoadBalancers) != 1 {
		t.Errorf("again: %+v", again)
	}
	p.quiet("the second time", 0, 0)
}

func TestOneChangedAttributeCostsOneWrite(t *testing.T) {
	p := newCloud(t).start(nil)
	m := stackOf(group, "a.example")
	p.reconcile(group, m)
	p.calls()
	m = stackOf(group, "a.example")
	m.LoadBalancers[0].Attributes = []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "90"}}
	p.reconcile(group, m)
	p.quiet("a changed attribute", 1, 1)
	m.TargetGroups[0].HealthCheck = &model.HealthCheck{Protocol: model.TargetHTTP, Port: "traffic-port", Path: "/ready"}
	p.reconcile(group, m)
	p.quiet("a changed health check", 1, 1)
}

func TestDeletingAStackLeavesNothing(t *testing.T) {
	p := newCloud(t).start(nil)
	p.reconcile(group, stackOf(group, "a.example", "b.example"))
	out := p.reconcile(group, nil)
	if !out.Gone || out.Waiting != "" {
		t.Errorf("got %+v", out)
	}
	p.empty()
	if len(p.kept.text) > 0 {
		t.Errorf("checkpoints are left: %v", p.kept.text)
	}
	p.calls()
	if out := p.reconcile(group, nil); !out.Gone {
		t.Errorf("got %+v", out)
	}
}

func TestAnUnchangedStackCostsOnlyTheSharedListAfterARestart(t *testing.T) {
	p := newCloud(t).start(nil)
	other := aws.StackID{Controller: "ingress.k8s.aws", Name: "shop"}
	p.reconcile(group, stackOf(group, "a.example", "b.example"))
	p.reconcile(other, stackOf(other, "c.example"))
	p.calls()
	q := p.restart()
	out := q.reconcile(group, stackOf(group, "a.example", "b.example"))
	q.reconcile(other, stackOf(other, "c.example"))
	if len(out.LoadBalancers) != 1 || out.LoadBalancers[0].DNSName == "" || len(out.TargetGroups) != 2 {
		t.Errorf("got %+v", out)
	}
	q.quiet("after a restart", 4, 0)
}

func TestWhatSomebodyElseChangedIsMendedAfterARestart(t *testing.T) {
	p := newCloud(t).start(nil)
	m := stackOf(group, "a.example")
	out := p.reconcile(group, m)
	// A tag that nobody wants: the checkpoint does not fit any more.
	p.addTag(out.TargetGroups["alb/default/a-example/echo:80"], "extra")
	p.calls()
	q := p.restart()
	if out := q.reconcile(group, m); len(out.Operations) != 1 {
		t.Errorf("got %v", out.Operations)
	}
	_, writes, text := q.calls()
	if writes != 1 {
		t.Errorf("%d writes\n%s", writes, text)
	}
}
