package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// load writes files (name, content, name, content ...) into a directory and loads it.
func load(t *testing.T, files ...string) *Loaded {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files...)
	l, _ := NewLoader([]string{dir}, nil, Limits{}).Load()
	return l
}

func write(t *testing.T, dir string, files ...string) {
	t.Helper()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func key(kind objects.Kind, ns, name string) objects.Key {
	return objects.Key{Kind: kind, Name: objects.Name{Namespace: ns, Name: name}}
}

// find finds an object of a type or fails.
func find[T any](t *testing.T, l *Loaded, k objects.Key) T {
	t.Helper()
	o, ok := l.Find(k)
	if !ok {
		t.Fatalf("%v was not loaded; diagnostics: %v", k, l.Diagnostics)
	}
	v, ok := o.Value.(T)
	if !ok {
		t.Fatalf("%v has type %T", k, o.Value)
	}
	return v
}

// one finds the only diagnostic with a code.
func one(t *testing.T, l *Loaded, m diag.Message) diag.Diagnostic {
	t.Helper()
	var out []diag.Diagnostic
	for _, d := range l.Diagnostics {
		if d.Code == m.Code {
			out = append(out, d)
		}
	}
	if len(out) != 1 {
		t.Fatalf("want one %s, got %d; all: %v", m.Code, len(out), l.Diagnostics)
	}
	return out[0]
}

func none(t *testing.T, l *Loaded) {
	t.Helper()
	if len(l.Diagnostics) > 0 {
		t.Errorf("want no diagnostics, got %v", l.Diagnostics)
	}
}

const service = `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - port: 80
`

func TestAFieldUnderTheWrongParentIsNamedWithItsLine(t *testing.T) {
	// The shape of a mistake that a published tutorial makes: annotations stand below name.
	l := load(t, "a.yaml", service+`---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: some-ingress
    annotations:
      alb.ingress.kubernetes.io/scheme: internal
spec:
  ingressClassName: alb
`)
	d := one(t, l, diag.ManifestSyntax)
	if d.Line != 14 || !strings.Contains(d.Text, "annotations is indented by 4, deeper than line 13,") || !strings.Contains(d.Remedy, "by 2 spaces") {
		t.Errorf("the message does not lead to the mistake: %s", d)
	}
	find[*corev1.Service](t, l, key(objects.KindService, "default", "web"))
}

func TestLinesThatFellOutOfTheirBlockAreExplained(t *testing.T) {
	l := load(t, "a.yaml", `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: x
spec:
  rules:
    - http:
      paths:
      - path: /
        pathType: Prefix
        backend: {service: {name: web, port: {number: 80}}}
`)
	d := one(t, l, diag.ManifestUnknownField)
	if d.Line != 8 || d.Field != "spec.rules[0].paths" || !strings.Contains(d.Remedy, "below http") {
		t.Errorf("the message does not lead to the mistake: %s", d)
	}
}

func TestBrokenDocumentsAreNamedAndTheOthersRead(t *testing.T) {
	for name, c := range map[string]struct {
		doc  string
		code diag.Code
		line int
		want string
	}{
		"a tab":              {"apiVersion: v1\nkind: Service\nmetadata:\n\tname: x\n", "GW1003", 13, "tab"},
		"between two blocks": {"apiVersion: v1\nkind: Service\nmetadata:\n    name: x\n  labels: {a: b}\n", "GW1003", 14, "by 0 or 4 spaces"},
		"an open quote":      {"apiVersion: v1\nkind: \"Service\nmetadata: {}\n", "GW1003", 11, "quote"},
		"a template":         {"apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n", "GW1003", 13, "render"},
		"no colon":           {"apiVersion: v1\nkind Service\nmetadata: {name: x}\n", "GW1003", 11, "after the colon"},
		"not an object":      {"- a\n- b\n", "GW1004", 10, ""},
		"no kind":            {"apiVersion: v1\nmetadata: {name: x}\n", "GW1005", 10, ""},
		"unknown version":    {"apiVersion: networking.k8s.io/v9\nkind: Ingress\nmetadata: {name: x}\n", "GW1006", 10, "networking.k8s.io/v1"},
		"another's group":    {"apiVersion: apps/v2\nkind: Ingress\nmetadata: {name: x}\n", "GW1006", 10, "networking.k8s.io/v1"},
		"an address as host": {"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: x}\nspec:\n  rules:\n  - host: 10.0.0.1\n", "GW1012", 15, "IP address"},
		"a number as name":   {"apiVersion: v1\nkind: Service\nmetadata:\n  name: 7\n", "GW1010", 13, "quotes"},
		"an unquoted bool":   {"apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n  annotations:\n    a.b/c: true\n", "GW1010", 15, "quotes"},
		"a port too large":   {"apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec:\n  ports:\n  - port: 99999999999\n", "GW1010", 15, "whole number"},
		"no name":            {"apiVersion: v1\nkind: Service\nmetadata: {labels: {}}\n", "GW1012", 12, "name"},
		"a bad name":         {"apiVersion: v1\nkind: Service\nmetadata:\n  name: My_Service\n", "GW1012", 13, "letters"},
	} {
		t.Run(name, func(t *testing.T) {
			l := load(t, "a.yaml", service+"---\n"+c.doc)
			var got []diag.Diagnostic
			for _, d := range l.Diagnostics {
				if d.Code == c.code {
					got = append(got, d)
				}
			}
			if len(got) != 1 {
				t.Fatalf("want one %s, got %v", c.code, l.Diagnostics)
			}
			if d := got[0]; d.Line != c.line || !strings.Contains(d.Text+d.Remedy, c.want) {
				t.Errorf("want line %d and %q in %s", c.line, c.want, d)
			}
			find[*corev1.Service](t, l, key(objects.KindService, "default", "web"))
		})
	}
}

func TestRetiredIngressesAreConverted(t *testing.T) {
	for _, version := range []string{"extensions/v1beta1", "networking.k8s.io/v1beta1"} {
		l := load(t, "a.yaml", `apiVersion: `+version+`
kind: Ingress
metadata: {name: front, namespace: shop}
spec:
  backend: {serviceName: rest, servicePort: http}
  tls: [{hosts: [a.example], secretName: cert}]
  rules:
  - host: a.example
    http:
      paths:
      - path: /*
        backend: {serviceName: "web", servicePort: 80}
`)
		one(t, l, diag.ManifestConverted)
		ing := find[*networkingv1.Ingress](t, l, key(objects.KindIngress, "shop", "front"))
		p := ing.Spec.Rules[0].HTTP.Paths[0]
		if p.Path != "/*" || *p.PathType != networkingv1.PathTypeImplementationSpecific || p.Backend.Service.Name != "web" || p.Backend.Service.Port.Number != 80 {
			t.Errorf("%s: path became %+v", version, p)
		}
		if b := ing.Spec.DefaultBackend; b == nil || b.Service.Port.Name != "http" || b.Service.Name != "rest" {
			t.Errorf("%s: default backend became %+v", version, b)
		}
		if len(ing.Spec.TLS) != 1 || ing.Spec.TLS[0].SecretName != "cert" {
			t.Errorf("%s: tls became %+v", version, ing.Spec.TLS)
		}
	}
}

func TestOldFieldsInTheNewVersionAreExplained(t *testing.T) {
	l := load(t, "a.yaml", `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: x}
spec:
  rules:
  - http:
      paths:
      - path: /
        backend:
          serviceName: web
          servicePort: 80
`)
	var codes []string
	for _, d := range l.Diagnostics {
		codes = append(codes, string(d.Code)+" "+d.Field)
	}
	want := "GW1012 spec.rules[0].http.paths[0].backend|GW1009 spec.rules[0].http.paths[0].backend.serviceName|" +
		"GW1009 spec.rules[0].http.paths[0].backend.servicePort|GW1012 spec.rules[0].http.paths[0].pathType"
	if got := strings.Join(codes, "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if len(l.Objects) != 0 {
		t.Error("an Ingress that an API server refuses was loaded")
	}
}

func TestDefaultsAreThoseOfAnAPIServer(t *testing.T) {
	l := load(t, "a.yaml", service, "b.yaml", `apiVersion: v1
kind: Service
metadata: {name: nodes, namespace: shop}
spec:
  type: NodePort
  ports:
  - {name: a, port: 80, targetPort: http}
  - {name: b, port: 81, nodePort: 30123, protocol: UDP}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {a: YQ==, b: Yg==}
stringData: {b: c}
`)
	none(t, l)
	s := find[*corev1.Service](t, l, key(objects.KindService, "default", "web"))
	if p := s.Spec.Ports[0]; s.Spec.Type != "ClusterIP" || p.Protocol != "TCP" || p.TargetPort.IntVal != 80 || p.NodePort != 0 {
		t.Errorf("defaults of a Service are %+v", s.Spec)
	}
	n := find[*corev1.Service](t, l, key(objects.KindService, "shop", "nodes"))
	if p := n.Spec.Ports; p[0].NodePort < 30000 || p[0].NodePort > 32767 || p[0].TargetPort.StrVal != "http" || p[1].NodePort != 30123 || p[1].Protocol != "UDP" {
		t.Errorf("ports are %+v", p)
	}
	if d := find[*appsv1.Deployment](t, l, key(KindDeployment, "default", "web")); *d.Spec.Replicas != 1 || d.Spec.Template.Spec.Containers[0].Ports[0].Protocol != "TCP" {
		t.Errorf("defaults of a Deployment are %+v", d.Spec)
	}
	if s := find[*corev1.Secret](t, l, key(objects.KindSecret, "default", "s")); string(s.Data["a"]) != "a" || string(s.Data["b"]) != "c" || s.Type != corev1.SecretTypeOpaque {
		t.Errorf("the Secret is %+v", s)
	}
}

func TestNodePortsAreTheSameInEveryRun(t *testing.T) {
	manifest := strings.Replace(service, "spec:", "spec:\n  type: NodePort", 1)
	other := strings.Replace(manifest, "name: web", "name: other", 1)
	k := key(objects.KindService, "default", "web")
	alone := find[*corev1.Service](t, load(t, "a.yaml", manifest), k).Spec.Ports[0].NodePort
	both := find[*corev1.Service](t, load(t, "a.yaml", other+"---\n"+manifest), k).Spec.Ports[0].NodePort
	if alone != both {
		t.Errorf("the node port went from %d to %d when another Service came", alone, both)
	}
}

func TestANodePortIsGivenToOneServiceOnly(t *testing.T) {
	manifest := strings.Replace(strings.Replace(service, "spec:", "spec:\n  type: NodePort", 1), "- port: 80", "- {port: 80, nodePort: 30001}", 1)
	l := load(t, "a.yaml", manifest+"---\n"+strings.Replace(manifest, "name: web", "name: zzz", 1))
	if d := one(t, l, diag.ManifestNodePort); d.Object.Name != "zzz" || d.Line != 19 {
		t.Errorf("got %s", d)
	}
}

const classless = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: x}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
`

func class(name, isDefault string) string {
	return `---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: ` + name + `, annotations: {ingressclass.kubernetes.io/is-default-class: "` + isDefault + `"}}
