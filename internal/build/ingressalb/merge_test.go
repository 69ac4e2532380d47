package ingressalb

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// pair builds a group of two members, first and second, with these annotations, and returns the unit's diagnostics about
// the second one and the load balancer.
func twoMembers(t *testing.T, o Options, first, second string, more ...string) (*model.LoadBalancer, *model.Model, string) {
	t.Helper()
	docs := append([]string{
		classYAML, webYAML, ing("first", "group.name: g\n"+first, to("/first")), ing("second", "group.name: g\n"+second, to("/second")),
	}, more...)
	u := newWorld(t, o, docs...).group("g")
	if u.Model == nil {
		t.Fatalf("no model: %v", u.Diagnostics)
	}
	for _, m := range u.Members {
		if !m.Accepted {
			t.Errorf("%s is left out: %v", m.Object.Name, u.Diagnostics)
		}
	}
	for _, d := range u.Diagnostics {
		if d.Level >= 3 && d.Code != diag.ALBTooManyListeners.Code && !strings.Contains(d.Text, "shop/first") && d.Object.Name == "second" {
			t.Errorf("the message does not name the other member: %s", d)
		}
	}
	return &u.Model.LoadBalancers[0], u.Model, codes(u.Diagnostics)
}

func TestOfDifferingSettingsTheFirstMembersCounts(t *testing.T) {
	for name, c := range map[string]struct {
		first, second string
		get           func(lb *model.LoadBalancer) string
		want, codes   string
	}{
		"name":        {"load-balancer-name: one", "load-balancer-name: two", func(lb *model.LoadBalancer) string { return lb.Name }, "one", "GW5001"},
		"same name":   {"load-balancer-name: one", "load-balancer-name: one", func(lb *model.LoadBalancer) string { return lb.Name }, "one", ""},
		"only second": {"", "scheme: internet-facing", func(lb *model.LoadBalancer) string { return string(lb.Scheme) }, "internet-facing", ""},
		"scheme":      {"scheme: internal", "scheme: internet-facing", func(lb *model.LoadBalancer) string { return string(lb.Scheme) }, "internal", "GW5001"},
		"IP type":     {"ip-address-type: dualstack", "ip-address-type: ipv4", func(lb *model.LoadBalancer) string { return string(lb.IPAddressType) }, "dualstack", "GW5001"},
		"CoIP pool":   {"customer-owned-ipv4-pool: a", "customer-owned-ipv4-pool: b", func(lb *model.LoadBalancer) string { return lb.CustomerOwnedIPv4Pool }, "a", "GW5001"},
		"IPAM pool":   {"ipam-ipv4-pool-id: a", "ipam-ipv4-pool-id: b", func(lb *model.LoadBalancer) string { return lb.IPAMPoolID }, "a", "GW5001"},
		"web ACL":     {"wafv2-acl-arn: a", "wafv2-acl-arn: none", func(lb *model.LoadBalancer) string { return lb.WebACL }, "a", "GW5001"},
		"ACL name":    {"wafv2-acl-arn: a", "wafv2-acl-name: shop", func(lb *model.LoadBalancer) string { return lb.WebACL }, "name/shop", ""},
		"shield":      {`shield-advanced-protection: "true"`, `shield-advanced-protection: "false"`, func(lb *model.LoadBalancer) string { return lb.Shield }, "true", "GW5001"},
		"groups":      {"security-groups: sg-1,sg-2", "security-groups: sg-2,sg-1", func(lb *model.LoadBalancer) string { return strings.Join(lb.SecurityGroups, ",") }, "sg-1,sg-2", "GW5001"},
		"attributes": {
			"load-balancer-attributes: idle_timeout.timeout_seconds=30,routing.http2.enabled=false", "load-balancer-attributes: idle_timeout.timeout_seconds=60,client_keep_alive.seconds=600",
			func(lb *model.LoadBalancer) string { return attributeText(lb.Attributes) },
			"client_keep_alive.seconds=600 idle_timeout.timeout_seconds=30 routing.http2.enabled=false", "GW5001",
		},
		"odd attributes": {
			"load-balancer-attributes: idle_timeout.timeout_seconds=0,made.up=1", "",
			func(lb *model.LoadBalancer) string { return attributeText(lb.Attributes) }, "made.up=1", "GW5021 GW5022",
		},
		"tags": {
			"tags: Team=a,Env=dev", "tags: Team=b,Cost=1", func(lb *model.LoadBalancer) string { return tagText(lb.Tags) },
			"Cost=1 Env=dev Team=a elbv2.k8s.aws/cluster=c ingress.k8s.aws/resource=LoadBalancer ingress.k8s.aws/stack=g", "GW5029",
		},
	} {
		t.Run(name, func(t *testing.T) {
			lb, _, found := twoMembers(t, Options{ClusterName: "c"}, c.first, c.second)
			if got := c.get(lb); got != c.want || found != c.codes {
				t.Errorf("want %s (%s), got %s (%s)", c.want, c.codes, got, found)
			}
		})
	}
}

