package action_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

func TestSeveralGroupsWithStickinessNeedThatOfTheForward(t *testing.T) {
	c := newCloud(t)
	b, one, two := c.alb(t, "web"), c.group(t, "one"), c.group(t, "two")
	set := func(pairs ...string) {
		t.Helper()
		in := &elbv2.ModifyTargetGroupAttributesInput{TargetGroupArn: two.TargetGroupArn}
		for i := 0; i < len(pairs); i += 2 {
			in.Attributes = append(in.Attributes, types.TargetGroupAttribute{Key: &pairs[i], Value: &pairs[i+1]})
		}
		_, err := c.ModifyTargetGroupAttributes(ctx, in)
		must(t, err)
	}
	port := int32(80)
	create := func(sticky bool, arns ...string) error {
		port++
		actions := forward(arns...)
		if f := actions[0].ForwardConfig; f != nil && sticky {
			f.TargetGroupStickinessConfig = &types.TargetGroupStickinessConfig{Enabled: aws.Bool(true), DurationSeconds: aws.Int32(60)}
		}
		_, err := c.CreateListener(ctx, &elbv2.CreateListenerInput{
			LoadBalancerArn: b.LoadBalancerArn, Port: &port, Protocol: types.ProtocolEnumHttp, DefaultActions: actions,
		})
		return err
	}
	both := []string{*one.TargetGroupArn, *two.TargetGroupArn}
	must(t, create(false, both...))
	set("stickiness.enabled", "true")
	refused(t, create(false, both...), "InvalidLoadBalancerAction", "must have target group stickiness")
	must(t, create(true, both...))
	must(t, create(false, *two.TargetGroupArn))
	set("stickiness.type", "app_cookie", "stickiness.app_cookie.cookie_name", "SID")
	refused(t, create(true, both...), "InvalidLoadBalancerAction", "application-based")
	must(t, create(false, *two.TargetGroupArn))
	set("stickiness.enabled", "false")
	must(t, create(false, both...))
}

func TestTargetGroupsOfANetworkForwardAreAlike(t *testing.T) {
	c := newCloud(t)
	b := c.nlb(t, "web")
	of := func(name string, p types.ProtocolEnum, six bool) *string {
		return c.group(t, name, func(in *elbv2.CreateTargetGroupInput) {
			if in.Protocol = p; six {
				in.IpAddressType = types.TargetGroupIpAddressTypeEnumIpv6
			}
		}).TargetGroupArn
	}
	plain, more, both, six := of("plain", types.ProtocolEnumTcp, false), of("more", types.ProtocolEnumTcp, false),
		of("both", types.ProtocolEnumTcpUdp, false), of("six", types.ProtocolEnumTcp, true)
	for _, x := range []struct {
		second *string
		part   string
	}{{both, "TCP_UDP"}, {six, "ipv6"}, {more, ""}} {
		_, err := c.CreateListener(ctx, &elbv2.CreateListenerInput{
			LoadBalancerArn: b.LoadBalancerArn, Protocol: types.ProtocolEnumTcp, Port: aws.Int32(80),
			DefaultActions: []types.Action{{Type: types.ActionTypeEnumForward, ForwardConfig: &types.ForwardActionConfig{
				TargetGroups: []types.TargetGroupTuple{{TargetGroupArn: plain}, {TargetGroupArn: x.second}},
			}}},
		})
		if x.part == "" {
			must(t, err)
			continue
		}
		refused(t, err, "InvalidConfigurationRequest", x.part)
	}
}
