package action

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/model"
)

const unhealthyTermination = "target_health_state.unhealthy.connection_termination.enabled"

// kindBefore is the type of load balancer that stands before a target group.
func kindBefore(g *store.TargetGroup) model.LoadBalancerType {
	switch g.Protocol {
	case types.ProtocolEnumHttp, types.ProtocolEnumHttps, "":
		return model.Application
	case types.ProtocolEnumGeneve:
		return model.GatewayLoadBalancer
	}
	return model.Network
}

// datagrams says whether a group's protocol knows no connections.
func datagrams(p types.ProtocolEnum) bool {
	return p == types.ProtocolEnumUdp || p == types.ProtocolEnumTcpUdp || p == types.ProtocolEnumQuic || p == types.ProtocolEnumTcpQuic
}

func targetGroupAttributes(g *store.TargetGroup) *attributeTable {
	t := &attributeTable{resource: model.TargetGroupAttribute, kind: kindBefore(g), defaults: g.Defaults()}
	t.applies = func(s *model.AttributeSpec) bool {
		if len(s.TargetTypes) > 0 {
			return slices.Contains(s.TargetTypes, model.TargetType(g.Type))
		}
		switch s.Key {
		case "deregistration_delay.timeout_seconds", "slow_start.duration_seconds":
			return g.Type != types.TargetTypeEnumLambda
		case unhealthyTermination, "target_health_state.unhealthy.draining_interval_seconds":
			return !datagrams(g.Protocol)
		}
		return true
	}
	return t
}

func shapeTargetGroupAttributes(g *store.TargetGroup) []types.TargetGroupAttribute {
	list := targetGroupAttributes(g).describe(g.Attributes)
	out := make([]types.TargetGroupAttribute, len(list))
	for i, v := range list {
		out[i] = types.TargetGroupAttribute{Key: aws.String(v.Key), Value: aws.String(v.Value)}
	}
	return out
}

// DescribeTargetGroupAttributes lists all attributes of a target group, those with their defaults too.
func (a *Actions) DescribeTargetGroupAttributes(_ context.Context, in *elbv2.DescribeTargetGroupAttributesInput) (*elbv2.DescribeTargetGroupAttributesOutput, error) {
	out := &elbv2.DescribeTargetGroupAttributesOutput{}
	var err error
	a.store.View(func(s *store.State) {
		var g *store.TargetGroup
		if g, err = targetGroup(s, in.TargetGroupArn); err == nil {
			out.Attributes = shapeTargetGroupAttributes(g)
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ModifyTargetGroupAttributes sets attributes of a target group, all or none, and answers with all there are.
func (a *Actions) ModifyTargetGroupAttributes(_ context.Context, in *elbv2.ModifyTargetGroupAttributesInput) (*elbv2.ModifyTargetGroupAttributesOutput, error) {
	change := make([]model.Attribute, len(in.Attributes))
	for i, v := range in.Attributes {
		change[i] = model.Attribute{Key: aws.ToString(v.Key), Value: aws.ToString(v.Value)}
	}
	var next store.TargetGroup
	err := a.store.Update(func(t *store.Tx) error {
		have, err := targetGroup(t.State, in.TargetGroupArn)
		if err != nil {
			return err
		}
		next = *have
		if next.Attributes, err = targetGroupAttributes(have).modify(have.Attributes, change); err != nil {
			return err
		}
		if datagrams(have.Protocol) && next.Attributes[store.PreserveClientIP] == "false" {
			return conflicting("The target group attribute '%s' cannot be 'false' with protocol '%s'", store.PreserveClientIP, have.Protocol)
		}
		t.PutTargetGroup(&next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.ModifyTargetGroupAttributesOutput{Attributes: shapeTargetGroupAttributes(&next)}, nil
}
