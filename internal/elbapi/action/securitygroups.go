package action

import (
	"context"
	"slices"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// maxSecurityGroups is how many groups a network interface takes.
const maxSecurityGroups = 5

// securityGroupsOf checks the security groups of a load balancer, whose VPC is known.
func (a *Actions) securityGroupsOf(b *store.LoadBalancer, ids []string) ([]string, error) {
	out := []string{}
	for _, id := range ids {
		g, ok := a.world.SecurityGroup(id)
		switch {
		case !ok:
			return nil, &types.InvalidSecurityGroupException{Message: said("Security group '%s' does not exist", id)}
		case g.VPC != b.VPC:
			return nil, conflicting("Security group '%s' is in VPC '%s', the load balancer is in '%s'", id, g.VPC, b.VPC)
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	if len(out) > maxSecurityGroups {
		return nil, conflicting("%d security groups are given; a load balancer has at most %d", len(out), maxSecurityGroups)
	}
	if len(out) == 0 && b.Type == types.LoadBalancerTypeEnumApplication {
		if g, ok := a.world.DefaultSecurityGroup(b.VPC); ok {
			out = append(out, g.ID)
		}
	}
	return out, nil
}

// SetSecurityGroups replaces the security groups of a load balancer.
func (a *Actions) SetSecurityGroups(_ context.Context, in *elbv2.SetSecurityGroupsInput) (*elbv2.SetSecurityGroupsOutput, error) {
	var next store.LoadBalancer
	err := a.store.Update(func(t *store.Tx) error {
		have, err := loadBalancer(t.State, in.LoadBalancerArn)
		if err != nil {
			return err
		}
		next = *have
		network := have.Type == types.LoadBalancerTypeEnumNetwork
		mode := in.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic
		switch {
		case len(in.SecurityGroups) == 0:
			return required("SecurityGroups")
		case network && len(have.SecurityGroups) == 0:
			return conflicting("Load balancer '%s' was made without security groups, so it cannot have any", have.ARN)
		case mode != "" && !network:
			return conflicting("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic is for network load balancers only")
		case mode != "" && !slices.Contains(mode.Values(), mode):
			return invalid("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic '%s' must be on or off", mode)
		}
		next.PrivateLink = orElse(string(mode), next.PrivateLink)
		if next.SecurityGroups, err = a.securityGroupsOf(have, in.SecurityGroups); err != nil {
			return err
		}
		if err := a.reattach(have, &next); err != nil {
			return err
		}
		t.PutLoadBalancer(&next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.SetSecurityGroupsOutput{
		SecurityGroupIds: next.SecurityGroups,
		EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: types.EnforceSecurityGroupInboundRulesOnPrivateLinkTrafficEnum(next.PrivateLink),
	}, nil
}