func attributeText(list []model.Attribute) string {
	var out []string
	for _, a := range list {
		out = append(out, a.Key+"="+a.Value)
	}
	return strings.Join(out, " ")
}

func tagText(list []model.Tag) string {
	var out []string
	for _, a := range list {
		out = append(out, a.Key+"="+a.Value)
	}
	return strings.Join(out, " ")
}

func TestPortsAreMergedAndAProtocolConflictCostsThePortOnly(t *testing.T) {
	lb, _, found := twoMembers(t, Options{UntaggedRules: true},
		`listen-ports: '[{"HTTP":80},{"HTTP":8080}]'`, `listen-ports: '[{"HTTP":80},{"HTTPS":8080}]'`+"\ncertificate-arn: arn:1")
	if found != "GW5002" {
		t.Errorf("diagnostics: %s", found)
	}
	if len(lb.Listeners) != 2 || len(lb.Listeners[0].Rules) != 2 || len(lb.Listeners[1].Rules) != 1 || lb.Listeners[1].Protocol != model.HTTP {
		t.Errorf("listeners: %+v", lb.Listeners)
	}
}

func TestSettingsOfSharedPorts(t *testing.T) {
	https := "certificate-arn: arn:1\n"
	_, m, found := twoMembers(t, Options{}, https+"inbound-cidrs: 10.0.0.0/8,192.168.0.0/16\nssl-policy: P1\n"+`mutual-authentication: '[{"port":443,"mode":"passthrough"}]'`,
		https+"inbound-cidrs: 192.168.0.0/16,10.0.0.0/8\nssl-policy: P2\n"+`mutual-authentication: '[{"port":443,"mode":"off"}]'`)
	l := m.LoadBalancers[0].Listeners[0]
	if l.SSLPolicy != "P1" || l.MutualAuthentication.Mode != "passthrough" || found != "GW5001 GW5001" {
		t.Errorf("%s: %+v", found, l)
	}
	if got := len(m.SecurityGroups[1].Ingress) + len(m.SecurityGroups[0].Ingress); got != 2 {
		t.Errorf("want two rules, got %+v", m.SecurityGroups)
	}
	_, m, found = twoMembers(t, Options{}, "inbound-cidrs: 10.0.0.0/8", "inbound-cidrs: 11.0.0.0/8\nsecurity-group-prefix-lists: pl-1")
	want := []model.SecurityGroupRule{
		{Protocol: "tcp", FromPort: 80, ToPort: 80, CIDR: "10.0.0.0/8"}, {Protocol: "tcp", FromPort: 80, ToPort: 80, PrefixList: "pl-1"},
	}
	if d := cmp.Diff(want, managed(m).Ingress); d != "" || found != "GW5001" {
		t.Errorf("%s %s", found, d)
	}
}

func managed(m *model.Model) model.SecurityGroup {
	for _, g := range m.SecurityGroups {
		if g.ID != elb.BackendSecurityGroup {
			return g
		}
	}
	return model.SecurityGroup{}
}

func TestTheFirstCertificateIsTheDefaultAndARepeatIsListedTwice(t *testing.T) {
	lb, m, _ := twoMembers(t, Options{}, "certificate-arn: arn:a,arn:b", "certificate-arn: arn:c,arn:a,arn:b")
	l := lb.Listeners[0]
	if l.Port != 443 || l.DefaultCertificate != "arn:a" || strings.Join(l.Certificates, " ") != "arn:b arn:c arn:a" {
		t.Errorf("got %+v", l)
	}
	if len(m.Certificates) != 3 {
		t.Errorf("certificates: %+v", m.Certificates)
	}
}

