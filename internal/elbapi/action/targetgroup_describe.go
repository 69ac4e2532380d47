package action

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// DescribeTargetGroups lists target groups: all, those of a load balancer, or those of a list of ARNs or names, which
// must all be there.
func (a *Actions) DescribeTargetGroups(_ context.Context, in *elbv2.DescribeTargetGroupsInput) (*elbv2.DescribeTargetGroupsOutput, error) {
	ways := 0
	for _, given := range []bool{in.LoadBalancerArn != nil, len(in.TargetGroupArns) > 0, len(in.Names) > 0} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return nil, invalid("Only one of LoadBalancerArn, TargetGroupArns and Names can be given")
	}
	for _, arn := range in.TargetGroupArns {
		if err := checkARN("TargetGroupArns", &arn, targetGroupKind); err != nil {
			return nil, err
		}
	}
	out := &elbv2.DescribeTargetGroupsOutput{TargetGroups: []types.TargetGroup{}}
	var err error
	a.store.View(func(s *store.State) {
		var all []*store.TargetGroup
		if all, err = selectTargetGroups(s, in); err != nil {
			return
		}
		if all, out.NextMarker, err = page(all, func(g *store.TargetGroup) uint64 { return g.Seq }, in.Marker, in.PageSize); err != nil {
			return
		}
		for _, g := range all {
			out.TargetGroups = append(out.TargetGroups, shapeTargetGroup(g, s.Users(g.ARN)))
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// selectTargetGroups lists the groups that a request means.
func selectTargetGroups(s *store.State, in *elbv2.DescribeTargetGroupsInput) ([]*store.TargetGroup, error) {
	if in.LoadBalancerArn != nil {
		b, err := loadBalancer(s, in.LoadBalancerArn)
		if err != nil {
			return nil, err
		}
		return s.Behind(b.ARN), nil
	}
	all, err := named(s.TargetGroups(), in.TargetGroupArns, func(g *store.TargetGroup) string { return g.ARN }, targetGroupKind)
	if err != nil {
		return nil, err
	}
	return named(all, in.Names, func(g *store.TargetGroup) string { return g.Name }, targetGroupKind)
}

// shapeTargetGroup is the answer about a target group and the load balancers that use it.
func shapeTargetGroup(g *store.TargetGroup, users []string) types.TargetGroup {
	c := g.Check
	out := types.TargetGroup{
		TargetGroupArn: aws.String(g.ARN), TargetGroupName: aws.String(g.Name), TargetType: g.Type, Protocol: g.Protocol,
		ProtocolVersion: given(g.ProtocolVersion), VpcId: given(g.VPC), IpAddressType: g.IPAddressType,
		LoadBalancerArns: append([]string{}, users...), HealthCheckEnabled: aws.Bool(!c.Disabled),
		HealthCheckProtocol: c.Protocol, HealthCheckPort: given(c.Port), HealthCheckPath: given(c.Path),
		HealthCheckIntervalSeconds: aws.Int32(c.Interval), HealthCheckTimeoutSeconds: aws.Int32(c.Timeout),
		HealthyThresholdCount: aws.Int32(c.Healthy), UnhealthyThresholdCount: aws.Int32(c.Unhealthy),
	}
	if g.Port != 0 {
		out.Port = aws.Int32(g.Port)
	}
	if g.ControlPort != 0 {
		out.TargetControlPort = aws.Int32(g.ControlPort)
	}
	if c.HTTPCode != "" || c.GRPCCode != "" {
		out.Matcher = &types.Matcher{HttpCode: given(c.HTTPCode), GrpcCode: given(c.GRPCCode)}
	}
	return out
}
