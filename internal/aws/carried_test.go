package aws_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/apply"
	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// teams are the values of the tag "team" on what is behind a listener of port 80: by host for rules, by "listener" for itself.
func (p *process) teams(balancer string) map[string]string {
	p.t.Helper()
	ctx := p.t.Context()
	l, err := p.clients.ELB.DescribeListeners(ctx, &elbv2.DescribeListenersInput{LoadBalancerArn: &balancer})
	if err != nil {
		p.t.Fatal(err)
	}
	names := map[string]string{*l.Listeners[0].ListenerArn: "listener"}
	rules, err := p.clients.ELB.DescribeRules(ctx, &elbv2.DescribeRulesInput{ListenerArn: l.Listeners[0].ListenerArn})
	if err != nil {
		p.t.Fatal(err)
	}
	arns := []string{*l.Listeners[0].ListenerArn}
	for _, r := range rules.Rules {
		for _, c := range r.Conditions {
			if c.HostHeaderConfig != nil {
				names[*r.RuleArn] = c.HostHeaderConfig.Values[0]
				arns = append(arns, *r.RuleArn)
			}
		}
	}
	tags, err := p.clients.ELB.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: arns})
	if err != nil {
		p.t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range tags.TagDescriptions {
		for _, tag := range d.Tags {
			if *tag.Key == "team" {
				out[names[*d.ResourceArn]] = *tag.Value
			}
		}
	}
	return out
}

func TestTagsOfARuleGoToTheRuleEvenWhenItMoves(t *testing.T) {
	p := newCloud(t).start(nil)
	p.reconcile(group, stackOf(group, "a.example", "b.example", "c.example"))
	team := func(list *[]model.Tag, value string) { *list = append(*list, model.Tag{Key: "team", Value: value}) }

	// The rule of b.example moves from the second to the first place and gets a tag there.
	m := stackOf(group, "b.example", "a.example", "c.example")
	team(&m.LoadBalancers[0].Listeners[0].Rules[0].Tags, "blue")
	out := p.reconcile(group, m)
	var calls []plan.Call
	for _, op := range out.Operations {
		calls = append(calls, op.Call)
	}
	if !slices.Contains(calls, plan.SetRulePriorities) || !slices.Contains(calls, plan.AddTags) {
		t.Fatalf("did %v", calls)
	}
	balancer := out.LoadBalancers[0].ARN
	if got := p.teams(balancer); len(got) != 1 || got["b.example"] != "blue" {
		t.Errorf("the tags are %v", got)
	}
	p.one(group, m)

	// Another value, and one for the listener itself.
	m = stackOf(group, "b.example", "a.example", "c.example")
	team(&m.LoadBalancers[0].Listeners[0].Rules[0].Tags, "green")
	team(&m.LoadBalancers[0].Listeners[0].Tags, "red")
	p.reconcile(group, m)
	if got := p.teams(balancer); len(got) != 2 || got["b.example"] != "green" || got["listener"] != "red" {
		t.Errorf("the tags are %v", got)
	}

	// And away again, with what is remembered and nothing else.
	m = stackOf(group, "b.example", "a.example", "c.example")
	team(&m.LoadBalancers[0].Listeners[0].Tags, "red")
	p.reconcile(group, m)
	if got := p.teams(balancer); len(got) != 1 || got["listener"] != "red" {
		t.Errorf("the tags are %v", got)
	}
	if out := p.reconcile(group, m); len(out.Operations) > 0 {
		t.Errorf("the second time %v", out.Operations)
	}
}

func TestWhatAWSAcceptsAgainstWhatIsKnownMakesItLookAgain(t *testing.T) {
	p := newCloud(t).start(nil)
	name, network, port := "k8s-free", vpc, int32(80)
	made, err := p.clients.ELB.CreateTargetGroup(t.Context(), &elbv2.CreateTargetGroupInput{
		Name: &name, VpcId: &network, Port: &port, Protocol: elbtypes.ProtocolEnumHttp, TargetType: elbtypes.TargetTypeEnumIp,
	})
	if err != nil {
		t.Fatal(err)
	}
	arn := *made.TargetGroups[0].TargetGroupArn
	s := apply.Adopt(&model.Model{}, &observe.Stack{Handles: observe.NewHandles(), Model: &model.Model{
		TargetGroups: []model.TargetGroup{{ID: arn}},
		LoadBalancers: []model.LoadBalancer{{ID: "arn:lb", Listeners: []model.Listener{{
			Port: 80, Protocol: model.HTTP, DefaultActions: []model.Action{{
				Type: model.ActionForward, Forward: &model.Forward{TargetGroups: []model.WeightedTargetGroup{{TargetGroup: arn, Weight: 1}}},
			}},
		}}}},
	}})
	a := apply.New(p.clients, apply.Options{VPC: func(context.Context) (string, error) { return vpc, nil }, Sleep: p.clock.sleep})
	res := a.Run(t.Context(), s, []plan.Operation{{Call: plan.DeleteTargetGroup, TargetGroup: arn}})
	if err := res[0].Err; !awserr.Stale(err) || !strings.Contains(err.Error(), "forwards to it") {
		t.Errorf("got %v", err)
	}
}
