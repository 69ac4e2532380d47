package action

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// checkAddressType says whether a load balancer with its subnets can have an address type.
func (a *Actions) checkAddressType(b *store.LoadBalancer, t types.IpAddressType) error {
	switch {
	case !slices.Contains(t.Values(), t):
		return invalid("IpAddressType '%s' must be ipv4, dualstack or dualstack-without-public-ipv4", t)
	case t == types.IpAddressTypeIpv4:
		return nil
	case t == types.IpAddressTypeDualstackWithoutPublicIpv4 &&
		(b.Type != types.LoadBalancerTypeEnumApplication || b.Scheme != types.LoadBalancerSchemeEnumInternetFacing):
		return conflicting("IpAddressType '%s' is for internet-facing application load balancers only", t)
	}
	for _, s := range b.Subnets {
		if got, _ := a.world.Subnet(s.ID); !got.IPv6.IsValid() {
			return &types.InvalidSubnetException{Message: said("Subnet '%s' has no IPv6 block, which IpAddressType '%s' needs", s.ID, t)}
		}
	}
	return nil
}

// SetIPAddressType changes which addresses clients reach a load balancer at.
func (a *Actions) SetIPAddressType(_ context.Context, in *elbv2.SetIpAddressTypeInput) (*elbv2.SetIpAddressTypeOutput, error) {
	err := a.store.Update(func(t *store.Tx) error {
		have, err := loadBalancer(t.State, in.LoadBalancerArn)
		if err != nil {
			return err
		}
		if in.IpAddressType == "" {
			return required("IpAddressType")
		}
		if err := a.checkAddressType(have, in.IpAddressType); err != nil {
			return err
		}
		next := *have
		next.IPAddressType = in.IpAddressType
		t.PutLoadBalancer(&next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.SetIpAddressTypeOutput{IpAddressType: in.IpAddressType}, nil
}

// ModifyIPPools sets or removes the pool that an application load balancer takes public addresses from.
func (a *Actions) ModifyIPPools(_ context.Context, in *elbv2.ModifyIpPoolsInput) (*elbv2.ModifyIpPoolsOutput, error) {
	var next store.LoadBalancer
	err := a.store.Update(func(t *store.Tx) error {
		have, err := loadBalancer(t.State, in.LoadBalancerArn)
		if err != nil {
			return err
		}
		next = *have
		if len(in.RemoveIpamPools) > 0 {
			if in.RemoveIpamPools[0] != types.RemoveIpamPoolEnumIpv4 {
				return invalid("RemoveIpamPools '%s' must be ipv4", in.RemoveIpamPools[0])
			}
			next.IPv4Pool = ""
		}
		if in.IpamPools != nil && in.IpamPools.Ipv4IpamPoolId != nil {
			if have.Type != types.LoadBalancerTypeEnumApplication || have.Scheme != types.LoadBalancerSchemeEnumInternetFacing {
				return invalid("Ipv4IpamPoolId is for internet-facing application load balancers only")
			}
			next.IPv4Pool = aws.ToString(in.IpamPools.Ipv4IpamPoolId)
		}
		t.PutLoadBalancer(&next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &elbv2.ModifyIpPoolsOutput{}
	if next.IPv4Pool != "" {
		out.IpamPools = &types.IpamPools{Ipv4IpamPoolId: aws.String(next.IPv4Pool)}
	}
	return out, nil
}
