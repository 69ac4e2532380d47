package action

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/model"
)

// CreateTargetGroup makes a target group. The same request again returns the one that is there.
func (a *Actions) CreateTargetGroup(_ context.Context, in *elbv2.CreateTargetGroupInput) (*elbv2.CreateTargetGroupOutput, error) {
	want, err := a.wantedTargetGroup(in)
	if err != nil {
		return nil, err
	}
	out := &elbv2.CreateTargetGroupOutput{}
	err = a.store.Update(func(t *store.Tx) error {
		all := t.TargetGroups()
		for _, have := range all {
			if have.Name != want.Name {
				continue
			}
			if !sameTargetGroup(have, want) {
				return &types.DuplicateTargetGroupNameException{
					Message: said("A target group with the same name '%s' exists, but with different settings", want.Name),
				}
			}
			out.TargetGroups = []types.TargetGroup{shapeTargetGroup(have, t.Users(have.ARN))}
			return nil
		}
		if most := a.quota(quotaTargetGroups); len(all) >= most {
			return &types.TooManyTargetGroupsException{Message: said("The quota of %d target groups is used up", most)}
		}
		want.ARN, want.Seq = a.arn("targetgroup/"+want.Name+"/"+t.ID()), t.Next()
		t.PutTargetGroup(want)
		out.TargetGroups = []types.TargetGroup{shapeTargetGroup(want, nil)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// wantedTargetGroup checks a request and makes the record that it asks for, without what the store gives it.
func (a *Actions) wantedTargetGroup(in *elbv2.CreateTargetGroupInput) (*store.TargetGroup, error) {
	if err := checkName(targetGroupKind, in.Name); err != nil {
		return nil, err
	}
	g := &store.TargetGroup{
		Name: *in.Name, Type: orElse(in.TargetType, types.TargetTypeEnumInstance), Protocol: in.Protocol,
		ProtocolVersion: aws.ToString(in.ProtocolVersion), Port: aws.ToInt32(in.Port), VPC: aws.ToString(in.VpcId),
		IPAddressType: in.IpAddressType, ControlPort: aws.ToInt32(in.TargetControlPort),
	}
	if !slices.Contains(g.Type.Values(), g.Type) {
		return nil, invalid("TargetType '%s' must be instance, ip, lambda or alb", g.Type)
	}
	check := a.checkTargetGroup
	if g.Type == types.TargetTypeEnumLambda {
		check = checkLambdaGroup
	}
	if err := check(g); err != nil {
		return nil, err
	}
	var err error
	if g.Tags, err = a.tagsOf(in.Tags); err != nil {
		return nil, err
	}
	r := checkRequest{
		enabled: in.HealthCheckEnabled, protocol: in.HealthCheckProtocol, port: in.HealthCheckPort, path: in.HealthCheckPath,
		interval: in.HealthCheckIntervalSeconds, timeout: in.HealthCheckTimeoutSeconds, healthy: in.HealthyThresholdCount,
		unhealthy: in.UnhealthyThresholdCount, matcher: in.Matcher,
	}
	g.Check, err = resolveCheck(g, freshCheck(g, in.HealthCheckProtocol), r)
	return g, err
}

func checkLambdaGroup(g *store.TargetGroup) error {
	if g.Protocol != "" || g.Port != 0 || g.VPC != "" || g.ProtocolVersion != "" {
		return invalid("Protocol, ProtocolVersion, Port and VpcId are not for target groups of type lambda")
	}
	return nil
}

// checkTargetGroup checks a group of machines, addresses or load balancers.
func (a *Actions) checkTargetGroup(g *store.TargetGroup) error {
	if !slices.Contains(g.Protocol.Values(), g.Protocol) {
		return invalid("Protocol '%s' must be one of %v", g.Protocol, g.Protocol.Values())
	}
	if g.Port < 1 || g.Port > 65535 {
		return invalid("Port '%d' must be from 1 to 65535", g.Port)
	}
	if g.VPC == "" {
		return invalid("A VPC ID must be specified for target groups of type %s", g.Type)
	}
	if _, ok := a.world.VPC(g.VPC); !ok {
		return invalid("The VPC ID '%s' is not found", g.VPC)
	}
	kind := kindBefore(g)
	switch {
	case g.Type == types.TargetTypeEnumAlb && g.Protocol != types.ProtocolEnumTcp:
		return invalid("Protocol '%s' must be TCP for target groups of type alb", g.Protocol)
	case kind == model.GatewayLoadBalancer && g.Port != 6081:
		return invalid("Port '%d' must be 6081 with protocol GENEVE", g.Port)
	case g.ControlPort != 0 && (g.ControlPort < 1 || g.ControlPort > 65535):
		return invalid("TargetControlPort '%d' must be from 1 to 65535", g.ControlPort)
	case g.ControlPort != 0 && kind != model.Application:
		return invalid("TargetControlPort is for protocols HTTP and HTTPS only")
	}
	if kind == model.Application {
		g.ProtocolVersion = orElse(g.ProtocolVersion, string(model.HTTP1))
		if !slices.Contains([]string{"HTTP1", "HTTP2", "GRPC"}, g.ProtocolVersion) {
			return invalid("ProtocolVersion '%s' must be HTTP1, HTTP2 or GRPC", g.ProtocolVersion)
		}
	} else if g.ProtocolVersion != "" {
		return invalid("ProtocolVersion is for protocols HTTP and HTTPS only")
	}
	g.IPAddressType = orElse(g.IPAddressType, types.TargetGroupIpAddressTypeEnumIpv4)
	if !slices.Contains(g.IPAddressType.Values(), g.IPAddressType) {
		return invalid("IpAddressType '%s' must be ipv4 or ipv6", g.IPAddressType)
	}
	return nil
}

// sameTargetGroup says whether a request asks for what is there.
func sameTargetGroup(have, want *store.TargetGroup) bool {
	return have.Type == want.Type && have.Protocol == want.Protocol && have.ProtocolVersion == want.ProtocolVersion &&
		have.Port == want.Port && have.ControlPort == want.ControlPort && have.VPC == want.VPC &&
		have.IPAddressType == want.IPAddressType && have.Check == want.Check && maps.Equal(have.Tags, want.Tags)
}
