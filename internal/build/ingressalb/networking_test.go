package ingressalb

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// networkText writes binding rules as "source protocol:port protocol:port".
func networkText(rules []model.BindingRule) string {
	var out []string
	for _, r := range rules {
		text := r.CIDR + r.SecurityGroup
		for _, p := range r.Ports {
			text += " " + p.Protocol + ":" + p.Port
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestTargetsLetTheLoadBalancerIn(t *testing.T) {
	for name, c := range map[string]struct {
		annotations string
		options     Options
		port, want  string
	}{
		"node port":                   {"", Options{}, "80", "backend TCP:30080"},
		"target port":                 {"target-type: ip", Options{}, "80", "backend TCP:8080"},
		"named target port":           {"target-type: ip", Options{}, "9000", "backend TCP:adm"},
		"other port for checks":       {"healthcheck-port: \"9999\"", Options{}, "80", "backend TCP:30080 TCP:9999"},
		"the same port for checks":    {"healthcheck-port: \"30080\"", Options{}, "80", "backend TCP:30080"},
		"control port":                {"target-type: ip\ntarget-control-port.web.80: \"3000\"", Options{}, "80", "backend TCP:8080 TCP:3000"},
		"all ports by flag":           {"healthcheck-port: \"9999\"", Options{UnrestrictedBackendRules: true}, "80", "backend TCP:"},
		"an existing backend group":   {"", Options{BackendSecurityGroup: "sg-b"}, "80", "sg-b TCP:30080"},
		"without a backend group":     {"", Options{NoBackendSecurityGroup: true}, "80", "alb/shop/web TCP:30080"},
		"own groups":                  {"security-groups: sg-1", Options{}, "80", ""},
		"own groups, managed":         {"security-groups: sg-1\nmanage-backend-security-group-rules: \"true\"", Options{}, "80", "backend TCP:30080"},
		"own groups, managed by flag": {"security-groups: sg-1", Options{ManageBackendRules: true}, "80", "backend TCP:30080"},
		"own groups, backend off":     {"security-groups: sg-1", Options{ManageBackendRules: true, NoBackendSecurityGroup: true}, "80", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.options, classYAML, webYAML, ing("web", c.annotations, strings.Replace(to("/"), "number: 80", "number: "+c.port, 1)))
			u := w.group("shop/web")
			if got := networkText(u.Model.TargetGroups[0].Binding.Networking); got != c.want {
				t.Errorf("want %q, got %q: %v", c.want, got, u.Diagnostics)
			}
		})
	}
}

func TestSubnetsOfAnExistingLoadBalancerAreKept(t *testing.T) {
	const role = "kubernetes.io/role/elb=1"
	answers := func(scheme string) map[lookup.Question]lookup.Answer {
		return map[lookup.Question]lookup.Answer{
			{Kind: lookup.Subnets, Scheme: "internet-facing"}: {Subnets: []lookup.Subnet{subnet("1", "a", role), subnet("2", "b", role), subnet("3", "c", role)}},
			{Kind: lookup.Subnets, Name: "subnet-2"}:          {Subnets: []lookup.Subnet{subnet("2", "b", role)}},
			{Kind: lookup.Subnets, Name: "subnet-9"}:          {Subnets: []lookup.Subnet{subnet("9", "a")}},
			lookup.LoadBalancerOf(lookup.IngressStacks, "shop/web"): {LoadBalancer: &lookup.LoadBalancer{
				Scheme: scheme, Subnets: []string{"subnet-2", "subnet-9"},
			}},
		}
	}
	for scheme, want := range map[string]string{"internet-facing": "2 9", "internal": "1 2 3"} {
		w := newWorld(t, Options{}, classYAML, webYAML, ing("web", "scheme: internet-facing", to("/"))).lookups(answers(scheme))
		u := w.group("shop/web")
		if got := subnetText(u.Model); got != want || len(u.Diagnostics)+len(u.Missing) > 0 {
			t.Errorf("existing %s: want %q, got %q: %v %v", scheme, want, got, u.Diagnostics, u.Missing)
		}
	}
	w := newWorld(t, Options{}, classYAML, webYAML, ing("web", "", to("/")))
	w.Lookups = nil
	q := lookup.LoadBalancerOf(lookup.IngressStacks, "shop/web")
	if u := w.group("shop/web"); len(u.Missing) != 1 || u.Missing[0] != q || len(u.Model.LoadBalancers[0].Subnets) > 0 {
		t.Errorf("nothing may be chosen before it is known what is there: %v", u.Missing)
	}
}
