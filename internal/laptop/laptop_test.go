package laptop

import (
	"context"
	"crypto/rand"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/local"
	"github.com/gwanmun/gwanmun/internal/manifest"
)

func TestTheReadyLineIsReadWithBlanksAndQuotes(t *testing.T) {
	got := words(`kubeconfig="/tmp/a b/kube\"config" server=https://127.0.0.1:1 version=v1`)
	want := map[string]string{"kubeconfig": `/tmp/a b/kube"config`, "server": "https://127.0.0.1:1", "version": "v1"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// script writes a program that stands in for kubebox.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubebox")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestKubeboxIsStartedAndStoppedByTheEndOfItsInput(t *testing.T) {
	program := script(t, "echo starting\necho 'READY kubeconfig=/k server=https://s version=v1'\ncat >/dev/null\n")
	c, err := startKubebox(t.Context(), program, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if c.Kubeconfig != "/k" || c.Server != "https://s" || c.Version != "v1" {
		t.Errorf("got %+v", c)
	}
	begun := time.Now()
	c.stop(time.Minute)
	if time.Since(begun) > 30*time.Second {
		t.Error("it was not told to stop")
	}
}

func TestWhatKubeboxSaysWhenItFailsIsPassedOn(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"an error":         {"echo 'kubebox: state folder X is in use' >&2; exit 1\n", "state folder X is in use"},
		"an early end":     {"exit 0\n", "it ended before it was ready"},
		"an unclear ready": {"echo READY nothing\ncat >/dev/null\n", "names no kubeconfig"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := startKubebox(t.Context(), script(t, c.body), t.TempDir(), "")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := startKubebox(ctx, script(t, "cat >/dev/null\n"), t.TempDir(), ""); err == nil {
		t.Error("a start that never ends is waited for for ever")
	}
}

func TestAMissingKubeboxIsToldWithWhatToDo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := FindKubebox("")
	if err == nil || !strings.Contains(err.Error(), "make kubebox") {
		t.Errorf("got %v", err)
	}
	if _, err := FindKubebox("/not/there"); err == nil {
		t.Error("a path that leads nowhere was taken")
	}
}

func TestAnIngressIsShownWithTheListenersOfItsStatus(t *testing.T) {
	balancers := []balancer{{dns: "web.elb.127-10-0-1.sslip.io", LoadBalancerState: local.LoadBalancerState{
		ID: "arn", Name: "web", Class: "alb", Address: "127.10.0.1", Listeners: []local.ListenerState{
			{Port: 80, Protocol: "HTTP", Address: "127.10.0.1:80"}, {Port: 443, Protocol: "HTTPS", Address: "127.10.0.1:443"},
		},
	}}}
	ing := func(name, host string, port int32) *networkingv1.Ingress {
		i := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name}}
		if host != "" {
			i.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{
				Hostname: host, Ports: []networkingv1.IngressPortStatus{{Port: port}},
			}}
		}
		return i
	}
	got := ingressStates([]*networkingv1.Ingress{ing("waits", "", 0), ing("served", "WEB.elb.127-10-0-1.sslip.io", 80)}, balancers)
	want := []local.IngressState{
		{Namespace: "n", Name: "served", Class: "alb", LoadBalancer: "arn", Accepted: true, Address: "127.10.0.1", Curl: []string{"curl http://127.10.0.1/"}},
		{Namespace: "n", Name: "waits", Pending: true, Curl: []string{}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestMachinesOfTheClusterAreItsNodes(t *testing.T) {
	w, err := world.New(world.Default(), world.Options{Rand: rand.Reader, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	nodes, vpc, err := nodesOf(w, "gwanmun-local")
	if err != nil || len(nodes) != 2 || vpc != "vpc-0a1b2c3d4e5f60718" {
		t.Fatalf("%d nodes in %s: %v", len(nodes), vpc, err)
	}
	n := nodes[0]
	if n.Name != "ip-10-42-64-10.ap-northeast-2.compute.internal" || n.Zone != "ap-northeast-2a" || !n.Pods.Contains(n.Address) {
		t.Errorf("the first node is %+v", n)
	}
	if _, _, err := nodesOf(w, "another"); err == nil || !strings.Contains(err.Error(), "kubernetes.io/cluster/another") {
		t.Errorf("a cluster without machines: %v", err)
	}
}

func TestAPortThatWasAskedForMustBeFree(t *testing.T) {
	at := netip.MustParseAddr("127.0.0.1")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := netip.MustParseAddrPort(l.Addr().String()).Port()
	if _, err := choose(at, taken, 80, "--http-port"); err == nil || !strings.Contains(err.Error(), "--http-port") {
		t.Errorf("a taken port: %v", err)
	}
	if got, err := choose(at, 0, taken, "--http-port"); err != nil || got.Port() == taken || got.Port() == 0 {
		t.Errorf("another port in place of a standard one that is taken: %v, %v", got, err)
	}
}

func TestManifestsAreReadInTheOrderOfWhatNeedsWhat(t *testing.T) {
	dir := t.TempDir()
	text := `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
---
# nothing here
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
kind: Service
metadata: {name: no version}
`
	if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	docs, problems := read([]string{dir})
	var names []string
	for _, d := range docs {
		names = append(names, d.String())
	}
	if d := cmp.Diff([]string{"Ingress shop/web", "Service shop/web", "Namespace shop"}, names); d != "" {
		t.Error(d)
	}
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), "document 5") {
		t.Errorf("problems: %v", problems)
	}
	if a, b := rank(docs[2].object), rank(docs[0].object); a >= b {
		t.Errorf("a Namespace has rank %d, an Ingress %d", a, b)
	}
}

func TestAnObjectOfARetiredVersionIsAppliedInTodays(t *testing.T) {
	dir := t.TempDir()
	text := `apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: old}
spec:
  rules: [{http: {paths: [{path: /*, backend: {serviceName: web, servicePort: 80}}]}}]
`
	if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, _ := manifest.NewLoader([]string{dir}, nil, manifest.Limits{}).Load()
	docs, _ := read([]string{dir})
	o := today(&docs[0], loaded)
	if o == nil || o.GetAPIVersion() != "networking.k8s.io/v1" || o.GetUID() != "" {
		t.Fatalf("got %v", o)
	}
	name, _, _ := unstructured.NestedString(firstPath(t, o), "backend", "service", "name")
	if name != "web" {
		t.Errorf("its backend is %q", name)
	}
}

func firstPath(t *testing.T, o *unstructured.Unstructured) map[string]any {
	t.Helper()
	rules, _, _ := unstructured.NestedSlice(o.Object, "spec", "rules")
	rule, ok := rules[0].(map[string]any)
	if !ok {
		t.Fatalf("rules: %v", rules)
	}
	paths, _, _ := unstructured.NestedSlice(rule, "http", "paths")
	path, ok := paths[0].(map[string]any)
	if !ok {
		t.Fatalf("paths: %v", paths)
	}
	return path
}