spec: {controller: k8s.io/ingress-nginx}
`
}

func TestTheDefaultClassIsFilledInWhenThereIsOne(t *testing.T) {
	k := key(objects.KindIngress, "default", "x")
	l := load(t, "a.yaml", classless+class("nginx", "true")+class("alb", "false"))
	if ing := find[*networkingv1.Ingress](t, l, k); ing.Spec.IngressClassName == nil || *ing.Spec.IngressClassName != "nginx" {
		t.Error("the default class was not filled in")
	}
	one(t, l, diag.ManifestDefaultClass)
	for name, files := range map[string]string{
		"two defaults": classless + class("nginx", "true") + class("alb", "true"),
		"none":         classless + class("nginx", "false"),
	} {
		l := load(t, "a.yaml", files)
		if ing := find[*networkingv1.Ingress](t, l, k); ing.Spec.IngressClassName != nil {
			t.Errorf("%s: class %s was filled in", name, *ing.Spec.IngressClassName)
		}
	}
	annotated := strings.Replace(classless, "{name: x}", "{name: x, annotations: {kubernetes.io/ingress.class: alb}}", 1)
	if ing := find[*networkingv1.Ingress](t, load(t, "a.yaml", annotated+class("nginx", "true")), k); ing.Spec.IngressClassName != nil {
		t.Error("an Ingress with a class annotation got the default class")
	}
}

func TestTheLaterOfTwoDefinitionsCounts(t *testing.T) {
	l := load(t, "a.yaml", service, "b.yaml", strings.Replace(service, "port: 80", "port: 81", 1), "c.yaml", service+"---\n"+service)
	var places []string
	for _, d := range l.Diagnostics {
		if d.Code != diag.ManifestDuplicate.Code {
			t.Errorf("unexpected %s", d)
		}
		places = append(places, filepath.Base(d.File)+" "+d.Text)
	}
	if len(places) != 2 || !strings.Contains(places[0], "a.yaml is also defined in") || !strings.Contains(places[0], "b.yaml:1") {
		t.Errorf("both places must be named: %q", places)
	}
	if s := find[*corev1.Service](t, l, key(objects.KindService, "default", "web")); s.Spec.Ports[0].Port != 80 {
		t.Error("the later definition does not count")
	}
}

func TestValuesOfSecretsNeverShow(t *testing.T) {
	const secret = "hunter2"
	for name, doc := range map[string]string{
		"bad base64":   "data: {password: '" + secret + "!'}",
		"a number":     "stringData: {password: 1234567890}",
		"bad syntax":   "stringData:\n  a: b\n    " + secret + ": x",
		"bad syntax 2": "stringData:\n    a: b\n  " + secret + ": x",
		"loose text":   "stringData:\n  a: |\n    x\n  " + secret + "\n",
	} {
		l := load(t, "a.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"+doc+"\n")
		if len(l.Diagnostics) == 0 || !diag.HasErrors(l.Diagnostics) {
			t.Errorf("%s: no error", name)
		}
		for _, d := range l.Diagnostics {
			if s := d.String(); strings.Contains(s, secret) || strings.Contains(s, "1234567890") {
				t.Errorf("%s: the value shows in %s", name, s)
			}
		}
	}
}

func TestListsAreTakenApart(t *testing.T) {
	l := load(t, "a.yaml", `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: a}
