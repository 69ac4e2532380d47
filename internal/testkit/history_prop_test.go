package testkit

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Flags that make single objects matter to everything.
var historyOptions = Options{
	Class:     "nginx",
	NoClasses: true,
	Nginx: map[string]any{
		"ConfigMap":             objects.Name{Namespace: "default", Name: "controller"},
		"DefaultBackendService": objects.Name{Namespace: "default", Name: "web"},
		"DefaultSSLCertificate": objects.Name{Namespace: "default", Name: "both"},
		"HealthCheckPath":       "/healthz",
	},
}

// Whatever objects of whatever kind came and went, the state is what a fresh build of those that are left gives.
func TestAnyHistoryOfAnyObjectsGivesTheSameState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state, err := newState(historyOptions)
		if err != nil {
			t.Fatal(err)
		}
		state.Rebuild()
		put := map[objects.Key]any{}
		for range rapid.IntRange(3, 16).Draw(t, "changes") {
			o := anyObject(t)
			k, _ := objects.KeyOf(o)
			c := build.Change{Put: o}
			if _, there := put[k]; there && rapid.IntRange(0, 2).Draw(t, "delete?") == 0 {
				c = build.Change{Delete: k}
				delete(put, k)
			} else {
				put[k] = o
			}
			state.Apply(c)
			if rapid.IntRange(0, 2).Draw(t, "look?") == 0 {
				sameAsFresh(t, state, put, c)
			}
		}
		sameAsFresh(t, state, put, build.Change{})
	})
}

func sameAsFresh(t *rapid.T, state *build.State, put map[objects.Key]any, last build.Change) {
	fresh, err := newState(historyOptions)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range put {
		fresh.Objects().Put(o)
	}
	fresh.Rebuild()
	one, other := &world{state: fresh}, &world{state: state}
	if d := cmp.Diff(lines(one.wholeModel()), lines(other.wholeModel())); d != "" {
		t.Fatalf("model after %v (- at once, + step by step):\n%s", last, d)
	}
	if d := cmp.Diff(lines(one.diagnostics()), lines(other.diagnostics())); d != "" {
		t.Fatalf("diagnostics after %v (- at once, + step by step):\n%s", last, d)
	}
	if d := cmp.Diff(membersOf(fresh), membersOf(state)); d != "" {
		t.Fatalf("members after %v (- at once, + step by step):\n%s", last, d)
	}
	if d := cmp.Diff(fresh.Missing(), state.Missing()); d != "" {
		t.Fatalf("open questions after %v (- at once, + step by step):\n%s", last, d)
	}
}

func membersOf(s *build.State) map[string][]build.Member {
	out := map[string][]build.Member{}
	for _, u := range s.Units() {
		out[u.Key] = u.Members
	}
	return out
}

// anyObject draws an object of any kind that a Set holds.
func anyObject(t *rapid.T) any {
	pick := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(t, what) }
	meta := func(names ...string) metav1.ObjectMeta {
		return metav1.ObjectMeta{
			Namespace: pick("namespace", "default", "default", "other"), Name: pick("name", names...), Annotations: map[string]string{},
		}
	}
	switch rapid.IntRange(0, 15).Draw(t, "kind") {
	case 0:
		s := &corev1.Service{ObjectMeta: meta("web", "echo")}
		s.Spec.Type = corev1.ServiceType(pick("type", "NodePort", "ClusterIP", "ExternalName"))
		s.Spec.ExternalName = "www.example.com"
		s.Spec.Ports = []corev1.ServicePort{{Name: pick("port name", "http", "web"), Port: 80, NodePort: 30080}}
		if rapid.Bool().Draw(t, "oidc of a Service") {
			s.Annotations["alb.ingress.kubernetes.io/auth-type"] = "oidc"
			s.Annotations["alb.ingress.kubernetes.io/auth-idp-oidc"] = oidcOf(pick("client", "both", "client"))
		}
		if rapid.Bool().Draw(t, "load balancer") {
			s.Annotations["service.beta.kubernetes.io/aws-load-balancer-type"] = "nlb-ip"
			s.Annotations["service.beta.kubernetes.io/actions.TCP-80"] = pick("action", "{", `{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"echo","servicePort":80}]}}`)
		}
		if rapid.Bool().Draw(t, "tags") {
			s.Annotations["alb.ingress.kubernetes.io/tags"] = "a=b"
		}
		return s
	case 1:
		s := &corev1.Secret{ObjectMeta: meta("both", "users", "client")}
		s.Data = map[string][]byte{}
		if rapid.Bool().Draw(t, "users") {
			s.Data["auth"] = []byte("ann:" + shaHash("secret") + "\n")
		}
		if made, err := selfMade(); err == nil && rapid.Bool().Draw(t, "certificate") {
			s.Data["tls.crt"], s.Data["tls.key"] = made.chain, made.key
		}
		if rapid.Bool().Draw(t, "client") {
			s.Data["clientID"], s.Data["clientSecret"] = []byte("id"), []byte("secret")
		}
		return s
	case 2:
		c := &corev1.ConfigMap{ObjectMeta: meta("controller", "others")}
		c.Data = rapid.SampledFrom([]map[string]string{
			nil,
			{"load-balance": "ewma"},
			{"allow-cross-namespace-resources": "true"},
			{"global-auth-url": "http://x.example/"},
			{"hsts": "false", "annotations-risk-level": "Low"},
		}).Draw(t, "data")
		return c
	case 3:
		return anyClass(t)
	case 4:
		p := &elbv2.IngressClassParams{ObjectMeta: metav1.ObjectMeta{Name: pick("params", "p", "q")}}
		if rapid.Bool().Draw(t, "selector") {
			p.Spec.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"team": "a"}}
		}
		if rapid.Bool().Draw(t, "group") {
			p.Spec.Group = &elbv2.IngressGroup{Name: "shared"}
		}
		if rapid.Bool().Draw(t, "balancer name") {
			p.Spec.LoadBalancerName = "one"
		}
		return p
	case 5:
		return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: pick("namespace", "default", "other"), Labels: map[string]string{"team": pick("team", "a", "b")},
		}}
	case 6:
		return anySlice(t, meta("web-1", "web-2"))
	case 7:
		n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: pick("node", "n1", "n2")}}
		n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionStatus(pick("ready", "True", "False"))}}
		n.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: pick("address", "10.0.0.1", "10.0.0.2")}}
		return n
	}
	return anyIngress(t, meta("one", "two", "three"))
}

