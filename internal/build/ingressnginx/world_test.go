package ingressnginx

import (
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Small sets of names, so that drawn objects collide often.
var (
	someHosts = []string{"a.example", "b.example", "x.a.example", "*.a.example", "*.example", "", "BAD", "10.0.0.1"}
	somePaths = []string{"/", "", "/foo", "/foo/", "/foo/bar", "/foo(/|$)(.*)", "/[0-9]+", "/a(?!b)", "/a*b", "no-slash", "//", "/\x00"}
	someNames = []string{"one", "two", "three"}
)

// odd are values that are wrong for nearly every annotation.
var odd = []string{"", " ", "\r\n", "$", "(", "true", "false", "0", "-1", "99999999999999999999", "a b", "/", "//evil.example", "nowhere", "other/one", "one"}

func drawIngress(t *rapid.T, label string) *networkingv1.Ingress {
	class := rapid.SampledFrom([]string{"nginx", "nginx", "nginx", "", "other"}).Draw(t, label+" class")
	ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{
		Namespace:   rapid.SampledFrom([]string{"default", "shop"}).Draw(t, label+" namespace"),
		Name:        rapid.SampledFrom(someNames).Draw(t, label+" name"),
		Annotations: drawAnnotations(t, label),
	}}
	if class != "" {
		ing.Spec.IngressClassName = &class
	}
	if rapid.Bool().Draw(t, label+" dated") {
		ing.CreationTimestamp = metav1.NewTime(time.Unix(int64(rapid.IntRange(1, 3).Draw(t, label+" age")), 0))
	}
	for i := range rapid.IntRange(0, 3).Draw(t, label+" rules") {
		at := fmt.Sprintf("%s rule %d", label, i)
		rule := networkingv1.IngressRule{Host: rapid.SampledFrom(someHosts).Draw(t, at+" host")}
		if rapid.IntRange(0, 9).Draw(t, at+" http") > 0 {
			rule.HTTP = &networkingv1.HTTPIngressRuleValue{}
			for j := range rapid.IntRange(0, 3).Draw(t, at+" paths") {
				rule.HTTP.Paths = append(rule.HTTP.Paths, drawPath(t, fmt.Sprintf("%s path %d", at, j)))
			}
		}
		ing.Spec.Rules = append(ing.Spec.Rules, rule)
	}
	if rapid.IntRange(0, 3).Draw(t, label+" default") == 0 {
		b := drawBackend(t, label+" default")
		ing.Spec.DefaultBackend = &b
	}
	for i := range rapid.IntRange(0, 2).Draw(t, label+" tls") {
		at := fmt.Sprintf("%s tls %d", label, i)
		ing.Spec.TLS = append(ing.Spec.TLS, networkingv1.IngressTLS{
			Hosts:      rapid.SliceOfN(rapid.SampledFrom(someHosts), 0, 2).Draw(t, at+" hosts"),
			SecretName: rapid.SampledFrom([]string{"", "one", "nowhere"}).Draw(t, at+" secret"),
		})
	}
	return ing
}

func drawAnnotations(t *rapid.T, label string) map[string]string {
	keys := nginx.Registry.All()
	out := map[string]string{}
	for i := range rapid.IntRange(0, 4).Draw(t, label+" annotations") {
		e := rapid.SampledFrom(keys).Draw(t, fmt.Sprintf("%s annotation %d", label, i)).Declaration()
		value := e.Example
		if rapid.IntRange(0, 3).Draw(t, fmt.Sprintf("%s odd %d", label, i)) == 0 {
			value = rapid.SampledFrom(odd).Draw(t, fmt.Sprintf("%s value %d", label, i))
		}
		out[nginx.Registry.FullKey(e)] = value
	}
	// The interesting ones come more often.
	for key, value := range map[string]string{
		"canary": "true", "canary-weight": "30", "use-regex": "true", "rewrite-target": "/$2", "auth-type": "basic",
		"auth-secret": "one", "load-balance": "ewma", "app-root": "/app",
	} {
		if rapid.IntRange(0, 5).Draw(t, label+" "+key) == 0 {
			out[nginx.Prefix+key] = value
		}
	}
	return out
}

func drawPath(t *rapid.T, label string) networkingv1.HTTPIngressPath {
	p := networkingv1.HTTPIngressPath{
		Path: rapid.SampledFrom(somePaths).Draw(t, label+" path"), Backend: drawBackend(t, label),
	}
	if kind := rapid.SampledFrom([]string{"", "Exact", "Prefix", "ImplementationSpecific", "Odd"}).Draw(t, label+" type"); kind != "" {
		p.PathType = (*networkingv1.PathType)(&kind)
	}
	return p
}

func drawBackend(t *rapid.T, label string) networkingv1.IngressBackend {
	switch rapid.IntRange(0, 9).Draw(t, label+" backend") {
	case 0:
		return networkingv1.IngressBackend{}
	case 1:
		return networkingv1.IngressBackend{Resource: &corev1.TypedLocalObjectReference{Kind: "Bucket", Name: "b"}}
	case 2:
		return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{}}
	}
	return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
		Name: rapid.SampledFrom(someNames).Draw(t, label+" service"),
		Port: rapid.SampledFrom([]networkingv1.ServiceBackendPort{{Number: 80}, {Name: "http"}, {Number: 81}, {}}).Draw(t, label+" port"),
	}}
}