func TestOnlyOneDefaultBackendForEachPort(t *testing.T) {
	backend := "defaultBackend: {service: {name: web, port: {number: 80}}}"
	w := newWorld(t, Options{}, classYAML, webYAML, ing("b", "group.name: g", backend), ing("a", "group.name: g", backend))
	u := w.group("g")
	if codes(u.Diagnostics) != "GW5004" || u.Diagnostics[0].Object.Name != "b" {
		t.Errorf("diagnostics: %v", u.Diagnostics)
	}
	if got := actionText(w.listener("g", 80).DefaultActions); got != "a/web:80" {
		t.Errorf("default actions: %s", got)
	}
}

func TestSecurityGroups(t *testing.T) {
	for name, c := range map[string]struct {
		annotations string
		options     Options
		groups      string
		own         int
	}{
		"managed and backend":            {"", Options{}, "alb/g backend", 2},
		"managed without backend":        {"", Options{NoBackendSecurityGroup: true}, "alb/g", 1},
		"managed and existing backend":   {"", Options{BackendSecurityGroup: "sg-b"}, "alb/g sg-b", 1},
		"given":                          {"security-groups: sg-1", Options{}, "sg-1", 0},
		"given and backend":              {"security-groups: sg-1\n" + `manage-backend-security-group-rules: "true"`, Options{}, "sg-1 backend", 1},
		"given and backend by default":   {"security-groups: sg-1", Options{ManageBackendRules: true}, "sg-1 backend", 1},
		"given and not, against default": {"security-groups: sg-1\n" + `manage-backend-security-group-rules: "false"`, Options{ManageBackendRules: true}, "sg-1", 0},
	} {
		lb, m, _ := twoMembers(t, c.options, c.annotations, "")
		if got := strings.Join(lb.SecurityGroups, " "); got != c.groups || len(m.SecurityGroups) != c.own {
			t.Errorf("%s: want %s, got %s with %d groups", name, c.groups, got, len(m.SecurityGroups))
		}
	}
	_, m, _ := twoMembers(t, Options{}, "ip-address-type: dualstack", "")
	want := []model.SecurityGroupRule{
		{Protocol: "tcp", FromPort: 80, ToPort: 80, CIDR: "0.0.0.0/0"}, {Protocol: "tcp", FromPort: 80, ToPort: 80, CIDRv6: "::/0"},
	}
	if d := cmp.Diff(want, managed(m).Ingress); d != "" {
		t.Error(d)
	}
}

func TestALoadBalancerHasAtMostFiftyPorts(t *testing.T) {
	ports := func(from, n int) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf(`{"HTTP":%d}`, from+i))
		}
		return "listen-ports: '[" + strings.Join(out, ",") + "]'"
	}
	lb, _, found := twoMembers(t, Options{UntaggedRules: true}, ports(1000, 30), ports(1020, 40))
	if len(lb.Listeners) != 50 || found != strings.TrimSpace(strings.Repeat("GW5037 ", 10)) {
		t.Errorf("%d listeners, %s", len(lb.Listeners), found)
	}
	u := newWorld(t, Options{}, classYAML, webYAML, ing("web", ports(1, 51), to("/"))).group("shop/web")
	if u.Model != nil || codes(u.Diagnostics) != "GW3001" {
		t.Errorf("51 ports: %v", u.Diagnostics)
	}
}

func TestMembersKnowThePortsTheyAreServedOn(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, webYAML,
		ing("a", `group.name: g`+"\n"+`listen-ports: '[{"HTTP":8080},{"HTTP":80}]'`, to("/a")),
		ing("b", `group.name: g`+"\n"+`listen-ports: '[{"HTTPS":80},{"HTTP":81}]'`, to("/b")))
	u := w.group("g")
	if !slices.Equal(u.Members[0].Ports, []int32{80, 8080}) || !slices.Equal(u.Members[1].Ports, []int32{81}) {
		t.Errorf("members: %+v", u.Members)
	}
}
