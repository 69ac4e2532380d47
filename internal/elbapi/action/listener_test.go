package action_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gwanmun/gwanmun/internal/elbapi/action"
)

// shapes compares the SDK's structures.
var shapes = cmpopts.IgnoreUnexported(types.Action{}, types.ForwardActionConfig{}, types.TargetGroupTuple{},
	types.TargetGroupStickinessConfig{}, types.RedirectActionConfig{}, types.RuleCondition{}, types.HostHeaderConditionConfig{},
	types.PathPatternConditionConfig{}, types.LoadBalancer{}, types.Listener{}, types.Rule{}, types.TargetGroup{})

func TestAListenerIsDescribedWithWhatAWSFillsIn(t *testing.T) {
	c := newCloud(t)
	b, g := c.alb(t, "web"), c.group(t, "web")
	l := c.http(t, *b.LoadBalancerArn, 80, forward(*g.TargetGroupArn))
	want := []types.Action{{
		Type: types.ActionTypeEnumForward, TargetGroupArn: g.TargetGroupArn,
		ForwardConfig: &types.ForwardActionConfig{
			TargetGroups:                []types.TargetGroupTuple{{TargetGroupArn: g.TargetGroupArn, Weight: aws.Int32(1)}},
			TargetGroupStickinessConfig: &types.TargetGroupStickinessConfig{Enabled: aws.Bool(false)},
		},
	}}
	if diff := cmp.Diff(want, l.DefaultActions, shapes); diff != "" {
		t.Error(diff)
	}
	prefix := strings.Replace(*b.LoadBalancerArn, ":loadbalancer/", ":listener/", 1) + "/"
	if !strings.HasPrefix(*l.ListenerArn, prefix) {
		t.Errorf("the listener is %s", *l.ListenerArn)
	}
	rules, err := c.DescribeRules(ctx, &elbv2.DescribeRulesInput{ListenerArn: l.ListenerArn})
	if r := ok(t, rules, err).Rules; len(r) != 1 || *r[0].Priority != "default" || !*r[0].IsDefault ||
		!strings.HasPrefix(*r[0].RuleArn, strings.Replace(*l.ListenerArn, ":listener/", ":listener-rule/", 1)) {
		t.Errorf("the rules are %+v", r)
	}
	out, err := c.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: b.LoadBalancerArn, Port: aws.Int32(443), Protocol: types.ProtocolEnumHttps, DefaultActions: []types.Action{{
			Type: types.ActionTypeEnumRedirect, RedirectConfig: &types.RedirectActionConfig{StatusCode: types.RedirectActionStatusCodeEnumHttp301, Host: aws.String("a.example")},
		}}, Certificates: []types.Certificate{{CertificateArn: &c.example}},
	})
	s := ok(t, out, err).Listeners[0]
	if *s.SslPolicy != "ELBSecurityPolicy-2016-08" || *s.MutualAuthentication.Mode != "off" || *s.Certificates[0].CertificateArn != c.example {
		t.Errorf("the HTTPS listener is %+v", s)
	}
	redirect := &types.RedirectActionConfig{
		StatusCode: "HTTP_301", Protocol: aws.String("#{protocol}"), Host: aws.String("a.example"), Port: aws.String("#{port}"),
		Path: aws.String("/#{path}"), Query: aws.String("#{query}"),
	}
	if diff := cmp.Diff(redirect, s.DefaultActions[0].RedirectConfig, shapes); diff != "" {
		t.Error(diff)
	}
}

