package apply

import (
	"context"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// setPriorities moves rules in one call, which AWS carries out as a whole.
func (r *run) setPriorities(ctx context.Context, op plan.Operation) error {
	_, listener := r.s.listener(op.LoadBalancer, op.Listener)
	in := &elbv2.SetRulePrioritiesInput{}
	for i := range op.Moves {
		arn, err := r.s.rule(observe.RuleAt{Listener: listener, Priority: op.Moves[i].From})
		if err != nil {
			return err
		}
		in.RulePriorities = append(in.RulePriorities, elbtypes.RulePriorityPair{RuleArn: &arn, Priority: &op.Moves[i].To})
	}
	if _, err := r.clients.ELB.SetRulePriorities(ctx, in); err != nil {
		return err
	}
	for _, m := range op.Moves {
		delete(r.s.Handles.Rules, observe.RuleAt{Listener: listener, Priority: m.From})
	}
	for i, m := range op.Moves {
		r.s.Handles.Rules[observe.RuleAt{Listener: listener, Priority: m.To}] = *in.RulePriorities[i].RuleArn
	}
	return nil
}

func (r *run) createRule(ctx context.Context, op plan.Operation) error {
	_, listener := r.s.listener(op.LoadBalancer, op.Listener)
	in := &elbv2.CreateRuleInput{
		ListenerArn: &listener, Priority: &op.Priority, Conditions: conditions(op.Rule.Conditions), Actions: r.actions(op.Rule.Actions),
		Transforms: transforms(op.Rule.Transforms), Tags: elbTags(op.Rule.Tags),
	}
	var out *elbv2.CreateRuleOutput
	err := r.seen(ctx, listener, func() (err error) {
		out, err = r.clients.ELB.CreateRule(ctx, in)
		return err
	})
	if err != nil {
		return err
	}
	r.s.Handles.Rules[observe.RuleAt{Listener: listener, Priority: op.Priority}] = *out.Rules[0].RuleArn
	return nil
}

func (r *run) modifyRule(ctx context.Context, op plan.Operation) error {
	_, listener := r.s.listener(op.LoadBalancer, op.Listener)
	arn, err := r.s.rule(observe.RuleAt{Listener: listener, Priority: op.Priority})
	if err != nil {
		return err
	}
	in := &elbv2.ModifyRuleInput{RuleArn: &arn, Conditions: conditions(op.Rule.Conditions), Actions: r.actions(op.Rule.Actions)}
	switch {
	case len(op.Rule.Transforms) > 0:
		in.Transforms = transforms(op.Rule.Transforms)
	case r.s.transforms(op):
		reset := true
		in.ResetTransforms = &reset
	}
	_, err = r.clients.ELB.ModifyRule(ctx, in)
	return err
}

func (r *run) deleteRule(ctx context.Context, op plan.Operation) error {
	_, listener := r.s.listener(op.LoadBalancer, op.Listener)
	at := observe.RuleAt{Listener: listener, Priority: op.Priority}
	arn, ok := r.s.Handles.Rules[at]
	if ok {
		_, err := r.clients.ELB.DeleteRule(ctx, &elbv2.DeleteRuleInput{RuleArn: &arn})
		if err != nil && !awserr.Is(err, "RuleNotFound") {
			return err
		}
	}
	delete(r.s.Handles.Rules, at)
	return nil
}