- apiVersion: v1
  kind: Service
  metadata: {name: b, bogus: 1}
---
apiVersion: networking.k8s.io/v1
kind: IngressClassList
items:
- metadata: {name: nginx}
  spec: {controller: k8s.io/ingress-nginx}
`, "b.json", `{"apiVersion": "v1", "kind": "List",
	"items": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}]}`)
	find[*corev1.Service](t, l, key(objects.KindService, "default", "a"))
	find[*networkingv1.IngressClass](t, l, key(objects.KindIngressClass, "", "nginx"))
	find[*corev1.ConfigMap](t, l, key(objects.KindConfigMap, "default", "c"))
	if o, _ := l.Find(key(objects.KindService, "default", "b")); o.Origin.Line != 7 {
		t.Errorf("the second item is said to begin in line %d", o.Origin.Line)
	}
	if d := one(t, l, diag.ManifestUnknownField); d.Line != 9 {
		t.Errorf("got %s", d)
	}
}

func TestSmallTroubleIsToldAndServed(t *testing.T) {
	l := load(t, "a.yaml", service+"spec:\n  ports: [{port: 81, targetport: 3000}]\n", "b.yaml", `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: a}
---
# nothing here
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: b}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: b}
`)
	if d := one(t, l, diag.ManifestRepeatedKey); d.Line != 9 {
		t.Errorf("got %s", d)
	}
	if d := one(t, l, diag.ManifestUnknownField); !strings.Contains(d.Remedy, "did you mean targetPort") {
		t.Errorf("got %s", d)
	}
	var ignored []string
	for _, d := range l.Diagnostics {
		if d.Code == diag.ManifestIgnoredKind.Code {
			ignored = append(ignored, d.Text)
		}
	}
	if len(ignored) != 2 || !strings.Contains(ignored[0], "Role is not used here (2 found)") || !strings.Contains(ignored[1], "knative.dev/v1 Service is not used here (1 found)") {
		t.Errorf("got %q", ignored)
	}
	if s := find[*corev1.Service](t, l, key(objects.KindService, "default", "web")); s.Spec.Ports[0].Port != 81 {
		t.Error("the last of two keys must count")
	}
}

func TestDiagnosticsOfOthersGetTheirPlace(t *testing.T) {
	l := load(t, "a.yaml", "# a comment\n"+service+"  sessionAffinity: None\n")
	ds := l.Locate([]diag.Diagnostic{
		{Object: diag.Object{Kind: "Service", Namespace: "default", Name: "web"}, Field: "spec.ports[0].port"},
		{Object: diag.Object{Kind: "Service", Namespace: "default", Name: "web"}, Field: "spec.nothing.like[3].this"},
		{Object: diag.Object{Kind: "Service", Namespace: "default", Name: "other"}},
	})
	if ds[0].Line != 9 || ds[1].Line != 6 || ds[2].File != "" {
		t.Errorf("places are %v", ds)
	}
}

func TestSourcesMayBeFilesLinksAndStandardInput(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "real/a.yaml", service, "real/.hidden/b.yaml", strings.Replace(service, "web", "hidden", 1),
		"real/readme.md", "x", "real/deep/c.yml", strings.Replace(service, "name: web", "name: deep", 1))
	for _, link := range [][2]string{{"real", "link"}, {"../real", "real/loop"}, {"nowhere", "real/dangling"}} {
		if err := os.Symlink(link[0], filepath.Join(dir, link[1])); err != nil {
			t.Skip("no symbolic links here")
		}
	}
	stdin := strings.NewReader(strings.Replace(service, "name: web", "name: piped", 1))
	sources := []string{filepath.Join(dir, "link"), filepath.Join(dir, "real"), filepath.Join(dir, "real", "a.yaml"), Stdin}
	l, _ := NewLoader(sources, stdin, Limits{}).Load()
	none(t, l)
	var names []string
	for _, o := range l.Objects {
		names = append(names, o.Key.Name.Name)
	}
	if got := strings.Join(names, " "); got != "deep piped web" {
		t.Errorf("loaded %s", got)
	}
}

func TestLimitsHold(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", service, "b.yaml", strings.Replace(service, "name: web", "name: b", 1)+strings.Repeat("#", 1000), "c.yaml", service)
	l, _ := NewLoader([]string{dir, filepath.Join(dir, "none")}, nil, Limits{FileBytes: 500, Files: 2}).Load()
	one(t, l, diag.ManifestTooLarge)
	one(t, l, diag.ManifestTooMany)
	if d := one(t, l, diag.ManifestUnreadable); !strings.HasSuffix(d.File, "none") || !strings.Contains(d.Text, "no such file") {
		t.Errorf("got %s", d)
	}
	if len(l.Objects) != 1 {
		t.Errorf("loaded %d objects", len(l.Objects))
	}
}
