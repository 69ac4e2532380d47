package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/manifest"
)

const examples = "../../examples"

// manifests writes files (name, content ...) and returns their directory.
func manifests(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		put(t, filepath.Join(dir, files[i]), files[i+1])
	}
	return dir
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, c Classes, sources ...string) *Verdict {
	t.Helper()
	v, err := Check(sources, nil, c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// said lists the diagnostics with a code.
func said(ds []diag.Diagnostic, m diag.Message) []diag.Diagnostic {
	var out []diag.Diagnostic
	for _, d := range ds {
		if d.Code == m.Code {
			out = append(out, d)
		}
	}
	return out
}

func TestTheExamplesAreServedWithoutWarnings(t *testing.T) {
	v := check(t, Classes{WatchWithoutClass: true}, examples)
	for _, d := range v.Diagnostics {
		if d.Level != diag.Notice {
			t.Errorf("%s", d)
		}
		if d.File == "" && d.Object.Namespace != "" {
			t.Errorf("no place is named in %s", d)
		}
	}
	accepted := 0
	for _, ing := range v.Ingresses {
		if ing.Accepted {
			accepted++
		}
	}
	if len(v.Ingresses) != 9 || accepted != 9 {
		t.Errorf("%d of %d Ingresses are accepted: %+v", accepted, len(v.Ingresses), v.Ingresses)
	}
}

func TestClasslessIngressesNeedTheFlag(t *testing.T) {
	v := check(t, Classes{}, examples)
	if len(said(v.Diagnostics, diag.ClassAnnotationMistaken)) != 1 || len(said(v.Diagnostics, diag.ClassNotGiven)) != 1 {
		t.Errorf("the mistaken and the missing class must be told: %v", v.Diagnostics)
	}
	if len(v.Ingresses) != 7 {
		t.Errorf("%d Ingresses are looked after", len(v.Ingresses))
	}
}

const pods = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
`

const ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  ingressClassName: nginx
  rules:
  - host: a.example
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
`

// targets lists pods and addresses of the only target group.
func targets(t *testing.T, source string) []TargetState {
	t.Helper()
	e, err := offline([]string{source}, nil, Classes{})
	if err != nil {
		t.Fatal(err)
	}
	groups := e.view(e.state.Model(), nil, unknownHealth).TargetGroups
	if len(groups) != 1 {
		t.Fatalf("%d target groups; %v", len(groups), e.diagnostics())
	}
	return groups[0].Targets
}

func TestWorkloadsGetStandInsWithStableNames(t *testing.T) {
	dir := manifests(t, "a.yaml", pods+ingress)
	first, again := targets(t, dir), targets(t, dir)
	if len(first) != 2 || !strings.HasPrefix(first[0].Pod, "web-") || first[0].Pod == first[1].Pod || first[0].Node == first[1].Node {
		t.Errorf("the targets are %+v", first)
	}
	if first[0] != again[0] || !strings.HasSuffix(first[0].Address, ":8080") {
		t.Errorf("the second time they are %+v", again)
	}
	v := check(t, Classes{}, dir)
	if got := said(v.Diagnostics, diag.LocalStandIns); len(got) != 1 || !strings.Contains(got[0].Text, "Deployment default/web (2)") || got[0].Line != 9+1 {
		t.Errorf("stand-ins must be told: %v", v.Diagnostics)
	}
}

func TestEveryKindOfWorkloadHasPods(t *testing.T) {
	for kind, want := range map[string]int{"StatefulSet": 2, "ReplicaSet": 2, "DaemonSet": len(plannedNodes(thisMachine()))} {
		source := strings.Replace(pods, "Deployment", kind, 1)
		if kind == "DaemonSet" {
			source = strings.Replace(source, "  replicas: 2\n", "", 1)
		}
		if got := targets(t, manifests(t, "a.yaml", source+ingress)); len(got) != want {
			t.Errorf("%s has %d targets: %+v", kind, len(got), got)
		}
	}
}

func TestAServiceWithoutPodsIsTold(t *testing.T) {
	none := strings.Replace(pods, "replicas: 2", "replicas: 0", 1)
	v := check(t, Classes{}, manifests(t, "a.yaml", none+ingress))
	if len(said(v.Diagnostics, diag.LocalNoPods)) != 1 {
		t.Errorf("want a warning, got %v", v.Diagnostics)
	}
	unnamed := strings.Replace(pods, "name: http, ", "", 1)
	v = check(t, Classes{}, manifests(t, "a.yaml", unnamed+ingress))
	if len(said(v.Diagnostics, diag.LocalTargetPort)) != 1 || len(said(v.Diagnostics, diag.LocalNoPods)) != 1 {
		t.Errorf("want warnings, got %v", v.Diagnostics)
	}
}

func TestAServiceThatCannotBeReachedIsTold(t *testing.T) {
	const head = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{name: http, port: 80}]}
---
`
	const slice = `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 3000}]
