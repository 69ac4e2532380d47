package action

import (
	"context"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// ModifyTargetGroup changes a target group's health check; nothing else of a group can be changed by it.
func (a *Actions) ModifyTargetGroup(_ context.Context, in *elbv2.ModifyTargetGroupInput) (*elbv2.ModifyTargetGroupOutput, error) {
	out := &elbv2.ModifyTargetGroupOutput{}
	err := a.store.Update(func(t *store.Tx) error {
		have, err := targetGroup(t.State, in.TargetGroupArn)
		if err != nil {
			return err
		}
		next := *have
		next.Check, err = resolveCheck(have, have.Check, checkRequest{
			enabled: in.HealthCheckEnabled, protocol: in.HealthCheckProtocol, port: in.HealthCheckPort, path: in.HealthCheckPath,
			interval: in.HealthCheckIntervalSeconds, timeout: in.HealthCheckTimeoutSeconds, healthy: in.HealthyThresholdCount,
			unhealthy: in.UnhealthyThresholdCount, matcher: in.Matcher,
		})
		if err != nil {
			return err
		}
		t.PutTargetGroup(&next)
		out.TargetGroups = []types.TargetGroup{shapeTargetGroup(&next, t.Users(next.ARN))}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteTargetGroup deletes a target group that no rule refers to. One that is not there is no mistake.
func (a *Actions) DeleteTargetGroup(_ context.Context, in *elbv2.DeleteTargetGroupInput) (*elbv2.DeleteTargetGroupOutput, error) {
	if err := checkARN("TargetGroupArn", in.TargetGroupArn, targetGroupKind); err != nil {
		return nil, err
	}
	arn := *in.TargetGroupArn
	err := a.store.Update(func(t *store.Tx) error {
		if t.TargetGroup(arn) == nil {
			return nil
		}
		if users := t.Users(arn); len(users) > 0 {
			return &types.ResourceInUseException{
				Message: said("Target group '%s' is currently in use by a listener or a rule of load balancer '%s'", arn, users[0]),
			}
		}
		t.DeleteTargetGroup(arn)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.DeleteTargetGroupOutput{}, nil
}
