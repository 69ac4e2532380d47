package action_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

func TestConditionsThatAreTaken(t *testing.T) {
	c := newCloud(t)
	l := c.http(t, *c.alb(t, "web").LoadBalancerArn, 80, fixed("404"))
	with := func(name string, f func(*types.RuleCondition)) types.RuleCondition {
		x := field(name)
		f(&x)
		return x
	}
	pair := func(k *string, v string) types.QueryStringKeyValuePair {
		return types.QueryStringKeyValuePair{Key: k, Value: &v}
	}
	for i, x := range [][]types.RuleCondition{
		{with("query-string", func(x *types.RuleCondition) {
			x.QueryStringConfig = &types.QueryStringConditionConfig{Values: []types.QueryStringKeyValuePair{
				pair(aws.String("a"), "b*"), pair(nil, `\*\*\*\*\*\*`), pair(aws.String("c"), "d"), pair(aws.String("e"), "f"), pair(aws.String("g"), "h"),
			}}
		})},
		{with("http-header", func(x *types.RuleCondition) {
			x.HttpHeaderConfig = &types.HttpHeaderConditionConfig{HttpHeaderName: aws.String("User-Agent"), Values: []string{"*Chrome*"}}
		}), with("http-header", func(x *types.RuleCondition) {
			x.HttpHeaderConfig = &types.HttpHeaderConditionConfig{HttpHeaderName: aws.String("X-A"), RegexValues: []string{"^a+$"}}
		})},
		{with("http-request-method", func(x *types.RuleCondition) {
			x.HttpRequestMethodConfig = &types.HttpRequestMethodConditionConfig{Values: []string{"GET", "M-SEARCH"}}
		}), with("source-ip", func(x *types.RuleCondition) {
			x.SourceIpConfig = &types.SourceIpConditionConfig{Values: []string{"10.0.0.0/8", "fd00::/8"}}
		}), path("/a")},
		{with("host-header", func(x *types.RuleCondition) {
			x.HostHeaderConfig = &types.HostHeaderConditionConfig{RegexValues: []string{`^a\d+\.example$`}}
		})},
	} {
		c.rule(t, *l.ListenerArn, int32(i+1), fixed("403"), x)
	}
}

func TestRulesOfNetworkLoadBalancersTellAddressFamilies(t *testing.T) {
	c := newCloud(t)
	g := c.group(t, "tcp", protocol(types.ProtocolEnumTcp))
	n := c.nlb(t, "net")
	out, err := c.CreateListener(ctx, &elbv2.CreateListenerInput{LoadBalancerArn: n.LoadBalancerArn, Port: aws.Int32(80), Protocol: types.ProtocolEnumTcp, DefaultActions: forward(*g.TargetGroupArn)})
	l := ok(t, out, err).Listeners[0]
	create := func(x types.RuleCondition) error {
		_, err := c.CreateRule(ctx, &elbv2.CreateRuleInput{ListenerArn: l.ListenerArn, Priority: aws.Int32(1), Actions: forward(*g.TargetGroupArn), Conditions: []types.RuleCondition{x}})
		return err
	}
	refused(t, create(path("/a")), "ValidationError", "source-ip")
	source := field("source-ip")
	source.SourceIpConfig = &types.SourceIpConditionConfig{IpAddressType: types.SourceIpAddressTypeEnumIpv4}
	refused(t, create(source), "InvalidConfigurationRequest", "dualstack")
}

func TestActionsThatNeedHTTPS(t *testing.T) {
	c := newCloud(t)
	b, g := c.alb(t, "web"), c.group(t, "web")
	create := func(port int32, first types.Action) ([]types.Action, error) {
		first.Order = aws.Int32(1)
		out, err := c.CreateListener(ctx, &elbv2.CreateListenerInput{
			LoadBalancerArn: b.LoadBalancerArn, Port: &port, Protocol: types.ProtocolEnumHttps, Certificates: []types.Certificate{{CertificateArn: &c.example}},
			DefaultActions: []types.Action{first, {Type: types.ActionTypeEnumForward, Order: aws.Int32(2), TargetGroupArn: g.TargetGroupArn}},
		})
		if err != nil {
			return nil, err
		}
		return out.Listeners[0].DefaultActions, nil
	}
	jwt := func(endpoint string) types.Action {
		return types.Action{Type: types.ActionTypeEnumJwtValidation, JwtValidationConfig: &types.JwtValidationActionConfig{
			Issuer: aws.String("https://id.example"), JwksEndpoint: &endpoint, AdditionalClaims: []types.JwtValidationActionAdditionalClaim{
				{Name: aws.String("scope"), Format: types.JwtValidationActionAdditionalClaimFormatEnumStringArray, Values: []string{"read"}},
			},
		}}
	}
	if got, err := create(443, jwt("https://id.example/keys")); err != nil || len(got) != 2 || got[0].JwtValidationConfig == nil {
		t.Errorf("a token check: %+v, %v", got, err)
	}
	_, err := create(444, jwt("http://id.example/keys"))
	refused(t, err, "ValidationError", "http://id.example/keys")
	cognito := types.Action{Type: types.ActionTypeEnumAuthenticateCognito, AuthenticateCognitoConfig: &types.AuthenticateCognitoActionConfig{
		UserPoolArn: aws.String("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/x"), UserPoolClientId: aws.String("me"), UserPoolDomain: aws.String("d"),
		OnUnauthenticatedRequest: types.AuthenticateCognitoActionConditionalBehaviorEnumDeny,
	}}
	if got, err := create(445, cognito); err != nil || *got[0].AuthenticateCognitoConfig.Scope != "openid" || got[0].AuthenticateCognitoConfig.OnUnauthenticatedRequest != "deny" {
		t.Errorf("a Cognito login: %+v, %v", got, err)
	}
	cognito.AuthenticateCognitoConfig.UserPoolDomain = nil
	_, err = create(446, cognito)
	refused(t, err, "ValidationError", "UserPoolDomain")
}

func TestStickinessOfAForwardNeedsADuration(t *testing.T) {
	c := newCloud(t)
	b, one, two := c.alb(t, "web"), c.group(t, "one"), c.group(t, "two")
	actions := forward(*one.TargetGroupArn, *two.TargetGroupArn)
	actions[0].ForwardConfig.TargetGroupStickinessConfig = &types.TargetGroupStickinessConfig{Enabled: aws.Bool(true)}
	in := &elbv2.CreateListenerInput{LoadBalancerArn: b.LoadBalancerArn, Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp, DefaultActions: actions}
	_, err := c.CreateListener(ctx, in)
	refused(t, err, "ValidationError", "DurationSeconds")
	actions[0].ForwardConfig.TargetGroupStickinessConfig.DurationSeconds = aws.Int32(60)
	out, err := c.CreateListener(ctx, in)
	if a := ok(t, out, err).Listeners[0].DefaultActions[0]; a.TargetGroupArn != nil || *a.ForwardConfig.TargetGroupStickinessConfig.DurationSeconds != 60 {
		t.Errorf("the forward to two groups is %+v", a)
	}
}
