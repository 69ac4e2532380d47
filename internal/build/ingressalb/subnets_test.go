package ingressalb

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

func subnet(id, zone string, tags ...string) lookup.Subnet {
	s := lookup.Subnet{ID: "subnet-" + id, Name: id, Zone: zone, Locale: "availability-zone", FreeAddresses: 100, Tags: map[string]string{}}
	for _, t := range tags {
		key, value, _ := strings.Cut(t, "=")
		s.Tags[key] = value
	}
	return s
}

func TestSubnetDiscovery(t *testing.T) {
	const role, mine, others = "kubernetes.io/role/elb=1", "kubernetes.io/cluster/c=owned", "kubernetes.io/cluster/x=shared"
	full := subnet("3", "c", role)
	full.FreeAddresses = 7
	reach := func(s lookup.Subnet) lookup.Subnet { s.ReachesGateway = true; return s }
	v6 := func(s lookup.Subnet) lookup.Subnet { s.IPv6 = true; return s }
	local := func(s lookup.Subnet) lookup.Subnet { s.Locale = "local-zone"; return s }
	for name, c := range map[string]struct {
		annotations string
		options     Options
		answer      []lookup.Subnet
		want, codes string
	}{
		"one for each zone, lowest id":  {"", Options{}, []lookup.Subnet{subnet("9", "a", role), subnet("2", "b", role), subnet("1", "a", role)}, "1 2", ""},
		"this cluster's first":          {"", Options{}, []lookup.Subnet{subnet("1", "a", role), subnet("9", "a", role, mine), subnet("2", "b", role)}, "2 9", ""},
		"role tag before reachability":  {"", Options{}, []lookup.Subnet{subnet("1", "a", role), subnet("2", "b", role), reach(subnet("3", "c"))}, "1 2", ""},
		"a role tag of another value":   {"", Options{}, []lookup.Subnet{subnet("1", "a", "kubernetes.io/role/elb=no"), reach(subnet("2", "b")), reach(subnet("3", "c"))}, "2 3", ""},
		"reachability":                  {"", Options{}, []lookup.Subnet{subnet("1", "a"), reach(subnet("2", "b")), reach(subnet("3", "c"))}, "2 3", ""},
		"no reachability by option":     {"", Options{NoReachability: true}, []lookup.Subnet{reach(subnet("2", "b")), reach(subnet("3", "c"))}, "", "GW6004"},
		"others' and full ones":         {"", Options{}, []lookup.Subnet{subnet("1", "a", role), subnet("2", "b", role, others), full}, "", "GW6004"},
		"others' by option":             {"", Options{AnyClusterSubnets: true}, []lookup.Subnet{subnet("1", "a", role), subnet("2", "b", role, others)}, "1 2", ""},
		"shared with this cluster":      {"", Options{}, []lookup.Subnet{subnet("1", "a", role), subnet("2", "b", role, others, mine)}, "1 2", ""},
		"one zone":                      {"", Options{}, []lookup.Subnet{subnet("1", "a", role)}, "", "GW6004"},
		"one zone by option":            {"", Options{SingleSubnet: true}, []lookup.Subnet{subnet("1", "a", role)}, "1", ""},
		"one local zone":                {"", Options{}, []lookup.Subnet{local(subnet("1", "a", role))}, "1", ""},
		"mixed kinds":                   {"", Options{}, []lookup.Subnet{local(subnet("1", "a", role)), subnet("2", "b", role)}, "", "GW6006"},
		"dualstack":                     {"ip-address-type: dualstack", Options{}, []lookup.Subnet{subnet("1", "a", role), v6(subnet("2", "b", role)), v6(subnet("3", "c", role))}, "2 3", ""},
		"an answer without any signals": {"", Options{}, []lookup.Subnet{subnet("1", "a"), subnet("2", "b")}, "1 2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.options.ClusterName = "c"
			w := newWorld(t, c.options, classYAML, webYAML, ing("web", "scheme: internet-facing\n"+c.annotations, to("/"))).lookups(
				map[lookup.Question]lookup.Answer{{Kind: lookup.Subnets, Scheme: "internet-facing"}: {Subnets: c.answer}})
			u := w.group("shop/web")
			if got := subnetText(u.Model); got != c.want || codes(u.Diagnostics) != c.codes || len(u.Missing) != 0 {
				t.Errorf("want %q (%s), got %q: %v %v", c.want, c.codes, got, u.Diagnostics, u.Missing)
			}
		})
	}
}

func subnetText(m *model.Model) string {
	var out []string
	for _, s := range m.LoadBalancers[0].Subnets {
		out = append(out, strings.TrimPrefix(s.SubnetID, "subnet-"))
	}
	return strings.Join(out, " ")
}

