package testkit

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// What random worlds are made of: few names, so that objects meet.
var (
	someHosts    = []string{"", "a.example", "b.example", "*.example", "www.a.example"}
	somePaths    = []string{"/", "/x", "/x/y", "/x/", "/(.*)", "/v[0-9]+", "/x*"}
	someKinds    = []string{"exact", "prefix", "impl"}
	someServices = []string{"echo", "echo", "echo:80", "echo:80", "web", "web:http", "gone", "web:9999"}
	someNames    = []string{"one", "two", "three", "four"}
	someSecrets  = []string{"tls", "users"}

	nginxAnnotations = map[string][]string{
		"use-regex":            {"true", "false", "maybe"},
		"rewrite-target":       {"/", "/$1"},
		"ssl-redirect":         {"true", "false"},
		"force-ssl-redirect":   {"true"},
		"proxy-body-size":      {"8m", "0", "many"},
		"auth-type":            {"basic"},
		"auth-secret":          {"users", "gone", "other/users"},
		"app-root":             {"/app"},
		"permanent-redirect":   {"https://b.example/"},
		"canary":               {"true"},
		"canary-weight":        {"20", "200"},
		"canary-by-header":     {"X-Canary"},
		"proxy-read-timeout":   {"5", "x"},
		"no-such-annotation":   {"1"},
		"backend-protocol":     {"HTTPS", "FCGI"},
		"upstream-vhost":       {"inner.example"},
		"whitelist-source-ran": {"10.0.0.0/8"},
	}
	albAnnotations = map[string][]string{
		"scheme":                   {"internal", "internet-facing", "public"},
		"target-type":              {"ip", "instance"},
		"group.name":               {"shared"},
		"group.order":              {"1", "-1", "2000"},
		"listen-ports":             {`[{"HTTP": 80}]`, `[{"HTTP": 8080}, {"HTTP": 80}]`, `[{"HTTP": 80}, {"HTTPS": 443}]`, "80"},
		"certificate-arn":          {"arn:1", "arn:1,arn:2", "arn:2"},
		"ssl-redirect":             {"443"},
		"target-group-attributes":  {"stickiness.enabled=true,stickiness.type=lb_cookie", "slow_start.duration_seconds=30"},
		"conditions.echo":          {`[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X-Canary","values":["always"]}}]`},
		"transforms.echo":          {`[{"type":"url-rewrite","urlRewriteConfig":{"rewrites":[{"regex":"^/x","replace":"/y"}]}}]`},
		"actions.echo":             {`{"type":"redirect","redirectConfig":{"host":"b.example","statusCode":"HTTP_302"}}`},
		"healthcheck-path":         {"/health"},
		"success-codes":            {"200", "999"},
		"load-balancer-attributes": {"idle_timeout.timeout_seconds=30", "no.such=1"},
		"tags":                     {"Team=a", "Team=b"},
		"actions.web":              {`{"type":"fixed-response","fixedResponseConfig":{"statusCode":"200"}}`},
		"inbound-cidrs":            {"10.0.0.0/8"},
	}
)

// nlbAnnotations are those of Services.
var nlbAnnotations = map[string][]string{
	"aws-load-balancer-scheme":          {"internet-facing", "internal", "public"},
	"aws-load-balancer-nlb-target-type": {"ip", "instance"},
	"aws-load-balancer-ssl-cert":        {"arn:1"},
	"aws-load-balancer-disable-nlb-sg":  {"true"},
	"load-balancer-source-ranges":       {"10.0.0.0/8,192.0.2.0/24"},
	"aws-load-balancer-attributes":      {"load_balancing.cross_zone.enabled=true"},
	"actions.TCP-80":                    {`{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":80}]}}`, `{"type":"forward","forwardConfig":{"baseServiceWeight":0,"targetGroups":[{"serviceName":"echo","servicePort":80,"weight":5}],"targetGroupStickinessConfig":{"enabled":true}}}`},
}

// randomObject draws an Ingress, now and then a Service or a Secret.
func randomObject(t *rapid.T, o Options) any {
	d := short{Namespace: rapid.SampledFrom([]string{"", "", "other"}).Draw(t, "namespace")}
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0:
		d.Service = "web"
		d.Ports = []string{rapid.SampledFrom([]string{"http=80", "http=80->web", "80"}).Draw(t, "port")}
		d.Type = rapid.SampledFrom([]string{"ClusterIP", "NodePort"}).Draw(t, "type")
		if rapid.IntRange(0, 2).Draw(t, "load balancer?") == 0 {
			d.balance(t)
		}
	case 1:
		d.Secret = rapid.SampledFrom(someSecrets).Draw(t, "secret")
		if d.Secret == "tls" {
			d.Certificate = []string{rapid.SampledFrom([]string{"a.example", "*.example"}).Draw(t, "certificate")}
		} else {
			d.Users = map[string]string{"ann": "secret"}
		}
	default:
		d.Ingress = rapid.SampledFrom(someNames).Draw(t, "name")
		d.Class = rapid.SampledFrom([]string{"nginx", "nginx", "alb", "alb", "annotation nginx", "none", "other"}).Draw(t, "class")
		d.Created = fmt.Sprintf("2026-01-0%dT00:00:00Z", rapid.IntRange(1, 3).Draw(t, "created"))
		keys := nginxAnnotations
		if d.Class == "alb" {
			keys = albAnnotations
		}
		d.Annotations = map[string]string{}
		names := make([]string, 0, len(keys))
		for k := range keys {
			names = append(names, k)
		}
		slices.Sort(names)
		for range rapid.IntRange(0, 3).Draw(t, "annotations") {
			key := rapid.SampledFrom(names).Draw(t, "key")
			d.Annotations[key] = rapid.SampledFrom(keys[key]).Draw(t, "value")
		}
		for range rapid.IntRange(0, 3).Draw(t, "rules") {
			d.Rules = append(d.Rules, fmt.Sprintf("%s%s %s -> %s", rapid.SampledFrom(someHosts).Draw(t, "host"),
				rapid.SampledFrom(somePaths).Draw(t, "path"), rapid.SampledFrom(someKinds).Draw(t, "type"),
				rapid.SampledFrom(someServices).Draw(t, "backend")))
		}
		if len(d.Rules) == 0 || rapid.Bool().Draw(t, "has default") {
			d.Default = rapid.SampledFrom(someServices).Draw(t, "default")
		}
		if rapid.Bool().Draw(t, "has tls") {
			d.TLS = []string{rapid.SampledFrom(someHosts).Draw(t, "tls host") + " -> tls"}
		}
	}
	return d.object(t, o)
}

