package action

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/model"
)

// forward completes a forward: the short form gets a weight, a single group its short form.
func (c *actionChecker) forward(out, x *types.Action) error {
	single := aws.ToString(x.TargetGroupArn)
	f := x.ForwardConfig
	switch {
	case single == "" && (f == nil || len(f.TargetGroups) == 0):
		return invalid("A target group ARN must be specified for a forward action")
	case f == nil || len(f.TargetGroups) == 0:
		config := types.ForwardActionConfig{TargetGroups: []types.TargetGroupTuple{{TargetGroupArn: x.TargetGroupArn}}}
		if f != nil {
			config.TargetGroupStickinessConfig = f.TargetGroupStickinessConfig
		}
		f = &config
	case single != "" && (len(f.TargetGroups) != 1 || aws.ToString(f.TargetGroups[0].TargetGroupArn) != single):
		return invalidAction("TargetGroupArn '%s' and ForwardConfig name different target groups", single)
	}
	quota, network := quotaGroupsPerAction, c.balancer.Type == types.LoadBalancerTypeEnumNetwork
	if network {
		quota = quotaGroupsPerNLBAction
	}
	if most := c.a.quota(quota); len(f.TargetGroups) > most {
		return invalid("A forward action names %d target groups; at most %d are allowed", len(f.TargetGroups), most)
	}
	full := &types.ForwardActionConfig{}
	for _, tuple := range f.TargetGroups {
		arn := aws.ToString(tuple.TargetGroupArn)
		if slices.ContainsFunc(full.TargetGroups, func(o types.TargetGroupTuple) bool { return *o.TargetGroupArn == arn }) {
			return invalidAction("Target group '%s' is named more than once in a forward action", arn)
		}
		weight := int32(1)
		if tuple.Weight != nil {
			weight = *tuple.Weight
		}
		if weight < 0 || weight > 999 {
			return invalid("Weight '%d' of target group '%s' must be from 0 to 999", weight, arn)
		}
		if err := c.checkGroup(arn); err != nil {
			return err
		}
		full.TargetGroups = append(full.TargetGroups, types.TargetGroupTuple{TargetGroupArn: aws.String(arn), Weight: aws.Int32(weight)})
	}
	var err error
	if full.TargetGroupStickinessConfig, err = groupStickiness(f.TargetGroupStickinessConfig, network); err != nil {
		return err
	}
	if err := c.checkSticky(full); err != nil {
		return err
	}
	if err := c.checkAlike(full); err != nil {
		return err
	}
	out.ForwardConfig = full
	if len(full.TargetGroups) == 1 {
		out.TargetGroupArn = full.TargetGroups[0].TargetGroupArn
	}
	return nil
}

// checkAlike says whether target groups can share a forward of a network load balancer: they have one protocol and one kind
// of addresses.
func (c *actionChecker) checkAlike(f *types.ForwardActionConfig) error {
	if len(f.TargetGroups) < 2 || c.balancer.Type != types.LoadBalancerTypeEnumNetwork {
		return nil
	}
	first, err := targetGroup(c.state, f.TargetGroups[0].TargetGroupArn)
	if err != nil {
		return err
	}
	for _, tuple := range f.TargetGroups[1:] {
		g, err := targetGroup(c.state, tuple.TargetGroupArn)
		if err != nil {
			return err
		}
		if g.Protocol != first.Protocol || g.IPAddressType != first.IPAddressType {
			return conflicting("Target groups '%s' (%s, %s) and '%s' (%s, %s) cannot share a forward action: they must have the same protocol and IP address type",
				first.ARN, first.Protocol, first.IPAddressType, g.ARN, g.Protocol, g.IPAddressType)
		}
	}
	return nil
}

// checkSticky says whether target groups with stickiness of their own can share a forward: a client has to stay with its
// group before it can stay with a target, and sessions of an application know no groups.
func (c *actionChecker) checkSticky(f *types.ForwardActionConfig) error {
	if len(f.TargetGroups) < 2 || c.balancer.Type != types.LoadBalancerTypeEnumApplication {
		return nil
	}
	for _, tuple := range f.TargetGroups {
		g, err := targetGroup(c.state, tuple.TargetGroupArn)
		if err != nil {
			return err
		}
		switch {
		case g.Attributes["stickiness.enabled"] != "true":
		case g.Attributes["stickiness.type"] == "app_cookie":
			return invalidAction("Target group '%s' has application-based stickiness, which is not supported with several target groups", g.ARN)
		case !*f.TargetGroupStickinessConfig.Enabled:
			return invalidAction("Target group '%s' has stickiness, so that the forward action must have target group stickiness", g.ARN)
		}
	}
	return nil
}

