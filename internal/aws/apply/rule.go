package apply

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// setPriorities moves rules in one call, which AWS carries out as a whole.
func (r *run) setPriorities(ctx context.Context, op plan.Operation) error {
	have, _, listener := r.s.listener(op.LoadBalancer, op.Listener)
	in := &elbv2.SetRulePrioritiesInput{}
	for i := range op.Moves {
		arn, ok := r.s.Handles.Rules[observe.RuleAt{Listener: listener, Priority: op.Moves[i].From}]
		if !ok {
			return fmt.Errorf("no rule is known at priority %d", op.Moves[i].From)
		}
		in.RulePriorities = append(in.RulePriorities, elbtypes.RulePriorityPair{RuleArn: &arn, Priority: &op.Moves[i].To})
	}
	if _, err := r.clients.ELB.SetRulePriorities(ctx, in); err != nil {
		return err
	}
	moved := map[int32]int32{}
	for _, m := range op.Moves {
		moved[m.From] = m.To
		delete(r.s.Handles.Rules, observe.RuleAt{Listener: listener, Priority: m.From})
	}
	for i, m := range op.Moves {
		r.s.Handles.Rules[observe.RuleAt{Listener: listener, Priority: m.To}] = *in.RulePriorities[i].RuleArn
	}
	for i := range have.Rules {
		if to, ok := moved[have.Rules[i].Priority]; ok {
			have.Rules[i].Priority = to
		}
	}
	sortRules(have.Rules)
	return nil
}

func sortRules(list []model.Rule) {
	slices.SortFunc(list, func(a, b model.Rule) int { return cmp.Compare(a.Priority, b.Priority) })
}

func (r *run) createRule(ctx context.Context, op plan.Operation) error {
	have, _, listener := r.s.listener(op.LoadBalancer, op.Listener)
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
	rule := *op.Rule
	rule.Priority = op.Priority
	have.Rules = append(have.Rules, rule)
	sortRules(have.Rules)
	return nil
}

func (r *run) modifyRule(ctx context.Context, op plan.Operation) error {
	have, _, listener := r.s.listener(op.LoadBalancer, op.Listener)
	arn, ok := r.s.Handles.Rules[observe.RuleAt{Listener: listener, Priority: op.Priority}]
	if !ok {
		return fmt.Errorf("no rule is known at priority %d", op.Priority)
	}
	in := &elbv2.ModifyRuleInput{RuleArn: &arn, Conditions: conditions(op.Rule.Conditions), Actions: r.actions(op.Rule.Actions)}
	rule := ruleAt(have, op.Priority)
	switch {
	case len(op.Rule.Transforms) > 0:
		in.Transforms = transforms(op.Rule.Transforms)
	case rule != nil && len(rule.Transforms) > 0:
		reset := true
		in.ResetTransforms = &reset
	}
	if _, err := r.clients.ELB.ModifyRule(ctx, in); err != nil {
		return err
	}
	if rule != nil {
		rule.Conditions, rule.Actions, rule.Transforms = op.Rule.Conditions, op.Rule.Actions, op.Rule.Transforms
	}
	return nil
}

func (r *run) deleteRule(ctx context.Context, op plan.Operation) error {
	have, _, listener := r.s.listener(op.LoadBalancer, op.Listener)
	at := observe.RuleAt{Listener: listener, Priority: op.Priority}
	arn, ok := r.s.Handles.Rules[at]
	if ok {
		_, err := r.clients.ELB.DeleteRule(ctx, &elbv2.DeleteRuleInput{RuleArn: &arn})
		if err != nil && !awserr.Is(err, "RuleNotFound") {
			return err
		}
	}
	delete(r.s.Handles.Rules, at)
	have.Rules = slices.DeleteFunc(have.Rules, func(x model.Rule) bool { return x.Priority == op.Priority })
	return nil
}