func drawService(t *rapid.T, label string) *corev1.Service {
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{
		Namespace: rapid.SampledFrom([]string{"default", "shop"}).Draw(t, label+" namespace"),
		Name:      rapid.SampledFrom(someNames).Draw(t, label+" name"),
	}}
	if rapid.IntRange(0, 4).Draw(t, label+" external") == 0 {
		s.Spec.Type = corev1.ServiceTypeExternalName
		s.Spec.ExternalName = rapid.SampledFrom([]string{"", "localhost", "127.0.0.1", "www.example.com", "a b"}).Draw(t, label+" to")
	}
	if rapid.Bool().Draw(t, label+" ports") {
		s.Spec.Ports = []corev1.ServicePort{{Name: "http", Port: 80}}
	}
	return s
}

func drawSecret(t *rapid.T, label string) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: rapid.SampledFrom([]string{"default", "shop", "other"}).Draw(t, label+" namespace"), Name: "one",
	}}
	s.Data = rapid.SampledFrom([]map[string][]byte{
		nil,
		{"auth": []byte("foo:{PLAIN}bar\nbroken\n:x\n")},
		{"tls.crt": []byte("nonsense"), "tls.key": nil},
	}).Draw(t, label+" data")
	return s
}

func drawConfig(t *rapid.T, label string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ingress-nginx", Name: "controller"},
		Data: rapid.SampledFrom([]map[string]string{
			nil,
			{"hsts": "false"},
			{"proxy-body-size": "x"},
			{"global-auth-url": "http://x/"},
			{"use-forwarded-headers": "true"},
			{"annotations-risk-level": "Low"},
			{"load-balance": "ewma"},
		}).Draw(t, label+" data"),
	}
}

// drawObject draws any object of the world.
func drawObject(t *rapid.T, label string) any {
	switch rapid.IntRange(0, 9).Draw(t, label+" kind") {
	case 0:
		return drawService(t, label)
	case 1:
		return drawSecret(t, label)
	case 2:
		return drawConfig(t, label)
	case 3:
		name := rapid.SampledFrom([]string{"nginx", "other"}).Draw(t, label+" name")
		controller := rapid.SampledFrom([]string{"k8s.io/ingress-nginx", "example.com/x"}).Draw(t, label+" controller")
		return ingressClass(name, controller)
	}
	return drawIngress(t, label)
}

func ingressClass(name, controller string) *networkingv1.IngressClass {
	return &networkingv1.IngressClass{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: networkingv1.IngressClassSpec{Controller: controller},
	}
}

func testBuilder() *Builder {
	o := DefaultOptions()
	o.ConfigMap = objects.Name{Namespace: "ingress-nginx", Name: "controller"}
	o.HealthCheckPath = "/healthz"
	o.EnableSSLPassthrough = true
	return New(o)
}

// drawWorld draws objects, the class among them.
func drawWorld(t *rapid.T) map[objects.Key]any {
	world := map[objects.Key]any{}
	put := func(o any) {
		if k, ok := objects.KeyOf(o); ok {
			world[k] = o
		}
	}
	put(ingressClass("nginx", "k8s.io/ingress-nginx"))
	for i := range rapid.IntRange(1, 8).Draw(t, "objects") {
		put(drawObject(t, fmt.Sprintf("object %d", i)))
	}
	return world
}

func setOf(world map[objects.Key]any, order []objects.Key) *objects.Set {
	s := objects.NewSet()
	for _, k := range order {
		s.Put(world[k])
	}
	return s
}

func sortedKeys(world map[objects.Key]any) []objects.Key {
	return slices.SortedFunc(maps.Keys(world), func(a, b objects.Key) int {
		if a.Kind != b.Kind {
			if a.Kind < b.Kind {
				return -1
			}
			return 1
		}
		return a.Name.Compare(b.Name)
	})
}

// buildAll builds every unit, by key.
func buildAll(b *Builder, set *objects.Set) map[string]build.Unit {
	in := build.Input{Objects: set}
	out := map[string]build.Unit{}
	for _, k := range b.Units(in) {
		out[k] = b.Build(in, k)
	}
	return out
}

// text is everything of a unit that users or the data plane see.
func text(u build.Unit) string {
	s := u.Key + "\n"
	if u.Model != nil {
		s += string(model.Print(u.Model, model.WithSecrets()))
	}
	for _, d := range u.Diagnostics {
		s += d.String() + "\n"
	}
	return s + fmt.Sprint(u.Members) + "\n"
}

// serving is the part of a unit that is about its own host: rules and certificates, but not target groups, whose
// settings belong to their Service.
func serving(u build.Unit) string {
	if u.Model == nil {
		return ""
	}
	return string(model.Print(&model.Model{
		LoadBalancers: u.Model.LoadBalancers, Certificates: u.Model.Certificates, UserLists: u.Model.UserLists,
	}, model.WithSecrets()))
}

func codes(ds []diag.Diagnostic) []string {
	var out []string
	for _, d := range ds {
		out = append(out, string(d.Code))
	}
	return out
}