func TestListenersThatAWSRefuses(t *testing.T) {
	c := newCloud(t)
	b, g, tcp := c.alb(t, "web"), c.group(t, "web"), c.group(t, "tcp", protocol(types.ProtocolEnumTcp))
	n := c.nlb(t, "net")
	c.http(t, *b.LoadBalancerArn, 8080, fixed("404"))
	redirect := func(r types.RedirectActionConfig) func(*elbv2.CreateListenerInput) {
		return func(in *elbv2.CreateListenerInput) {
			in.DefaultActions = []types.Action{{Type: types.ActionTypeEnumRedirect, RedirectConfig: &r}}
		}
	}
	for _, x := range []struct {
		what, code, part string
		change           func(*elbv2.CreateListenerInput)
	}{
		{"no load balancer", "LoadBalancerNotFound", "gone", func(in *elbv2.CreateListenerInput) {
			in.LoadBalancerArn = aws.String(strings.Replace(*b.LoadBalancerArn, "/web/", "/gone/", 1))
		}},
		{"no ARN", "ValidationError", "'web'", func(in *elbv2.CreateListenerInput) { in.LoadBalancerArn = aws.String("web") }},
		{"TCP on an ALB", "UnsupportedProtocol", "TCP", func(in *elbv2.CreateListenerInput) { in.Protocol = types.ProtocolEnumTcp }},
		{"no actions", "InvalidLoadBalancerAction", "forward", func(in *elbv2.CreateListenerInput) { in.DefaultActions = nil }},
		{"an unknown group", "TargetGroupNotFound", "/none/", func(in *elbv2.CreateListenerInput) {
			in.DefaultActions = forward(strings.Replace(*g.TargetGroupArn, "/web/", "/none/", 1))
		}},
		{"a group for NLBs", "IncompatibleProtocols", "TCP", func(in *elbv2.CreateListenerInput) { in.DefaultActions = forward(*tcp.TargetGroupArn) }},
		{"HTTPS without certificate", "ValidationError", "certificate", func(in *elbv2.CreateListenerInput) { in.Protocol = types.ProtocolEnumHttps }},
		{"an unknown certificate", "CertificateNotFound", "arn:aws:acm", func(in *elbv2.CreateListenerInput) {
			in.Protocol = types.ProtocolEnumHttps
			in.Certificates = []types.Certificate{{CertificateArn: aws.String("arn:aws:acm:ap-northeast-2:123456789012:certificate/x")}}
		}},
		{"an unknown policy", "SSLPolicyNotFound", "none", func(in *elbv2.CreateListenerInput) {
			in.Protocol, in.SslPolicy = types.ProtocolEnumHttps, aws.String("none")
			in.Certificates = []types.Certificate{{CertificateArn: &c.example}}
		}},
		{"another listener on the port", "DuplicateListener", "8080", func(in *elbv2.CreateListenerInput) { in.Port = aws.Int32(8080) }},
		{"a redirect to itself", "InvalidLoadBalancerAction", "same listener", redirect(types.RedirectActionConfig{StatusCode: "HTTP_302", Port: aws.String("80")})},
		{"a redirect with another status", "ValidationError", "HTTP_307", redirect(types.RedirectActionConfig{StatusCode: "HTTP_307"})},
		{"a fixed response with 301", "ValidationError", "301", func(in *elbv2.CreateListenerInput) { in.DefaultActions = fixed("301") }},
		{"a login over HTTP", "InvalidLoadBalancerAction", "HTTPS", func(in *elbv2.CreateListenerInput) {
			in.DefaultActions = []types.Action{{Type: types.ActionTypeEnumAuthenticateOidc, Order: aws.Int32(1)}, {Type: types.ActionTypeEnumForward, Order: aws.Int32(2), TargetGroupArn: g.TargetGroupArn}}
		}},
		{"two routing actions", "InvalidLoadBalancerAction", "exactly one", func(in *elbv2.CreateListenerInput) {
			in.DefaultActions = append(fixed("404"), fixed("403")...)
			in.DefaultActions[0].Order, in.DefaultActions[1].Order = aws.Int32(1), aws.Int32(2)
		}},
		{"a fixed response of an NLB", "InvalidLoadBalancerAction", "application", func(in *elbv2.CreateListenerInput) {
			in.LoadBalancerArn, in.Protocol, in.DefaultActions = n.LoadBalancerArn, types.ProtocolEnumTcp, fixed("404")
		}},
		{"a weight of 1000", "ValidationError", "1000", func(in *elbv2.CreateListenerInput) {
			in.DefaultActions = forward(*g.TargetGroupArn, *tcp.TargetGroupArn)
			in.DefaultActions[0].ForwardConfig.TargetGroups[0].Weight = aws.Int32(1000)
		}},
	} {
		t.Run(x.what, func(t *testing.T) {
			in := &elbv2.CreateListenerInput{LoadBalancerArn: b.LoadBalancerArn, Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp, DefaultActions: forward(*g.TargetGroupArn)}
			x.change(in)
			_, err := c.CreateListener(ctx, in)
			refused(t, err, x.code, x.part)
		})
	}
}