func oidcOf(secret string) string {
	return `{"issuer":"https://i.example","authorizationEndpoint":"https://i.example/a","tokenEndpoint":"https://i.example/t",` +
		`"userInfoEndpoint":"https://i.example/u","secretName":"` + secret + `"}`
}

func anyClass(t *rapid.T) any {
	c := &networkingv1.IngressClass{ObjectMeta: metav1.ObjectMeta{
		Name: rapid.SampledFrom([]string{"nginx", "alb", "alb2"}).Draw(t, "class"), Annotations: map[string]string{},
	}}
	c.Spec.Controller = rapid.SampledFrom([]string{"k8s.io/ingress-nginx", "ingress.k8s.aws/alb"}).Draw(t, "controller")
	if rapid.IntRange(0, 3).Draw(t, "default class?") == 0 {
		c.Annotations[networkingv1.AnnotationIsDefaultIngressClass] = "true"
	}
	if rapid.Bool().Draw(t, "has params") {
		group := elbv2.Group
		c.Spec.Parameters = &networkingv1.IngressClassParametersReference{
			APIGroup: &group, Kind: elbv2.KindIngressClassParams, Name: rapid.SampledFrom([]string{"p", "q"}).Draw(t, "params"),
		}
	}
	return c
}

func anySlice(t *rapid.T, meta metav1.ObjectMeta) any {
	meta.Labels = map[string]string{discoveryv1.LabelServiceName: rapid.SampledFrom([]string{"web", "echo"}).Draw(t, "of")}
	number, name := int32(8080), rapid.SampledFrom([]string{"http", "web"}).Draw(t, "slice port")
	s := &discoveryv1.EndpointSlice{
		ObjectMeta: meta, AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Name: &name, Port: &number}},
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "endpoints") {
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{Addresses: []string{fmt.Sprintf("10.2.0.%d", i+1)}})
	}
	return s
}

// anyIngress draws an Ingress whose annotations name other objects.
func anyIngress(t *rapid.T, meta metav1.ObjectMeta) any {
	maybe := func(key string, values ...string) {
		if v := rapid.SampledFrom(append(slices.Clone(values), "", "")).Draw(t, key); v != "" {
			meta.Annotations[key] = v
		}
	}
	maybe("kubernetes.io/ingress.class", "nginx", "alb")
	const n, a = "nginx.ingress.kubernetes.io/", "alb.ingress.kubernetes.io/"
	maybe(n+"auth-type", "basic")
	maybe(n+"auth-secret", "users", "both", "other/users", "default/both")
	maybe(n+"load-balance", "ewma")
	maybe(n+"canary", "true")
	maybe(a+"group.name", "shared", "Bad")
	maybe(a+"load-balancer-name", "one", "two")
	maybe(a+"target-type", "ip")
	maybe(a+"auth-type", "oidc")
	maybe(a+"auth-idp-oidc", oidcOf("both"), oidcOf(`cl\u0069ent`))
	maybe(a+"actions.act", `{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"w\u0065b","servicePort":80,"weight":1},{"serviceName":"echo","servicePort":"http","weight":1}]}}`,
		`{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":80}]}}`, `{"type":"fixed-response","fixedResponseConfig":{"statusCode":"403"}}`)
	maybe(a+"conditions.web", `[{"field":"path-pattern","pathPatternConfig":{"values":["/c"]}}]`, `[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X","regexValues":["("]}}]`)
	ing := &networkingv1.Ingress{ObjectMeta: meta}
	if class := rapid.SampledFrom([]string{"nginx", "nginx", "alb", "alb", "alb2", ""}).Draw(t, "class"); class != "" {
		ing.Spec.IngressClassName = &class
	}
	for range rapid.IntRange(0, 2).Draw(t, "rules") {
		text := rapid.SampledFrom([]string{"a.example", "b.a.example", "*.a.example", ""}).Draw(t, "host") +
			rapid.SampledFrom([]string{"/", "/x"}).Draw(t, "path") + " -> " +
			rapid.SampledFrom([]string{"web", "web:http", "echo", "act:use-annotation"}).Draw(t, "backend")
		if err := addRule(ing, text); err != nil {
			t.Fatal(err)
		}
	}
	if rapid.Bool().Draw(t, "has default") {
		b := backend(rapid.SampledFrom([]string{"web", "echo"}).Draw(t, "default"))
		ing.Spec.DefaultBackend = &b
	}
	if rapid.Bool().Draw(t, "has tls") {
		ing.Spec.TLS = []networkingv1.IngressTLS{{
			Hosts:      []string{rapid.SampledFrom([]string{"a.example", "*.a.example"}).Draw(t, "tls host")},
			SecretName: rapid.SampledFrom([]string{"", "both"}).Draw(t, "tls secret"),
		}}
	}
	return ing
}