// balance makes a Service one of type LoadBalancer.
func (d *short) balance(t *rapid.T) {
	d.Class, d.Type = "nlb", ""
	d.Service = rapid.SampledFrom([]string{"web", "tcp"}).Draw(t, "service")
	d.Annotations = map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(nlbAnnotations)) {
		if rapid.IntRange(0, 3).Draw(t, key+"?") == 0 {
			d.Annotations[key] = rapid.SampledFrom(nlbAnnotations[key]).Draw(t, key)
		}
	}
}

func (d *short) object(t *rapid.T, o Options) any {
	object, err := d.expand(o)
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := object.(*corev1.Service); ok {
		s.UID = types.UID(s.Namespace + "/" + s.Name) // as every Service has one; it tells the target groups of two load balancers apart
	}
	return object
}

func emptyWorld(t *rapid.T) *world {
	w, err := newWorld(Options{Class: "nginx", AnyClient: true})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Properties 2 and the one that incremental building rests on: neither the order of objects nor the way a state was
// reached changes model or diagnostics.
func TestOrderAndHistoryChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := emptyWorld(t)
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			if len(w.put) > 0 && rapid.IntRange(0, 3).Draw(t, "delete?") == 0 {
				gone, _ := objects.KeyOf(rapid.SampledFrom(w.put).Draw(t, "gone"))
				w.apply(nil, []objects.Key{gone})
				continue
			}
			w.apply([]any{randomObject(t, w.options)}, nil)
		}
		w.put = rapid.Permutation(w.put).Draw(t, "order")
		fresh, err := w.again()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(lines(fresh.wholeModel()), lines(w.wholeModel())); d != "" {
			t.Fatalf("model (- at once, + step by step):\n%s", d)
		}
		if d := cmp.Diff(lines(fresh.diagnostics()), lines(w.diagnostics())); d != "" {
			t.Fatalf("diagnostics (- at once, + step by step):\n%s", d)
		}
	})
}

// Property 5: changing one Ingress never changes the rules of hosts it does not name (class nginx), nor another group's
// load balancer (class alb). A wildcard names the hosts one label below it too: whether plain HTTP is redirected there
// depends on the wildcard's certificate, as with ingress-nginx.
func TestChangingAnIngressLeavesOtherHostsAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := emptyWorld(t)
		for range rapid.IntRange(1, 6).Draw(t, "objects") {
			w.apply([]any{randomObject(t, w.options)}, nil)
		}
		next, ok := randomObject(t, w.options).(*networkingv1.Ingress)
		if !ok {
			t.Skip("the change is no Ingress")
		}
		k, _ := objects.KeyOf(next)
		hosts, groups := objects.HostsOf(next), []string{groupOf(next)}
		if old := w.state.Objects().Ingress(k.Name); old != nil {
			hosts, groups = append(hosts, objects.HostsOf(old)...), append(groups, groupOf(old))
		}
		before := w.parts()
		w.apply([]any{next}, nil)
		after := w.parts()
		for name := range before {
			kind, what, _ := strings.Cut(name, " ")
			if kind == "host" && names(hosts, what) || kind == "group" && slices.Contains(groups, what) {
				continue
			}
			if d := cmp.Diff(lines(before[name]), lines(after[name])); d != "" {
				t.Fatalf("a change of %s for %q changed %s:\n%s", k, hosts, name, d)
			}
		}
	})
}

// names says whether a host is among hosts, or one label below a wildcard there.
func names(hosts []string, host string) bool {
	_, domain, _ := strings.Cut(host, ".")
	return slices.Contains(hosts, host) || slices.Contains(hosts, "*."+domain)
}

// groupOf is the IngressGroup that an Ingress belongs to.
func groupOf(ing *networkingv1.Ingress) string {
	if name := ing.Annotations["alb.ingress.kubernetes.io/group.name"]; name != "" {
		return "alb/" + name
	}
	return "alb/" + ing.Namespace + "/" + ing.Name
}

// parts are the rules of each host of class nginx and each load balancer of class alb, as text.
func (w *world) parts() map[string]string {
	out := map[string]string{}
	for _, b := range w.state.Model().LoadBalancers {
		if b.Dialect != model.DialectNginx {
			one := model.Model{LoadBalancers: []model.LoadBalancer{b}}
			out["group "+b.ID] = string(model.Print(&one, model.ForCases()))
			continue
		}
		for _, l := range b.Listeners {
			for _, r := range l.Rules {
				host := ""
				for _, c := range r.Conditions {
					if c.Field == model.HostHeader {
						host = c.Values[0]
					}
				}
				one := model.Model{LoadBalancers: []model.LoadBalancer{{Listeners: []model.Listener{{Rules: []model.Rule{r}}}}}}
				out["host "+host] += string(model.Print(&one, model.ForCases()))
			}
		}
	}
	return out
}