func TestNamedSubnets(t *testing.T) {
	answers := map[lookup.Question]lookup.Answer{
		{Kind: lookup.Subnets, Name: "subnet-1"}: {Subnets: []lookup.Subnet{subnet("1", "a")}},
		{Kind: lookup.Subnets, Name: "same"}: {Subnets: []lookup.Subnet{
			{ID: "subnet-9", Name: "same", Zone: "c", Locale: "availability-zone"}, {ID: "subnet-8", Name: "same", Zone: "b", Locale: "availability-zone"},
		}},
		{Kind: lookup.Subnets, Name: "subnet-a2"}: {Subnets: []lookup.Subnet{subnet("a2", "a")}},
		{Kind: lookup.Subnets, Name: "gone"}:      {},
		{Kind: lookup.Subnets, Name: "denied"}:    {Err: "access denied"},
	}
	for list, want := range map[string]string{
		"same,subnet-1":      "8 1 ",
		"same,same":          "8 9 ",
		"same,same,same":     " GW6002",
		"subnet-1,gone":      " GW6002",
		"subnet-1,subnet-a2": " GW6003",
		"subnet-1":           " GW6004",
		"subnet-1,denied":    " GW6001",
	} {
		u := newWorld(t, Options{}, classYAML, webYAML, ing("web", "subnets: "+list, to("/"))).lookups(answers).group("shop/web")
		if got := subnetText(u.Model) + " " + codes(u.Diagnostics); got != want {
			t.Errorf("%s: want %q, got %q", list, want, got)
		}
	}
	u := newWorld(t, Options{}, classYAML, webYAML, ing("web", "subnets: b,a", to("/"))).group("shop/web")
	if len(u.Missing) != 2 || u.Missing[0].Name != "a" || len(u.Model.LoadBalancers[0].Listeners) != 1 {
		t.Errorf("missing: %v", u.Missing)
	}
}

func TestSubnetsByTags(t *testing.T) {
	params := strings.Replace(paramsYAML, "  scheme: internet-facing\n", "  subnets: {tags: {tier: [b, a], vpc: [main]}}\n", 1)
	w := newWorld(t, Options{}, strings.Replace(params, "dualstack", "ipv4", 1), webYAML, ing("web", "", to("/")))
	u := w.group("shared")
	if len(u.Missing) != 1 || u.Missing[0].Name != "tags:tier=a|b;vpc=main" || !u.Missing[0].Tagged() {
		t.Fatalf("missing: %v", u.Missing)
	}
	w.lookups(map[lookup.Question]lookup.Answer{u.Missing[0]: {Subnets: []lookup.Subnet{
		subnet("1", "a", "tier=a", "vpc=main"), subnet("2", "b", "tier=b", "vpc=main"), subnet("3", "c", "tier=a"),
	}}})
	if got := subnetText(w.group("shared").Model); got != "1 2" {
		t.Errorf("got %s", got)
	}
}

func TestCertificateDiscovery(t *testing.T) {
	https := `listen-ports: '[{"HTTPS":443}]'`
	spec := "tls: [{hosts: [B.example]}]\nrules: [{host: a.sub.example}, {http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]"
	docs := []string{classYAML, webYAML, ing("web", https, spec)}
	q := lookup.Question{Kind: lookup.Certificates}
	u := newWorld(t, Options{}, docs...).group("shop/web")
	if len(u.Missing) != 2 || u.Missing[0] != q || len(u.Model.LoadBalancers[0].Listeners[0].Rules) != 1 {
		t.Fatalf("missing: %v", u.Missing)
	}
	if len(u.Diagnostics) != 0 {
		t.Errorf("something is told before the answer is there: %v", u.Diagnostics)
	}
	all := []lookup.Certificate{
		{ARN: "arn:3", Names: []string{"*.Sub.example"}, Authority: "ca"},
		{ARN: "arn:2", Names: []string{"b.example", "c.example"}},
		{ARN: "arn:1", Names: []string{"*.sub.example"}, Chain: []byte("chain")},
		{ARN: "arn:4", Names: []string{"*.example"}},
	}
	answers := map[lookup.Question]lookup.Answer{q: {Certificates: all}}
	u = newWorld(t, Options{}, docs...).lookups(answers).group("shop/web")
	l := u.Model.LoadBalancers[0].Listeners[0]
	if l.DefaultCertificate != "arn:1" || strings.Join(l.Certificates, " ") != "arn:2 arn:3 arn:4" {
		t.Errorf("got %s %v", l.DefaultCertificate, l.Certificates)
	}
	if c := u.Model.Certificates[0]; string(c.Chain) != "chain" || c.Hosts[0] != "*.sub.example" {
		t.Errorf("got %+v", c)
	}
	u = newWorld(t, Options{AllowedAuthorities: []string{"ca"}}, docs...).lookups(answers).group("shop/web")
	if u.Model != nil || !strings.Contains(codes(u.Diagnostics), "GW6007") {
		t.Errorf("a host without a certificate: %v", u.Diagnostics)
	}
}

func TestCertificatesCoverOneLabel(t *testing.T) {
	for _, c := range []struct {
		name, host string
		want       bool
	}{
		{"a.example", "a.example", true},
		{"*.example", "a.example", true},
		{"*.example", "a.b.example", false},
		{"*.example", "example", false},
		{"*.b.example", "a.b.example", true},
		{"*", "a", false},
	} {
		if covers(c.name, c.host) != c.want {
			t.Errorf("%s %s: want %v", c.name, c.host, c.want)
		}
	}
}

func TestAnHTTPSListenerWithoutAnyCertificateIsTold(t *testing.T) {
	u := newWorld(t, Options{}, classYAML, webYAML, ing("web", `listen-ports: '[{"HTTPS":443}]'`, to("/"))).group("shop/web")
	if codes(u.Diagnostics) != "GW5034" || len(u.Model.LoadBalancers[0].Listeners) != 1 {
		t.Errorf("got %v", u.Diagnostics)
	}
}
