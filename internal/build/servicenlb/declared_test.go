package servicenlb

import (
	"maps"
	"reflect"
	"testing"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
)

// Every annotation that AWS is said to carry out must make a difference to what is built.
func TestEveryDeclaredAnnotationIsRead(t *testing.T) {
	const aws = "aws-load-balancer-"
	tls := map[string]string{aws + "ssl-cert": "arn:1"}
	local := map[string]string{aws + "healthcheck-protocol": "http"}
	dualstack := map[string]string{aws + "ip-address-type": "dualstack"}
	// Annotations that make another one matter, values in place of examples, and names of members of families.
	needs := map[string]map[string]string{
		aws + "ssl-ports":                           tls,
		aws + "ssl-negotiation-policy":              tls,
		aws + "alpn-policy":                         tls,
		aws + "backend-protocol":                    tls,
		aws + "healthcheck-path":                    local,
		aws + "healthcheck-success-codes":           local,
		aws + "access-log-s3-bucket-name":           {aws + "access-log-enabled": "true"},
		aws + "access-log-s3-bucket-prefix":         {aws + "access-log-enabled": "true"},
		aws + "ipv6-addresses":                      dualstack,
		aws + "enable-prefix-for-ipv6-source-nat":   dualstack,
		aws + "source-nat-ipv6-prefixes":            {aws + "ip-address-type": "dualstack", aws + "enable-prefix-for-ipv6-source-nat": "on"},
		aws + "eip-allocations":                     {aws + "scheme": "internet-facing"},
		aws + "manage-backend-security-group-rules": {aws + "security-groups": "sg-1"},
	}
	values := map[string]string{
		aws + "subnets":                  "named",
		aws + "internal":                 "false",
		aws + "security-groups":          "sg-1",
		aws + "ssl-ports":                "http",
		aws + "quic-enabled-ports":       "dns",
		aws + "eip-allocations":          "eipalloc-1",
		aws + "private-ipv4-addresses":   "10.0.1.10",
		aws + "ipv6-addresses":           "2600:1f13:837:8500::9",
		aws + "source-nat-ipv6-prefixes": "2600:1f13:837:8500:9::/80",
		"actions.":                       `{"type":"forward","forwardConfig":{"targetGroups":[{"targetGroupARN":"arn:tg"}]}}`,
	}
	members := map[string]string{
		aws + "listener-attributes.": "TCP-80", aws + "target-group-attributes.": "80", "actions.": "TCP-80",
	}
	const spec = "ports: [{name: http, port: 80, nodePort: 30080}, {name: admin, port: 81, nodePort: 30081}, {name: dns, port: 53, protocol: UDP, nodePort: 30053}, {name: dns-tcp, port: 53, nodePort: 30054}]"
	for _, k := range nlb.Registry().All() {
		e := k.Declaration()
		switch {
		case e.External.Level == annotation.No:
			continue
		case e.Suffix == nlb.Type.Suffix: // decides only without a class: TestWhichServicesAreOurs
			continue
		}
		t.Run(e.Suffix, func(t *testing.T) {
			without := service(t, "web", "", spec)
			for key, value := range needs[e.Suffix] {
				without.Annotations[nlb.Prefix+key] = value
			}
			value := e.Example
			if v, ok := values[e.Suffix]; ok {
				value = v
			}
			with := without.DeepCopy()
			with.Annotations = maps.Clone(without.Annotations)
			with.Annotations[nlb.Prefix+e.Suffix+members[e.Suffix]] = value
			before, after := newWorld(Options{}, without).unit("web"), newWorld(Options{}, with).unit("web")
			if after.Model == nil {
				t.Fatalf("no model: %v", after.Diagnostics)
			}
			if reflect.DeepEqual(before.Model, after.Model) {
				t.Errorf("%s: %s makes no difference: %v", e.Suffix, value, after.Diagnostics)
			}
		})
	}
}
