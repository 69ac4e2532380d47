package action

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// ModifyRule replaces the conditions, actions or transforms of a rule; what is not given stays.
func (a *Actions) ModifyRule(_ context.Context, in *elbv2.ModifyRuleInput) (*elbv2.ModifyRuleOutput, error) {
	reset := aws.ToBool(in.ResetTransforms)
	if reset && len(in.Transforms) > 0 {
		return nil, invalid("Transforms and ResetTransforms cannot both be given")
	}
	out := &elbv2.ModifyRuleOutput{}
	err := a.store.Update(func(t *store.Tx) error {
		have, err := rule(t.State, in.RuleArn)
		if err != nil {
			return err
		}
		if have.Priority == 0 {
			return forbidden("Rule '%s' is the default rule of its listener; its actions are changed with ModifyListener", have.ARN)
		}
		l, b, next := t.Listener(have.Listener), t.LoadBalancerOf(have), *have
		if len(in.Conditions) > 0 {
			if next.Conditions, err = a.conditions(b, in.Conditions); err != nil {
				return err
			}
		}
		if len(in.Actions) > 0 {
			c := actionChecker{a: a, state: t.State, balancer: b, listener: l, before: have.Actions}
			if next.Actions, err = c.complete(in.Actions); err != nil {
				return err
			}
		}
		if len(in.Transforms) > 0 || reset {
			if next.Transforms, err = transforms(in.Transforms); err != nil {
				return err
			}
			if len(next.Transforms) > 0 && b.Type != types.LoadBalancerTypeEnumApplication {
				return conflicting("Transforms are for application load balancers only")
			}
		}
		t.PutRule(&next)
		if err := a.checkReferences(t.State, b); err != nil {
			return err
		}
		out.Rules = []types.Rule{shapeRule(&next)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// SetRulePriorities gives rules other priorities, all or none; two rules may change places.
func (a *Actions) SetRulePriorities(_ context.Context, in *elbv2.SetRulePrioritiesInput) (*elbv2.SetRulePrioritiesOutput, error) {
	if len(in.RulePriorities) == 0 {
		return nil, required("RulePriorities")
	}
	out := &elbv2.SetRulePrioritiesOutput{}
	err := a.store.Update(func(t *store.Tx) error {
		listeners, moved := map[string]bool{}, map[string]bool{}
		for _, pair := range in.RulePriorities {
			have, err := rule(t.State, pair.RuleArn)
			if err != nil {
				return err
			}
			switch {
			case have.Priority == 0:
				return forbidden("Rule '%s' is the default rule of its listener, whose priority is fixed", have.ARN)
			case moved[have.ARN]:
				return invalid("Rule '%s' is given more than once", have.ARN)
			case pair.Priority == nil:
				return required("RulePriorities.Priority")
			}
			if err := checkPriority(*pair.Priority); err != nil {
				return err
			}
			next := *have
			next.Priority = *pair.Priority
			t.PutRule(&next)
			moved[have.ARN], listeners[have.Listener] = true, true
			out.Rules = append(out.Rules, shapeRule(&next))
		}
		for _, arn := range slices.Sorted(maps.Keys(listeners)) {
			if err := prioritiesUnique(t.Rules(arn)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
