package action

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// CreateRule makes a rule of a listener.
func (a *Actions) CreateRule(_ context.Context, in *elbv2.CreateRuleInput) (*elbv2.CreateRuleOutput, error) {
	tags, err := a.tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	out := &elbv2.CreateRuleOutput{}
	err = a.store.Update(func(t *store.Tx) error {
		l, err := listener(t.State, in.ListenerArn)
		if err != nil {
			return err
		}
		b := t.LoadBalancer(l.LoadBalancer)
		r := &store.Rule{Listener: l.ARN, Priority: aws.ToInt32(in.Priority), Tags: tags}
		if in.Priority == nil {
			return required("Priority")
		}
		if err := checkPriority(r.Priority); err != nil {
			return err
		}
		if err := prioritiesUnique(append(t.Rules(l.ARN), r)); err != nil {
			return err
		}
		if r.Conditions, err = a.conditions(b, in.Conditions); err != nil {
			return err
		}
		c := actionChecker{a: a, state: t.State, balancer: b, listener: l}
		if r.Actions, err = c.complete(in.Actions); err != nil {
			return err
		}
		if r.Transforms, err = transforms(in.Transforms); err != nil {
			return err
		}
		if len(r.Transforms) > 0 && b.Type != types.LoadBalancerTypeEnumApplication {
			return conflicting("Transforms are for application load balancers only")
		}
		if err := a.checkRuleQuota(t.State, b); err != nil {
			return err
		}
		r.ARN, r.Seq = within(l.ARN, ruleKind, t.ID()), t.Next()
		t.PutRule(r)
		if err := a.checkReferences(t.State, b); err != nil {
			return err
		}
		out.Rules = []types.Rule{shapeRule(r)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// maxPriority is the highest number that a rule can have.
const maxPriority = 50000

func checkPriority(n int32) error {
	if n < 1 || n > maxPriority {
		return invalid("Priority '%d' must be from 1 to %d", n, maxPriority)
	}
	return nil
}

// prioritiesUnique says which priority two rules of one listener have.
func prioritiesUnique(rules []*store.Rule) error {
	seen := map[int32]bool{}
	for _, r := range rules {
		if seen[r.Priority] {
			return &types.PriorityInUseException{Message: said("Priority '%d' is currently in use", r.Priority)}
		}
		seen[r.Priority] = true
	}
	return nil
}

// checkRuleQuota says whether a load balancer may have another rule; default rules do not count.
func (a *Actions) checkRuleQuota(s *store.State, b *store.LoadBalancer) error {
	n := 0
	for _, l := range s.Listeners(b.ARN) {
		n += len(s.Rules(l.ARN)) - 1
	}
	if most := a.quota(quotaRules); n >= most {
		return &types.TooManyRulesException{Message: said("Load balancer '%s' has %d rules, which is the quota", b.ARN, most)}
	}
	return nil
}

// shapeRule is the answer about a rule.
func shapeRule(r *store.Rule) types.Rule {
	out := types.Rule{
		RuleArn: aws.String(r.ARN), Priority: aws.String("default"), IsDefault: aws.Bool(r.Priority == 0),
		Conditions: append([]types.RuleCondition{}, r.Conditions...), Actions: shown(r.Actions), Transforms: r.Transforms,
	}
	if r.Priority != 0 {
		out.Priority = aws.String(strconv.Itoa(int(r.Priority)))
	}
	return out
}

// DeleteRule deletes a rule; not a default one.
func (a *Actions) DeleteRule(_ context.Context, in *elbv2.DeleteRuleInput) (*elbv2.DeleteRuleOutput, error) {
	err := a.store.Update(func(t *store.Tx) error {
		r, err := rule(t.State, in.RuleArn)
		if err != nil {
			return err
		}
		if r.Priority == 0 {
			return forbidden("Rule '%s' is the default rule of its listener and cannot be deleted", r.ARN)
		}
		t.DeleteRule(r.ARN)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.DeleteRuleOutput{}, nil
}

// DescribeRules lists the rules of a listener by priority, the default rule last, or those of a list of ARNs.
func (a *Actions) DescribeRules(_ context.Context, in *elbv2.DescribeRulesInput) (*elbv2.DescribeRulesOutput, error) {
	if (in.ListenerArn != nil) == (len(in.RuleArns) > 0) {
		return nil, invalid("Either ListenerArn or RuleArns must be given, and not both")
	}
	var all []*store.Rule
	var err error
	a.store.View(func(s *store.State) {
		if in.ListenerArn != nil {
			var l *store.Listener
			if l, err = listener(s, in.ListenerArn); err == nil {
				all = s.Rules(l.ARN)
			}
			return
		}
		for _, arn := range in.RuleArns {
			var r *store.Rule
			if r, err = rule(s, &arn); err != nil {
				return
			}
			all = append(all, r)
		}
	})
	if err != nil {
		return nil, err
	}
	out := &elbv2.DescribeRulesOutput{Rules: []types.Rule{}}
	if in.ListenerArn != nil {
		all, out.NextMarker, err = page(all, (*store.Rule).Rank, in.Marker, in.PageSize)
	} else {
		all, out.NextMarker, err = pageFixed(all, in.Marker, in.PageSize)
	}
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		out.Rules = append(out.Rules, shapeRule(r))
	}
	return out, nil
}
