package ingressalb

import (
	"maps"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/build/elb"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// The Service and class that most tests use.
const (
	classYAML = `
kind: IngressClass
metadata: {name: alb}
spec: {controller: ingress.k8s.aws/alb}
`
	webYAML = `
kind: Service
metadata: {namespace: shop, name: web, uid: u1}
spec:
  type: NodePort
  ports:
  - {name: http, port: 80, targetPort: 8080, nodePort: 30080}
  - {name: admin, port: 9000, targetPort: adm, nodePort: 30090}
---
kind: Service
metadata: {namespace: shop, name: api, uid: u2}
spec:
  type: NodePort
  ports: [{port: 80, targetPort: 8080, nodePort: 30081}]
`
)

// objectsOf reads YAML documents.
func objectsOf(t testing.TB, text string) []any {
	t.Helper()
	var out []any
	for _, doc := range strings.Split(text, "\n---\n") {
		if strings.TrimSpace(doc) == "" {
			continue
		}
		var kind struct{ Kind string }
		if err := yaml.Unmarshal([]byte(doc), &kind); err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		var o any
		switch kind.Kind {
		case "Ingress":
			o = &networkingv1.Ingress{}
		case "IngressClass":
			o = &networkingv1.IngressClass{}
		case "Service":
			o = &corev1.Service{}
		case "Secret":
			o = &corev1.Secret{}
		case "Node":
			o = &corev1.Node{}
		case "Namespace":
			o = &corev1.Namespace{}
		case "EndpointSlice":
			o = &discoveryv1.EndpointSlice{}
		case "IngressClassParams":
			o = &elbv2.IngressClassParams{}
		default:
			t.Fatalf("kind %q", kind.Kind)
		}
		if err := yaml.UnmarshalStrict([]byte(doc), o); err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		out = append(out, o)
	}
	return out
}

// ing writes an Ingress of namespace shop: annotations as "key: value" lines without the prefix, then the spec as YAML
// without its indentation.
func ing(name, annotations, spec string) string {
	var b strings.Builder
	b.WriteString("kind: Ingress\nmetadata:\n  namespace: shop\n  name: " + name + "\n")
	if annotations != "" {
		b.WriteString("  annotations:\n")
		for line := range strings.SplitSeq(strings.TrimSpace(annotations), "\n") {
			line = strings.TrimSpace(line)
			if !strings.HasPrefix(line, "kubernetes.io/") {
				line = "alb.ingress.kubernetes.io/" + line
			}
			b.WriteString("    " + line + "\n")
		}
	}
	b.WriteString("spec:\n")
	if !strings.Contains(spec, "ingressClassName") && !strings.Contains(annotations, "kubernetes.io/ingress.class") {
		b.WriteString("  ingressClassName: alb\n")
	}
	for line := range strings.SplitSeq(strings.Trim(spec, "\n"), "\n") {
		b.WriteString("  " + line + "\n")
	}
	return b.String()
}

// to is a spec that sends one path to Service web, port 80.
func to(path string) string {
	return "rules: [{http: {paths: [{path: " + path + ", pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]"
}

type world struct {
	t testing.TB
	b *Builder
	build.Input
}

func newWorld(t testing.TB, o Options, docs ...string) *world {
	t.Helper()
	w := &world{t: t, b: New(o), Input: build.Input{Objects: objects.NewSet()}}
	for _, d := range docs {
		for _, o := range objectsOf(t, d) {
			w.Objects.Put(o)
		}
	}
	return w.lookups(nil)
}

// lookups gives answers; groups have no load balancer yet unless one of them says otherwise.
func (w *world) lookups(answers map[lookup.Question]lookup.Answer) *world {
	all := map[lookup.Question]lookup.Answer{}
	for _, group := range []string{"shop/web", "shared", "g"} {
		all[lookup.LoadBalancerOf(lookup.IngressStacks, group)] = lookup.Answer{}
	}
	maps.Copy(all, answers)
	w.Lookups = lookup.NewTable(all)
	return w
}

// group builds the unit of a group.
func (w *world) group(id string) build.Unit { return w.b.Build(w.Input, groupUnit+id) }

// listener finds a listener of a group's load balancer; nil when there is none.
func (w *world) listener(id string, port int32) *model.Listener {
	w.t.Helper()
	u := w.group(id)
	if u.Model == nil {
		w.t.Fatalf("group %s has no model: %v", id, u.Diagnostics)
	}
	for i := range u.Model.LoadBalancers[0].Listeners {
		if l := &u.Model.LoadBalancers[0].Listeners[i]; l.Port == port {
			return l
		}
	}
	return nil
}

// codes lists the codes of diagnostics, sorted as they come.
func codes(ds []diag.Diagnostic) string {
	var out []string
	for _, d := range ds {
		out = append(out, string(d.Code))
	}
	return strings.Join(out, " ")
}

// ruleText writes rules as "path,path -> action" lines, for comparison.
func ruleText(l *model.Listener) string {
	if l == nil {
		return "no listener"
	}
	var b strings.Builder
	for _, r := range l.Rules {
		var parts []string
		for _, c := range r.Conditions {
			text := strings.Join(c.Values, ",")
			if len(c.RegexValues) > 0 {
				text = "~" + strings.Join(c.RegexValues, ",~")
			}
			for _, q := range c.Query {
				text += q.Key + "=" + q.Value
			}
			switch c.Field {
			case model.PathPattern:
			case model.HostHeader:
				text = "host " + text
			default:
				text = string(c.Field) + " " + c.Name + text
			}
			parts = append(parts, text)
		}
		b.WriteString(strings.Join(parts, " & ") + " -> " + actionText(r.Actions) + "\n")
	}
	return b.String()
}

func actionText(actions []model.Action) string {
	var out []string
	for _, a := range actions {
		text := string(a.Type)
		switch a.Type {
		case model.ActionForward:
			var groups []string
			for _, g := range a.Forward.TargetGroups {
				groups = append(groups, strings.TrimPrefix(g.TargetGroup, "alb/shop/"))
			}
			text = strings.Join(groups, "+")
		case model.ActionFixedResponse:
			text = elb.PortText(a.FixedResponse.StatusCode)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}