func TestCertificatesOfAListener(t *testing.T) {
	c := newCloud(t, func(o *action.Options) { o.Quotas = map[string]int{"certificates-per-application-load-balancer": 1} })
	b := c.alb(t, "web")
	out, err := c.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: b.LoadBalancerArn, Port: aws.Int32(443), Protocol: types.ProtocolEnumHttps, DefaultActions: fixed("404"),
		Certificates: []types.Certificate{{CertificateArn: &c.example}},
	})
	l := ok(t, out, err).Listeners[0]
	add := func(arn string) error {
		_, err := c.AddListenerCertificates(ctx, &elbv2.AddListenerCertificatesInput{ListenerArn: l.ListenerArn, Certificates: []types.Certificate{{CertificateArn: &arn}}})
		return err
	}
	remove := func(arn string) error {
		_, err := c.RemoveListenerCertificates(ctx, &elbv2.RemoveListenerCertificatesInput{ListenerArn: l.ListenerArn, Certificates: []types.Certificate{{CertificateArn: &arn}}})
		return err
	}
	must(t, add(c.other))
	must(t, add(c.other))
	refused(t, add(c.example), "TooManyCertificates", "1")
	refused(t, remove(c.example), "OperationNotPermitted", "default")
	list, err := c.DescribeListenerCertificates(ctx, &elbv2.DescribeListenerCertificatesInput{ListenerArn: l.ListenerArn})
	if got := ok(t, list, err).Certificates; len(got) != 2 || !*got[0].IsDefault || *got[1].CertificateArn != c.other {
		t.Errorf("the certificates are %+v", got)
	}
	must(t, remove(c.other))
	if x, _ := c.world.Certificate(c.other); len(x.InUseBy) != 0 {
		t.Errorf("a removed certificate is used by %v", x.InUseBy)
	}
}

func TestALoginKeepsItsSecretAndNeverShowsIt(t *testing.T) {
	c := newCloud(t)
	b, g := c.alb(t, "web"), c.group(t, "web")
	login := func(secret *string, keep *bool) []types.Action {
		return []types.Action{
			{Type: types.ActionTypeEnumForward, Order: aws.Int32(2), TargetGroupArn: g.TargetGroupArn},
			{Type: types.ActionTypeEnumAuthenticateOidc, Order: aws.Int32(1), AuthenticateOidcConfig: &types.AuthenticateOidcActionConfig{
				Issuer: aws.String("https://id.example"), AuthorizationEndpoint: aws.String("https://id.example/a"), TokenEndpoint: aws.String("https://id.example/t"),
				UserInfoEndpoint: aws.String("https://id.example/u"), ClientId: aws.String("me"), ClientSecret: secret, UseExistingClientSecret: keep,
			}},
		}
	}
	out, err := c.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: b.LoadBalancerArn, Port: aws.Int32(443), Protocol: types.ProtocolEnumHttps,
		Certificates: []types.Certificate{{CertificateArn: &c.example}}, DefaultActions: login(aws.String("hush"), nil),
	})
	l := ok(t, out, err).Listeners[0]
	changed, err := c.ModifyListener(ctx, &elbv2.ModifyListenerInput{ListenerArn: l.ListenerArn, DefaultActions: login(nil, aws.Bool(true))})
	o := ok(t, changed, err).Listeners[0].DefaultActions[0].AuthenticateOidcConfig
	if o == nil || o.ClientSecret != nil || *o.Scope != "openid" || *o.SessionCookieName != "AWSELBAuthSessionCookie" || *o.SessionTimeout != 604800 || o.OnUnauthenticatedRequest != "authenticate" {
		t.Errorf("the login is %+v", o)
	}
	text, err := c.store.Snapshot()
	if !strings.Contains(string(ok(t, text, err)), "hush") {
		t.Error("the secret was lost")
	}
	_, err = c.ModifyListener(ctx, &elbv2.ModifyListenerInput{ListenerArn: l.ListenerArn, Protocol: types.ProtocolEnumHttp})
	refused(t, err, "InvalidLoadBalancerAction", "HTTPS")
}

func TestListenerAttributesDependOnProtocol(t *testing.T) {
	c := newCloud(t)
	g := c.group(t, "tcp", protocol(types.ProtocolEnumTcp))
	n, b := c.nlb(t, "net"), c.alb(t, "web")
	out, err := c.CreateListener(ctx, &elbv2.CreateListenerInput{LoadBalancerArn: n.LoadBalancerArn, Port: aws.Int32(80), Protocol: types.ProtocolEnumTcp, DefaultActions: forward(*g.TargetGroupArn)})
	tcp, http := ok(t, out, err).Listeners[0], c.http(t, *b.LoadBalancerArn, 80, fixed("404"))
	set := func(arn *string, key, value string) error {
		_, err := c.ModifyListenerAttributes(ctx, &elbv2.ModifyListenerAttributesInput{ListenerArn: arn, Attributes: []types.ListenerAttribute{{Key: &key, Value: &value}}})
		return err
	}
	must(t, set(tcp.ListenerArn, "tcp.idle_timeout.seconds", "60"))
	refused(t, set(http.ListenerArn, "tcp.idle_timeout.seconds", "60"), "ValidationError", "network")
	refused(t, set(http.ListenerArn, "routing.http.request.x_amzn_tls_version.header_name", "X-V"), "ValidationError", "not supported")
	must(t, set(http.ListenerArn, "routing.http.response.server.enabled", "false"))
}
