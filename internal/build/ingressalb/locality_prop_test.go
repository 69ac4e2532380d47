package ingressalb

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// drawIngress makes an Ingress that is right, wrong or odd.
func drawIngress(t *rapid.T, label string) *networkingv1.Ingress {
	pick := func(what string, values ...string) string { return rapid.SampledFrom(values).Draw(t, label+what) }
	o := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{
		Namespace: pick("ns", "a", "b"), Name: pick("name", "x", "y", "z"), Annotations: map[string]string{},
	}}
	if class := pick("class", "alb", "alb", "alb", "other", "gone", ""); class != "" {
		o.Spec.IngressClassName = &class
	}
	note := func(key string, values ...string) {
		if v := pick(key, append(values, "", "")...); v != "" {
			o.Annotations[alb.Prefix+key] = v
		}
	}
	note("group.name", "g", "h", "Bad")
	note("group.order", "1", "-5", "1001")
	note("load-balancer-name", "one", "two", "-bad")
	note("scheme", "internal", "internet-facing", "wrong")
	note("ip-address-type", "dualstack", "ipv4")
	note("listen-ports", `[{"HTTP":80},{"HTTPS":443}]`, `[{"HTTP":8080}]`, `[{"HTTPS":80}]`, `[]`)
	note("ssl-redirect", "443", "80", "x")
	note("target-type", "ip", "instance")
	note("inbound-cidrs", "10.0.0.0/8", "11.0.0.0/8")
	note("load-balancer-attributes", "idle_timeout.timeout_seconds=1", "idle_timeout.timeout_seconds=x")
	note("tags", "a=1", "a=2", "=")
	note("actions.act", `{"type":"redirect","redirectConfig":{"protocol":"HTTPS","port":"443","statusCode":"HTTP_301"}}`, `{"type":"forward","targetGroupName":"n"}`, `{`)
	note("conditions.svc", `[{"field":"host-header","hostHeaderConfig":{"regexValues":["x"]}}]`, `[{"field":"source-ip"}]`)
	note("auth-type", "oidc", "cognito")
	for i := range rapid.IntRange(0, 3).Draw(t, label+"rules") {
		o.Spec.Rules = append(o.Spec.Rules, drawRule(t, fmt.Sprint(label, i)))
	}
	if rapid.Bool().Draw(t, label+"default") {
		b := drawBackend(t, label+"default")
		o.Spec.DefaultBackend = &b
	}
	return o
}

func drawRule(t *rapid.T, label string) networkingv1.IngressRule {
	r := networkingv1.IngressRule{Host: rapid.SampledFrom([]string{"", "a.example", "*.example"}).Draw(t, label+"host")}
	if rapid.IntRange(0, 5).Draw(t, label+"http") == 0 {
		return r
	}
	r.HTTP = &networkingv1.HTTPIngressRuleValue{}
	for i := range rapid.IntRange(0, 3).Draw(t, label+"paths") {
		name := fmt.Sprint(label, "path", i)
		p := networkingv1.HTTPIngressPath{
			Path:    rapid.SampledFrom([]string{"", "/", "/a", "/a/b/", "/a*"}).Draw(t, name),
			Backend: drawBackend(t, name),
		}
		if kind := rapid.SampledFrom([]networkingv1.PathType{"", "Exact", "Prefix", "ImplementationSpecific", "Odd"}).Draw(t, name+"type"); kind != "" {
			p.PathType = &kind
		}
		r.HTTP.Paths = append(r.HTTP.Paths, p)
	}
	return r
}

func drawBackend(t *rapid.T, label string) networkingv1.IngressBackend {
	switch rapid.IntRange(0, 7).Draw(t, label+"backend") {
	case 0:
		return networkingv1.IngressBackend{}
	case 1:
		return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: "act", Port: networkingv1.ServiceBackendPort{Name: "use-annotation"}}}
	case 2:
		return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: "gone", Port: networkingv1.ServiceBackendPort{Number: 80}}}
	case 3:
		return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: "svc"}}
	}
	return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: "svc", Port: networkingv1.ServiceBackendPort{Number: 80}}}
}

func fixtures() []any {
	class := func(name, controller string) any {
		return &networkingv1.IngressClass{
			ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: networkingv1.IngressClassSpec{Controller: controller},
		}
	}
	out := []any{class("alb", Controller), class("other", "example.com/other")}
	for _, ns := range []string{"a", "b"} {
		out = append(out, &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "svc"},
			Spec:       corev1.ServiceSpec{Type: "NodePort", Ports: []corev1.ServicePort{{Port: 80, NodePort: 30000}}},
		})
	}
	return out
}

func buildAll(b *Builder, all []any) map[string]build.Unit {
	in := build.Input{Objects: objects.NewSet()}
	for _, o := range all {
		in.Objects.Put(o)
	}
	out := map[string]build.Unit{}
	for _, key := range b.Units(in) {
		out[key] = b.Build(in, key)
	}
	return out
}

func TestTheOrderOfObjectsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := fixtures()
		for i := range rapid.IntRange(1, 5).Draw(t, "ingresses") {
			o := drawIngress(t, fmt.Sprint("i", i))
			o.Name = fmt.Sprint(o.Name, i) // no two of one name, or the last one put would count
			all = append(all, o)
		}
		want := buildAll(New(Options{ClusterName: "c"}), all)
		shuffled := rapid.Permutation(all).Draw(t, "order")
		if d := cmp.Diff(want, buildAll(New(Options{ClusterName: "c"}), shuffled)); d != "" {
			t.Fatal(d)
		}
	})
}

func TestAChangeTouchesOnlyTheUnitsThatItIsIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := New(Options{ClusterName: "c"})
		in := build.Input{Objects: objects.NewSet()}
		state := build.NewState(in, binding.Targets, b)
		for _, o := range fixtures() {
			in.Objects.Put(o)
		}
		state.Rebuild()
		for i := range rapid.IntRange(1, 8).Draw(t, "changes") {
			before := map[string]build.Unit{}
			for _, u := range state.Units() {
				before[u.Key] = *u
			}
			o := drawIngress(t, fmt.Sprint("c", i))
			key, _ := objects.KeyOf(o)
			touched := b.UnitsOf(in, key)
			change := build.Change{Put: o}
			if rapid.IntRange(0, 3).Draw(t, fmt.Sprint("delete", i)) == 0 {
				change = build.Change{Delete: key}
			}
			state.Apply(change)
			touched = append(touched, b.UnitsOf(in, key)...)
			fresh := map[string]build.Unit{}
			for _, k := range b.Units(in) {
				if u := b.Build(in, k); u.Model != nil || len(u.Diagnostics)+len(u.Members)+len(u.Missing) > 0 {
					fresh[k] = u
				}
			}
			now := map[string]build.Unit{}
			for _, u := range state.Units() {
				now[u.Key] = *u
				if old, ok := before[u.Key]; ok && !slices.Contains(touched, u.Key) {
					if d := cmp.Diff(old, *u); d != "" {
						t.Fatalf("unit %s changed with %v: %s", u.Key, key, d)
					}
				}
			}
			if d := cmp.Diff(fresh, now); d != "" {
				t.Fatalf("after %v the state differs from a fresh build: %s", key, d)
			}
		}
	})
}
