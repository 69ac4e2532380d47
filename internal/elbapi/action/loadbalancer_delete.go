package action

import (
	"context"
	"slices"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// DeleteLoadBalancer deletes a load balancer with its listeners. One that is not there is no mistake.
func (a *Actions) DeleteLoadBalancer(_ context.Context, in *elbv2.DeleteLoadBalancerInput) (*elbv2.DeleteLoadBalancerOutput, error) {
	if err := checkARN("LoadBalancerArn", in.LoadBalancerArn, loadBalancerKind); err != nil {
		return nil, err
	}
	arn := *in.LoadBalancerArn
	err := a.store.Update(func(t *store.Tx) error {
		b := t.LoadBalancer(arn)
		if b == nil {
			return nil
		}
		if b.Attributes["deletion_protection.enabled"] == "true" {
			return forbidden("Load balancer '%s' cannot be deleted because deletion protection is enabled", arn)
		}
		for _, g := range t.TargetGroups() {
			if slices.ContainsFunc(g.Targets, func(target store.Target) bool { return target.ID == arn }) {
				return &types.ResourceInUseException{Message: said("Load balancer '%s' is a target of target group '%s'", arn, g.ARN)}
			}
		}
		used := certificatesOf(t.State, arn)
		t.DeleteLoadBalancer(arn)
		a.settleCertificates(t.State, arn, used)
		a.world.RemoveInterfaces(interfaceDescription(arn))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.DeleteLoadBalancerOutput{}, nil
}
