package compile_test

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// attributes makes a list of "key=value".
func attributes(pairs ...string) []model.Attribute {
	var out []model.Attribute
	for _, p := range pairs {
		key, value, _ := strings.Cut(p, "=")
		out = append(out, model.Attribute{Key: key, Value: value})
	}
	return out
}

func TestExplainSaysWhatKeepsClientsWhereTheyAre(t *testing.T) {
	for _, c := range []struct {
		group []string
		want  string
	}{
		{nil, ""},
		{[]string{"stickiness.enabled=true"}, "the cookies AWSALB and AWSALBCORS keep clients at their target for 86400 s (stickiness.enabled)"},
		{[]string{"stickiness.enabled=true", "stickiness.lb_cookie.duration_seconds=60"}, "for 60 s"},
		{
			[]string{"stickiness.enabled=true", "stickiness.type=app_cookie", "stickiness.app_cookie.cookie_name=SID", "stickiness.app_cookie.duration_seconds=9"},
			"the application's cookie SID, with AWSALBAPP-0 beside it, keeps clients at their target for 9 s",
		},
		{[]string{"stickiness.enabled=true", "load_balancing.cross_zone.enabled=false"}, "stickiness needs cross-zone load balancing"},
		{
			[]string{"stickiness.enabled=true", "load_balancing.algorithm.type=weighted_random", "load_balancing.algorithm.anomaly_mitigation=on"},
			"there is no stickiness with anomaly mitigation",
		},
		{[]string{"load_balancing.algorithm.type=least_outstanding_requests"}, "targets are chosen by least_outstanding_requests"},
	} {
		u := albGroup("g", rule(1, "", "/", forwardTo("web")))
		u.Model.TargetGroups[0].Attributes = attributes(c.group...)
		s, _ := apply(t, u)
		trace := s.Explain("alb/g", 80, compile.Probe{Host: "a.example", Target: "/"})
		if got := strings.Join(trace.Staying, "\n"); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%v: %q lacks %q", c.group, got, c.want)
		}
		if !strings.Contains(trace.String(), c.want) {
			t.Errorf("%v: the text lacks %q:\n%s", c.group, c.want, trace)
		}
	}
}

func TestExplainNamesCookiesOfRules(t *testing.T) {
	kept := forwardTo("web")
	kept[0].Forward.Stickiness = &model.GroupStickiness{Enabled: true, DurationSeconds: 30}
	s, _ := apply(t, albGroup("g", rule(1, "", "/", kept)), nginxBase(),
		nginxHost("a.example", with(rule(1, "a.example", "/", forwardTo("api")), model.Policy{Affinity: &model.Affinity{Cookie: "route", Persistent: true}})))
	for lb, want := range map[string]string{
		"alb/g": "AWSALBTG and AWSALBTGCORS keep clients at their target group for 30 s",
		"nginx": "the cookie route keeps clients at their target (session affinity, persistent)",
	} {
		if text := s.Explain(lb, 80, compile.Probe{Host: "a.example", Target: "/"}).String(); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%s", lb, want, text)
		}
	}
}

func TestExplainSaysWhatConnectionsBeginWith(t *testing.T) {
	u := nlb(
		model.Listener{Port: 80, Protocol: model.TCP},
		model.Listener{Port: 443, Protocol: model.TLS, SSLPolicy: "ELBSecurityPolicy-TLS13-1-3-2021-06", DefaultCertificate: "c", DefaultActions: forwardTo("secure")},
	)
	u.Model.TargetGroups[0].Attributes = attributes("proxy_protocol_v2.enabled=true", "stickiness.enabled=true", "stickiness.type=source_ip")
	u.Model.Certificates = []model.Certificate{certificate(t, "c", "ecdsa", "a.example", "*.b.example")}
	base := nginxBase()
	base.Model.LoadBalancers[0].Listeners[0].ProxyProtocol = &model.ProxyProtocol{TrustedCIDRs: []string{"10.0.0.0/8"}}
	s, _ := apply(t, u, base)
	for _, c := range []struct {
		lb, host string
		port     int32
		want     []string
	}{
		{"nlb", "a.example", 80, []string{"header of the PROXY protocol, version 2 (proxy_protocol_v2.enabled)", "the address of a client keeps it at its target"}},
		{"nlb", "x.b.example", 443, []string{"speaks TLS 1.3, security policy ELBSecurityPolicy-TLS13-1-3-2021-06", "the certificate is for a.example, *.b.example"}},
		{"nlb", "b.example", 443, []string{"no certificate is for this host: clients see that of a.example, *.b.example"}},
		{"nginx", "a.example", 80, []string{"connections begin with a header of the PROXY protocol, which is believed from 10.0.0.0/8"}},
	} {
		text := s.Explain(c.lb, c.port, compile.Probe{Host: c.host}).String()
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s port %d lacks %q:\n%s", c.lb, c.port, want, text)
			}
		}
	}
}
