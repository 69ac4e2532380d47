package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
)

func tagged(resource string) []model.Tag {
	return []model.Tag{
		{Key: "elbv2.k8s.aws/cluster", Value: "c"},
		{Key: "ingress.k8s.aws/stack", Value: "shop/web"},
		{Key: "ingress.k8s.aws/resource", Value: resource},
	}
}

// desiredShop and observedShop are the same stack, in the words of the builder and in those of AWS.
func desiredShop() *model.Model {
	return &model.Model{
		LoadBalancers: []model.LoadBalancer{{
			ID: "shop/web", Name: "k8s-shop-web-1", Type: model.Application, Scheme: model.Internal, Tags: tagged("LoadBalancer"),
			SecurityGroups: []string{"shop/web", "sg-9"}, Subnets: []model.SubnetMapping{{SubnetID: "s1"}, {SubnetID: "s2"}},
			Listeners: []model.Listener{{
				Port: 443, Protocol: model.HTTPS, DefaultCertificate: "arn:c1", SSLPolicy: "p", Certificates: []string{"arn:c2"},
				DefaultActions: []model.Action{notFound}, Tags: tagged("443"),
				Rules: []model.Rule{{
					Priority: 1, Tags: tagged("443:1"),
					Conditions: []model.Condition{
						{Field: model.HostHeader, Values: []string{"b.example", "a.example"}},
						{Field: model.PathPattern, Values: []string{"/*"}},
					},
					Actions: []model.Action{
						{Type: model.ActionAuthenticateOIDC, AuthenticateOIDC: &model.AuthenticateOIDC{Issuer: "i", ClientID: "id", ClientSecret: "very secret"}},
						forwardTo("alb/shop/web/web:80"),
					},
				}, {
					Priority: 2, Conditions: []model.Condition{{Field: model.PathPattern, Values: []string{"/old"}}},
					Actions: []model.Action{{Type: model.ActionRedirect, Redirect: &model.Redirect{Path: "/new", StatusCode: 301}}},
				}},
			}},
			Attributes: []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "30"}},
		}},
		TargetGroups: []model.TargetGroup{{
			ID: "alb/shop/web/web:80", Name: "k8s-shop-web-2", Type: model.TargetIP, Protocol: model.TargetHTTP, Port: 8080,
			Tags: tagged("shop/web-web:80"), HealthCheck: &model.HealthCheck{Protocol: model.TargetHTTP, Path: "/", HTTPCodes: "200"},
		}},
		SecurityGroups: []model.SecurityGroup{{
			ID: "shop/web", Name: "k8s-shop-web-3", Tags: tagged("ManagedLBSecurityGroup"),
			Ingress: []model.SecurityGroupRule{{Protocol: "tcp", FromPort: 443, ToPort: 443, CIDR: "0.0.0.0/0"}},
		}},
	}
}

func observedShop() *model.Model {
	m := desiredShop()
	lb, tg, sg := &m.LoadBalancers[0], &m.TargetGroups[0], &m.SecurityGroups[0]
	lb.ID, tg.ID, sg.ID = "arn:lb", "arn:tg", "sg-1"
	lb.IPAddressType, lb.SecurityGroups = model.IPv4, []string{"sg-9", "sg-1"}
	lb.Subnets = []model.SubnetMapping{{SubnetID: "s2"}, {SubnetID: "s1", PrivateIPv4Address: "192.0.2.1"}}
	lb.Tags = append(lb.Tags, model.Tag{Key: "aws:cloudformation:stack-name", Value: "x"})
	lb.Attributes = append(lb.Attributes, model.Attribute{Key: "routing.http2.enabled", Value: "true"})
	l := &lb.Listeners[0]
	l.MutualAuthentication, l.ALPNPolicy = &model.MutualAuthentication{Mode: "off"}, "None"
	l.Rules[0].Conditions = []model.Condition{
		{Field: model.PathPattern, Values: []string{"/*"}}, {Field: model.HostHeader, Values: []string{"a.example", "b.example"}},
	}
	l.Rules[0].Actions = []model.Action{
		{Type: model.ActionAuthenticateOIDC, AuthenticateOIDC: &model.AuthenticateOIDC{
			Issuer: "i", ClientID: "id", Scope: "openid", SessionCookieName: "AWSELBAuthSessionCookie", SessionTimeoutSeconds: 604800,
			OnUnauthenticated: model.UnauthenticatedAuthenticate,
		}},
		{Type: model.ActionForward, Forward: &model.Forward{
			TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "arn:tg", Weight: 1}}, Stickiness: &model.GroupStickiness{},
		}},
	}
	l.Rules[1].Actions = []model.Action{{Type: model.ActionRedirect, Redirect: &model.Redirect{
		Protocol: "#{protocol}", Host: "#{host}", Port: "#{port}", Path: "/new", Query: "#{query}", StatusCode: 301,
	}}}
	tg.HealthCheck = &model.HealthCheck{Protocol: model.TargetHTTP, Path: "/", HTTPCodes: "200", Port: "traffic-port", IntervalSeconds: 15}
	tg.ProtocolVersion, tg.IPAddressType = model.HTTP1, model.IPv4
	return m
}