endpoints: [{addresses: ["127.0.0.1"]}]
`
	for _, c := range []struct {
		say, slice string
		want       diag.Message
	}{
		{"nothing is written", "", diag.LocalNoSlice},
		{"the port has another name", strings.Replace(slice, "name: http", "name: web", 1), diag.LocalNoAddress},
		{"there is no port", strings.Replace(slice, "{name: http, port: 3000}", "", 1), diag.LocalNoAddress},
		{"the port is none", strings.Replace(slice, "3000", "99999", 1), diag.LocalNoAddress},
		{"the address is none", strings.Replace(slice, "127.0.0.1", "300.1.1.1", 1), diag.LocalNoAddress},
		{"nobody is ready", strings.Replace(slice, `["127.0.0.1"]`, `["127.0.0.1"], conditions: {ready: false}`, 1), diag.LocalNoAddress},
	} {
		if v := check(t, Classes{}, manifests(t, "a.yaml", head+ingress+c.slice)); len(said(v.Diagnostics, c.want)) != 1 {
			t.Errorf("%s: %v", c.say, v.Diagnostics)
		}
		v := check(t, Classes{}, manifests(t, "a.yaml", head+c.slice))
		if got := append(said(v.Diagnostics, diag.LocalNoSlice), said(v.Diagnostics, diag.LocalNoAddress)...); len(got) != 0 {
			t.Errorf("%s, and no Ingress asks for it: %v", c.say, got)
		}
	}
	v := check(t, Classes{}, manifests(t, "a.yaml", head+ingress+slice))
	if got := append(said(v.Diagnostics, diag.LocalNoSlice), said(v.Diagnostics, diag.LocalNoAddress)...); len(got) != 0 {
		t.Errorf("all is well: %v", got)
	}
}

func TestLocalProcessesTakeThePlaceOfStandIns(t *testing.T) {
	const note = "annotations: {local.gwanmun.dev/address: "
	onService := strings.Replace(pods, "metadata: {name: web}\nspec: {selector", "metadata: {name: web, "+note+`"127.0.0.1:3000, :3001"}}`+"\nspec: {selector", 1)
	onPods := strings.Replace(pods, "metadata: {labels", "metadata: {"+note+"'localhost:3000'}, labels", 1)
	for source, want := range map[string]string{onService: "127.0.0.1:3000 127.0.0.1:3001", onPods: "127.0.0.1:3000"} {
		var got []string
		for _, target := range targets(t, manifests(t, "a.yaml", source+ingress)) {
			got = append(got, target.Address)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("targets are %v in place of %s", got, want)
		}
	}
	bad := strings.Replace(onService, ":3001", "http://x", 1)
	if v := check(t, Classes{}, manifests(t, "a.yaml", bad+ingress)); len(said(v.Diagnostics, diag.LocalAddressInvalid)) != 1 {
		t.Errorf("want an error, got %v", v.Diagnostics)
	}
}

func TestWrittenEndpointSlicesAreLeftAlone(t *testing.T) {
	slice := `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [127.0.0.1], targetRef: {kind: Pod, name: mine}}]
ports: [{port: 9000}]
`
	got := targets(t, manifests(t, "a.yaml", pods+ingress+slice))
	if len(got) != 1 || got[0].Address != "127.0.0.1:9000" || got[0].Pod != "mine" {
		t.Errorf("the targets are %+v", got)
	}
}

func TestACertificateIsStoodInForHTTPSListeners(t *testing.T) {
	alb := strings.NewReplacer(
		"metadata: {name: web}\nspec:\n  ingressClassName: nginx", `metadata:
  name: web
  annotations:
    alb.ingress.kubernetes.io/target-type: ip
    alb.ingress.kubernetes.io/listen-ports: '[{"HTTP": 80}, {"HTTPS": 443}]'
    alb.ingress.kubernetes.io/subnets: subnet-xxxx, mySubnet
    alb.ingress.kubernetes.io/security-groups: sg-xxxx, nameOfSg1
spec:
  ingressClassName: alb`).Replace(ingress)
	e, err := offline([]string{manifests(t, "a.yaml", pods+alb)}, nil, Classes{})
	if err != nil {
		t.Fatal(err)
	}
	if d := e.diagnostics(); diag.HasErrors(d) || len(said(d, diag.LocalCertificate)) != 1 {
		t.Errorf("got %v", d)
	}
	if q := e.openQuestions(); len(q) != 0 {
		t.Errorf("open questions: %v", q)
	}
	m := e.state.Model()
	if len(m.Certificates) < 1 || len(m.LoadBalancers) != 2 {
		t.Fatalf("the model has %d load balancers and %d certificates; %v %+v", len(m.LoadBalancers), len(m.Certificates), e.diagnostics(), e.view(e.state.Model(), nil, unknownHealth).Ingresses)
	}
	for _, c := range m.Certificates {
		if len(c.Chain) == 0 || len(c.Key) == 0 {
			t.Errorf("certificate %s has no content", c.ID)
		}
	}
	if lb := m.LoadBalancers[0]; len(lb.Subnets) != 2 || lb.Subnets[0].SubnetID != "subnet-xxxx" {
		t.Errorf("subnets are %+v", lb.Subnets)
	}
}

// fastWatch keeps tests short.
var fastWatch = manifest.WatchOptions{Floor: 10 * time.Millisecond, Ceiling: 100 * time.Millisecond, Rescan: 50 * time.Millisecond}