// groupStickiness completes a stickiness. Only those of application load balancers end after a time.
func groupStickiness(s *types.TargetGroupStickinessConfig, network bool) (*types.TargetGroupStickinessConfig, error) {
	out := &types.TargetGroupStickinessConfig{Enabled: aws.Bool(false)}
	if s == nil {
		return out, nil
	}
	out.Enabled, out.DurationSeconds = aws.Bool(aws.ToBool(s.Enabled)), s.DurationSeconds
	if *out.Enabled && s.DurationSeconds == nil && !network {
		return nil, required("TargetGroupStickinessConfig.DurationSeconds")
	}
	if s.DurationSeconds != nil && (*s.DurationSeconds < 1 || *s.DurationSeconds > 604800) {
		return nil, invalid("TargetGroupStickinessConfig.DurationSeconds '%d' must be from 1 to 604800", *s.DurationSeconds)
	}
	return out, nil
}

// carried says which group protocols a listener of a protocol can forward to.
var carried = map[types.ProtocolEnum][]types.ProtocolEnum{
	types.ProtocolEnumHttp:    {types.ProtocolEnumHttp, types.ProtocolEnumHttps},
	types.ProtocolEnumHttps:   {types.ProtocolEnumHttp, types.ProtocolEnumHttps},
	types.ProtocolEnumTcp:     {types.ProtocolEnumTcp, types.ProtocolEnumTcpUdp},
	types.ProtocolEnumTls:     {types.ProtocolEnumTcp, types.ProtocolEnumTls},
	types.ProtocolEnumUdp:     {types.ProtocolEnumUdp, types.ProtocolEnumTcpUdp},
	types.ProtocolEnumTcpUdp:  {types.ProtocolEnumTcpUdp},
	types.ProtocolEnumQuic:    {types.ProtocolEnumQuic, types.ProtocolEnumTcpQuic},
	types.ProtocolEnumTcpQuic: {types.ProtocolEnumTcpQuic},
}

// checkGroup says whether the listener can forward to a target group.
func (c *actionChecker) checkGroup(arn string) error {
	g, err := targetGroup(c.state, &arn)
	if err != nil {
		return err
	}
	switch {
	case g.Type == types.TargetTypeEnumLambda:
		if c.balancer.Type != types.LoadBalancerTypeEnumApplication {
			return incompatible("Target group '%s' of type lambda is for application load balancers only", arn)
		}
	case !slices.Contains(carried[c.listener.Protocol], g.Protocol):
		return incompatible("Listener protocol '%s' and protocol '%s' of target group '%s' do not go together", c.listener.Protocol, g.Protocol, arn)
	case g.VPC != c.balancer.VPC:
		return conflicting("Target group '%s' is in VPC '%s', load balancer '%s' is in '%s'", arn, g.VPC, c.balancer.ARN, c.balancer.VPC)
	case g.ProtocolVersion == string(model.GRPC) && c.listener.Protocol != types.ProtocolEnumHttps:
		return conflicting("Target group '%s' has protocol version GRPC, which needs an HTTPS listener", arn)
	}
	return nil
}

func incompatible(format string, args ...any) error {
	return &types.IncompatibleProtocolsException{Message: said(format, args...)}
}

// checkReferences says whether a load balancer may have the references that it has now: no group of another one, and not
// too many.
func (a *Actions) checkReferences(s *store.State, b *store.LoadBalancer) error {
	groups := s.Behind(b.ARN)
	for _, g := range groups {
		for _, other := range s.Users(g.ARN) {
			if other != b.ARN {
				return &types.TargetGroupAssociationLimitException{
					Message: said("Target group '%s' is used by load balancer '%s' and cannot be used by another one", g.ARN, other),
				}
			}
		}
	}
	if most := a.quota(quotaGroupsPerALB); b.Type == types.LoadBalancerTypeEnumApplication && len(groups) > most {
		return &types.TooManyUniqueTargetGroupsPerLoadBalancerException{
			Message: said("Load balancer '%s' would use %d target groups; the quota is %d", b.ARN, len(groups), most),
		}
	}
	return a.checkTargetQuotas(s, b)
}