func TestWhatAnotherControllerMadeIsTakenOverWithoutAWrite(t *testing.T) {
	a := Adopt(desiredShop(), observedShop())
	if ops := Compare(desiredShop(), a.Model, Options{}).Operations; len(ops) > 0 {
		t.Errorf("taking over is not free:\n%s", words(ops))
	}
	want := IDs{
		LoadBalancers:  map[string]string{"shop/web": "arn:lb"},
		TargetGroups:   map[string]string{"alb/shop/web/web:80": "arn:tg"},
		SecurityGroups: map[string]string{"shop/web": "sg-1"},
	}
	if d := cmp.Diff(want, a.IDs); d != "" {
		t.Error(d)
	}
}

func TestATargetGroupThatCannotBecomeTheDesiredOneIsReplacedAfterTheRulesAreSwitched(t *testing.T) {
	want := desiredShop()
	want.TargetGroups[0].Type = model.TargetInstance
	a := Adopt(want, observedShop())
	got := words(Compare(want, a.Model, Options{}).Operations)
	expect := "CreateTargetGroup targetGroup=alb/shop/web/web:80 tag:elbv2.k8s.aws/cluster=c tag:ingress.k8s.aws/stack=shop/web tag:ingress.k8s.aws/resource=shop/web-web:80\n" +
		"ModifyRule loadBalancer=shop/web listener=HTTPS:443 priority=1\nDeleteTargetGroup targetGroup=arn:tg"
	if d := cmp.Diff(expect, got); d != "" {
		t.Error(d)
	}
}

func TestEqualResourceTagsAreToldApartByName(t *testing.T) {
	group := func(id, name string) model.TargetGroup {
		return model.TargetGroup{ID: id, Name: name, Type: model.TargetIP, Protocol: model.TargetHTTP, Tags: tagged("a-b-c:80")}
	}
	want := &model.Model{TargetGroups: []model.TargetGroup{group("alb/s/a/b-c:80", "n1"), group("alb/s/a-b/c:80", "n2")}}
	have := &model.Model{TargetGroups: []model.TargetGroup{group("arn:2", "n2"), group("arn:1", "n1")}}
	a := Adopt(want, have)
	if d := cmp.Diff(map[string]string{"alb/s/a/b-c:80": "arn:1", "alb/s/a-b/c:80": "arn:2"}, a.IDs.TargetGroups); d != "" {
		t.Error(d)
	}
}

func TestADoubleFromACrashIsPlannedToGo(t *testing.T) {
	have := observedShop()
	double := have.TargetGroups[0]
	double.ID, double.Name = "arn:tg2", "k8s-shop-web-other"
	have.TargetGroups = append(have.TargetGroups, double)
	got := words(Compare(desiredShop(), Adopt(desiredShop(), have).Model, Options{}).Operations)
	if got != "DeleteTargetGroup targetGroup=arn:tg2" {
		t.Error(got)
	}
}

func TestAnotherSchemeReplacesTheLoadBalancerUnlessThePolicyForbidsIt(t *testing.T) {
	want := desiredShop()
	want.LoadBalancers[0].Scheme = model.InternetFacing
	have := Adopt(want, observedShop()).Model
	p := Compare(want, have, Options{})
	if p.Operations[0].Call != DeleteLoadBalancer || p.Operations[1].Call != CreateLoadBalancer {
		t.Errorf("got\n%s", words(p.Operations))
	}
	if p = Compare(want, have, Options{Policy: NeverDelete}); len(p.Operations) > 0 || len(p.Withheld) != 1 {
		t.Errorf("with never-delete:\n%s\nwithheld:\n%s", words(p.Operations), words(p.Withheld))
	}
}

func TestSecretsAreNeitherInWordsNorInText(t *testing.T) {
	p := Compare(desiredShop(), &model.Model{}, Options{})
	for _, text := range []string{p.Words(), words(p.Operations)} {
		if strings.Contains(text, "very secret") {
			t.Errorf("the client secret is told:\n%s", text)
		}
	}
}
