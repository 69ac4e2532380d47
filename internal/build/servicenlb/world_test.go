package servicenlb

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// service reads a Service of namespace shop: annotations as "key: value" lines without the prefix, then the rest of the
// spec as YAML.
func service(t testing.TB, name, annotations, spec string) *corev1.Service {
	t.Helper()
	text := "metadata:\n  namespace: shop\n  name: " + name + "\n  uid: uid-" + name + "\n  annotations:\n    x/y: z\n"
	for line := range strings.SplitSeq(annotations, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			text += "    " + nlb.Prefix + line + "\n"
		}
	}
	text += "spec:\n  type: LoadBalancer\n  loadBalancerClass: service.k8s.aws/nlb\n"
	if spec == "" {
		spec = "ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]"
	}
	for line := range strings.SplitSeq(spec, "\n") {
		text += "  " + line + "\n"
	}
	svc := &corev1.Service{}
	if err := yaml.UnmarshalStrict([]byte(text), svc); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return svc
}

// cloudOf has one subnet for each scheme, with IPv6, and no load balancer of the Services named.
func cloudOf(services ...string) map[lookup.Question]lookup.Answer {
	subnet := func(id string) []lookup.Subnet {
		return []lookup.Subnet{{
			ID: id, Zone: "a", FreeAddresses: 100, IPv6: true, IPv4CIDRs: []string{"10.0.1.0/24"}, IPv6CIDRs: []string{"2600:1f13:837:8500::/64"},
		}}
	}
	out := map[lookup.Question]lookup.Answer{
		{Kind: lookup.Subnets, Scheme: "internal"}:        {Subnets: subnet("subnet-1")},
		{Kind: lookup.Subnets, Scheme: "internet-facing"}: {Subnets: subnet("subnet-2")},
		{Kind: lookup.Subnets, Name: "named"}:             {Subnets: []lookup.Subnet{{ID: "subnet-3", Name: "named", IPv6: true}}},
		{Kind: lookup.VPC}:                                {VPC: &lookup.Network{ID: "vpc-1", IPv4CIDRs: []string{"10.0.0.0/16"}}},
	}
	for _, name := range services {
		out[lookup.LoadBalancerOf(lookup.ServiceStacks, "shop/"+name)] = lookup.Answer{}
	}
	return out
}

type world struct {
	b *Builder
	build.Input
}

func newWorld(o Options, all ...*corev1.Service) *world {
	w := &world{b: New(o), Input: build.Input{Objects: objects.NewSet(), Lookups: lookup.NewTable(cloudOf("web", "other"))}}
	for _, svc := range all {
		w.Objects.Put(svc)
	}
	return w
}

// unit builds a Service's unit.
func (w *world) unit(name string) build.Unit { return w.b.Build(w.Input, serviceUnit+"shop/"+name) }

// codes lists the codes of diagnostics, in their order.
func codes(ds []diag.Diagnostic) string {
	var out []string
	for _, d := range ds {
		out = append(out, string(d.Code))
	}
	return strings.Join(out, " ")
}

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
