package aws_test

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// certificates lists the ARNs of the cloud's certificates.
func (p *process) certificates() []string {
	p.t.Helper()
	q := lookup.Question{Kind: lookup.Certificates}
	answer, ok := p.resolver.Answer(p.t.Context(), []lookup.Question{q})[q]
	if !ok || answer.Err != "" {
		p.t.Fatalf("got %+v", answer)
	}
	var arns []string
	for _, c := range answer.Certificates {
		arns = append(arns, c.ARN)
	}
	return arns
}

// rich has one of everything that a group may ask for.
func rich(certificates []string) *model.Model {
	m := stackOf(group, "a.example", "b.example", "c.example")
	lb := &m.LoadBalancers[0]
	lb.Attributes = []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "90"}, {Key: "routing.http2.enabled", Value: "false"}}
	m.TargetGroups[0].Attributes = []model.Attribute{{Key: "deregistration_delay.timeout_seconds", Value: "20"}}
	l := lb.Listeners[0]
	l.Port, l.Protocol, l.SSLPolicy, l.Tags = 443, model.HTTPS, "ELBSecurityPolicy-2016-08", tags(group, "443")
	l.DefaultCertificate, l.Certificates = certificates[0], certificates
	l.Attributes = []model.Attribute{{Key: "routing.http.response.server.enabled", Value: "false"}}
	forward := func(ids ...int) []model.Action {
		f := &model.Forward{}
		for i, id := range ids {
			f.TargetGroups = append(f.TargetGroups, model.WeightedTargetGroup{TargetGroup: m.TargetGroups[id].ID, Weight: int32(10 * i)})
		}
		return []model.Action{{Type: model.ActionForward, Forward: f}}
	}
	weighted := forward(0, 1)
	weighted[0].Forward.Stickiness = &model.GroupStickiness{Enabled: true, DurationSeconds: 60}
	login := append([]model.Action{{
		Type: model.ActionAuthenticateOIDC, AuthenticateOIDC: &model.AuthenticateOIDC{
			Issuer: "https://id.example", AuthorizationEndpoint: "https://id.example/a", TokenEndpoint: "https://id.example/t",
			UserInfoEndpoint: "https://id.example/u", ClientID: "me", ClientSecret: "hidden", OnUnauthenticated: model.UnauthenticatedDeny,
			ExtraParams: []model.Parameter{{Name: "display", Value: "page"}},
		},
	}}, forward(2)...)
	host := model.Condition{Field: model.HostHeader, Values: []string{"a.example", "*.a.example"}}
	l.Rules = []model.Rule{
		{Priority: 1, Conditions: []model.Condition{host, {Field: model.PathPattern, Values: []string{"/w", "/w/*"}}}, Actions: weighted},
		{Priority: 2, Conditions: []model.Condition{host, {Field: model.HTTPHeader, Name: "X-Kind", Values: []string{"a*"}}}, Actions: login},
		{
			Priority: 3, Conditions: []model.Condition{{Field: model.QueryString, Query: []model.QueryValue{{Key: "v", Value: "2"}, {Value: "x"}}}},
			Actions: forward(0), Transforms: []model.Transform{{Type: model.URLRewrite, Regex: "^/old/(.*)$", Replace: "/new/$1"}},
		},
		{
			Priority: 4, Conditions: []model.Condition{{Field: model.RequestMethod, Values: []string{"POST"}}, {Field: model.SourceIP, Values: []string{"10.0.0.0/8"}}},
			Actions: []model.Action{{Type: model.ActionRedirect, Redirect: &model.Redirect{Host: "b.example", StatusCode: 302}}},
		},
		{
			Priority: 5, Conditions: []model.Condition{{Field: model.PathPattern, RegexValues: []string{"^/[0-9]+$"}}},
			Actions: []model.Action{{Type: model.ActionFixedResponse, FixedResponse: &model.FixedResponse{StatusCode: 503, MessageBody: "closed"}}},
		},
	}
	for i := range l.Rules {
		l.Rules[i].Tags = tags(group, "443:"+string(rune('1'+i)))
	}
	lb.Listeners = append(lb.Listeners, l)
	lb.Listeners[0].Rules = nil
	lb.Listeners[0].DefaultActions = []model.Action{{
		Type: model.ActionRedirect, Redirect: &model.Redirect{Protocol: "HTTPS", Port: "443", StatusCode: 301},
	}}
	m.SecurityGroups[0].Ingress = append(m.SecurityGroups[0].Ingress, model.SecurityGroupRule{Protocol: "tcp", FromPort: 443, ToPort: 443, CIDR: "10.0.0.0/8"})
	return m
}

