package apply

import (
	"errors"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

func TestAFailureHoldsWhatNeedsItAndNothingElse(t *testing.T) {
	web := plan.ListenerKey{Port: 80, Protocol: model.HTTP}
	to := func(group string) *model.Rule {
		return &model.Rule{Actions: []model.Action{{
			Type: model.ActionForward, Forward: &model.Forward{TargetGroups: []model.WeightedTargetGroup{{TargetGroup: group}}},
		}}}
	}
	refused := errors.New("refused")
	full := &smithy.GenericAPIError{Code: "TooManyRules"}
	on := func(c plan.Call) plan.Operation {
		return plan.Operation{Call: c, LoadBalancer: "lb", Listener: web, Priority: 1}
	}
	tagsOfListener := on(plan.RemoveTags)
	tagsOfListener.Priority = 0
	rule := func(c plan.Call, group string) plan.Operation {
		o := on(c)
		o.Rule = to(group)
		return o
	}
	lb := func(c plan.Call) plan.Operation {
		return plan.Operation{Call: c, LoadBalancer: "lb", WantLoadBalancer: &model.LoadBalancer{SecurityGroups: []string{"lb", "sg"}}}
	}
	tg := func(c plan.Call, id string) plan.Operation { return plan.Operation{Call: c, TargetGroup: id} }
	sg := func(c plan.Call) plan.Operation { return plan.Operation{Call: c, SecurityGroup: "sg"} }
	for _, c := range []struct {
		name   string
		failed plan.Operation
		err    error
		next   plan.Operation
		held   bool
	}{
		{"a rule needs its target group", tg(plan.CreateTargetGroup, "a"), refused, rule(plan.CreateRule, "a"), true},
		{"a rule needs no other target group", tg(plan.CreateTargetGroup, "a"), refused, rule(plan.CreateRule, "b"), false},
		{"targets need their group", tg(plan.CreateTargetGroup, "a"), refused, tg(plan.RegisterTargets, "a"), true},
		{"a load balancer needs its security groups", sg(plan.CreateSecurityGroup), refused, lb(plan.CreateLoadBalancer), true},
		{"a load balancer whose successor cannot be made stays", sg(plan.CreateSecurityGroup), refused, lb(plan.DeleteLoadBalancer), true},
		{"a new load balancer needs the name of the old one", lb(plan.DeleteLoadBalancer), refused, lb(plan.CreateLoadBalancer), true},
		{"a listener needs its load balancer", lb(plan.CreateLoadBalancer), refused, on(plan.CreateListener), true},
		{"a rule needs its listener", on(plan.CreateListener), refused, rule(plan.CreateRule, "b"), true},
		{"rules that were not moved are not modified", on(plan.SetRulePriorities), refused, rule(plan.ModifyRule, "b"), true},
		{"rules that were not moved are not tagged", on(plan.SetRulePriorities), refused, on(plan.AddTags), true},
		{"a listener is tagged though its rules were not moved", on(plan.SetRulePriorities), refused, tagsOfListener, false},
		{"a rule does not need another one", rule(plan.CreateRule, "a"), refused, rule(plan.CreateRule, "b"), false},
		{"an old rule stays until the new one is there", rule(plan.CreateRule, "a"), refused, on(plan.DeleteRule), true},
		{"an old rule goes to make room", rule(plan.CreateRule, "a"), full, on(plan.DeleteRule), false},
		{"a group stays while rules may name it", rule(plan.CreateRule, "a"), refused, tg(plan.DeleteTargetGroup, "b"), true},
		{"one deletion does not need another one", tg(plan.DeleteTargetGroup, "a"), refused, tg(plan.DeleteTargetGroup, "b"), false},
		{"a group stays with its load balancer", lb(plan.DeleteLoadBalancer), refused, tg(plan.DeleteTargetGroup, "b"), true},
		{"permissions stay until the new ones are there", sg(plan.AuthorizeSecurityGroupIngress), refused, sg(plan.RevokeSecurityGroupIngress), true},
		{"an attribute holds nothing", lb(plan.ModifyLoadBalancerAttributes), refused, on(plan.DeleteRule), false},
		{"an attribute holds no targets", tg(plan.ModifyTargetGroupAttributes, "a"), refused, tg(plan.RegisterTargets, "a"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := newTrouble()
			if cause := tr.holds(c.next); cause != "" {
				t.Fatalf("held before anything failed: %s", cause)
			}
			tr.note(c.failed, c.err)
			if cause := tr.holds(c.next); (cause != "") != c.held {
				t.Errorf("held by %q", cause)
			}
		})
	}
}