func TestARichStackReadsBackAsItWasWritten(t *testing.T) {
	p := newCloud(t).start(nil)
	m := rich(p.certificates())
	p.reconcile(group, m)
	p.one(group, m)
}

func TestEveryChangeOfARichStackSettlesInOneReconcile(t *testing.T) {
	certificates := newCloud(t).start(nil).certificates()
	if len(certificates) < 2 {
		t.Fatal("the cloud lacks certificates")
	}
	for name, change := range map[string]func(m *model.Model){
		"rules change places": func(m *model.Model) {
			r := m.LoadBalancers[0].Listeners[1].Rules
			r[0].Priority, r[1].Priority, r[2].Priority = 3, 1, 2
			r[0], r[1], r[2] = r[1], r[2], r[0]
		},
		"a rule goes": func(m *model.Model) {
			l := &m.LoadBalancers[0].Listeners[1]
			l.Rules = l.Rules[1:]
			for i := range l.Rules {
				l.Rules[i].Priority = int32(i + 1)
			}
		},
		"a rule loses its transform": func(m *model.Model) { m.LoadBalancers[0].Listeners[1].Rules[2].Transforms = nil },
		"a listener goes":            func(m *model.Model) { m.LoadBalancers[0].Listeners = m.LoadBalancers[0].Listeners[:1] },
		"another port":               func(m *model.Model) { m.LoadBalancers[0].Listeners[1].Port = 8443 },
		"a target group goes": func(m *model.Model) {
			m.LoadBalancers[0].Listeners[1].Rules[1].Actions[1].Forward.TargetGroups[0].TargetGroup = m.TargetGroups[0].ID
			m.TargetGroups = m.TargetGroups[:2]
		},
		"another protocol of targets": func(m *model.Model) {
			m.TargetGroups[0].Protocol, m.TargetGroups[0].Name = model.TargetHTTPS, "k8s-other"
			m.TargetGroups[0].HealthCheck.Protocol = model.TargetHTTPS
		},
		"another scheme": func(m *model.Model) {
			lb := &m.LoadBalancers[0]
			lb.Scheme, lb.Name = model.Internal, "k8s-web-2"
			lb.Subnets = []model.SubnetMapping{{SubnetID: "subnet-0a00000000000002a"}, {SubnetID: "subnet-0a00000000000002b"}}
		},
		"another scheme under the same name": func(m *model.Model) {
			lb := &m.LoadBalancers[0]
			lb.Scheme = model.Internal
			lb.Attributes = append(lb.Attributes, model.Attribute{Key: "deletion_protection.enabled", Value: "true"})
		},
		"another subnet": func(m *model.Model) {
			m.LoadBalancers[0].Subnets = append(m.LoadBalancers[0].Subnets, model.SubnetMapping{SubnetID: "subnet-0a00000000000001c"})
		},
		"other security groups": func(m *model.Model) {
			m.LoadBalancers[0].SecurityGroups = []string{"sg-0a000000000000def"}
			m.SecurityGroups = nil
		},
		"a listener changes its protocol": func(m *model.Model) {
			l := &m.LoadBalancers[0].Listeners[0]
			l.Protocol, l.DefaultCertificate, l.SSLPolicy = model.HTTPS, m.LoadBalancers[0].Listeners[1].DefaultCertificate, "ELBSecurityPolicy-2016-08"
			l.DefaultActions = m.LoadBalancers[0].Listeners[1].DefaultActions
		},
		"another security policy and client certificates": func(m *model.Model) {
			l := &m.LoadBalancers[0].Listeners[1]
			l.SSLPolicy, l.MutualAuthentication = "ELBSecurityPolicy-TLS13-1-2-2021-06", &model.MutualAuthentication{Mode: "passthrough"}
		},
		"another default action": func(m *model.Model) {
			m.LoadBalancers[0].Listeners[1].DefaultActions = m.LoadBalancers[0].Listeners[1].Rules[0].Actions
		},
		"other weights and another secret": func(m *model.Model) {
			r := m.LoadBalancers[0].Listeners[1].Rules
			r[0].Actions[0].Forward.TargetGroups[0].Weight = 5
			r[1].Actions[0].AuthenticateOIDC.ClientSecret = "rotated"
		},
		"no rules and no target groups": func(m *model.Model) {
			m.LoadBalancers[0].Listeners[1].Rules = nil
			m.TargetGroups = nil
		},
		"another source": func(m *model.Model) { m.SecurityGroups[0].Ingress[0].CIDR = "192.0.2.0/24" },
		"certificates go": func(m *model.Model) {
			m.LoadBalancers[0].Listeners[1].Certificates = nil
			m.LoadBalancers[0].Listeners[1].DefaultCertificate = certificates[1]
		},
		"tags": func(m *model.Model) {
			for _, list := range []*[]model.Tag{
				&m.LoadBalancers[0].Tags, &m.TargetGroups[0].Tags, &m.SecurityGroups[0].Tags, &m.LoadBalancers[0].Listeners[0].Tags,
				&m.LoadBalancers[0].Listeners[1].Rules[0].Tags,
			} {
				*list = append(*list, model.Tag{Key: "team", Value: "blue"})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newCloud(t).start(nil)
			certificates := p.certificates()
			p.reconcile(group, rich(certificates))
			m := rich(certificates)
			change(m)
			if name == "certificates go" {
				m.LoadBalancers[0].Listeners[1].DefaultCertificate = certificates[1]
			}
			p.reconcile(group, m)
			_, _, text := p.calls()
			p.one(group, m)
			// And the way back.
			m = rich(certificates)
			p.reconcile(group, m)
			p.one(group, m)
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

func TestANetworkLoadBalancerReadsBackAsItWasWritten(t *testing.T) {
	p := newCloud(t).start(nil)
	id := aws.StackID{Controller: "service.k8s.aws", Name: "default/tcp"}
	m := networkStack(id, p.certificates()[0])
	p.reconcile(id, m)
	p.one(id, m)
	p.reconcile(id, nil)
	p.empty()
}

// networkStack is what a build of class nlb makes of a Service with a TCP and a TLS port.
func networkStack(id aws.StackID, certificate string) *model.Model {
	tg := model.TargetGroup{
		ID: "nlb/default/tcp:80", Name: "k8s-default-tcp", Type: model.TargetIP, Protocol: model.TargetTCP, Port: 8080,
		IPAddressType: model.IPv4, Tags: tags(id, "default/tcp:80"),
		Attributes: []model.Attribute{{Key: "proxy_protocol_v2.enabled", Value: "false"}},
		HealthCheck: &model.HealthCheck{
			Protocol: model.TargetTCP, Port: "traffic-port", IntervalSeconds: 10, TimeoutSeconds: 10, HealthyThreshold: 3, UnhealthyThreshold: 3,
		},
		Targets: []model.Target{{ID: "10.42.64.32", Port: 8080}},
	}
	forward := []model.Action{{
		Type: model.ActionForward, Forward: &model.Forward{TargetGroups: []model.WeightedTargetGroup{{TargetGroup: tg.ID}}},
	}}
	return &model.Model{
		TargetGroups: []model.TargetGroup{tg},
		SecurityGroups: []model.SecurityGroup{{
			ID: "nlb/" + id.Name, Name: "k8s-default-tcp", Description: "clients",
			Ingress: []model.SecurityGroupRule{{Protocol: "tcp", FromPort: 80, ToPort: 80, CIDR: "0.0.0.0/0"}}, Tags: tags(id, "ManagedLBSecurityGroup"),
		}},
		LoadBalancers: []model.LoadBalancer{{
			ID: "nlb/" + id.Name, Name: "k8s-default-tcp", Type: model.Network, Scheme: model.Internal, IPAddressType: model.IPv4,
			Subnets:        []model.SubnetMapping{{SubnetID: "subnet-0a00000000000002a"}, {SubnetID: "subnet-0a00000000000002b"}},
			SecurityGroups: []string{"nlb/" + id.Name}, Tags: tags(id, "LoadBalancer"), PrivateLinkInboundRules: "off",
			Attributes: []model.Attribute{{Key: "load_balancing.cross_zone.enabled", Value: "true"}},
			Listeners: []model.Listener{
				{Port: 80, Protocol: model.TCP, DefaultActions: forward, Tags: tags(id, "80")},
				{
					Port: 443, Protocol: model.TLS, DefaultActions: forward, Tags: tags(id, "443"), DefaultCertificate: certificate,
					SSLPolicy: "ELBSecurityPolicy-2016-08", ALPNPolicy: "HTTP2Preferred",
				},
			},
		}},
	}
}
