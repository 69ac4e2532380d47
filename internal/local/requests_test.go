package local

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/echo"
)

func TestRequestsAreRead(t *testing.T) {
	got, err := ParseRequests("# One\nGET http://a.example/x?y=1 user=a:b via=n/i body=2MiB -> 200 from web path=/x header=X-A\n\n# Two\nPOST https://b.example/ -> 308 location=https://c/ cert=b.example\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []RequestGroup{
		{"One", []Request{{
			Method: "GET", URL: "http://a.example/x?y=1", Via: "n/i", User: "a:b", Body: 2 << 20, Status: 200, Service: "web", Path: "/x", Header: "X-A",
		}}},
		{"Two", []Request{{Method: "POST", URL: "https://b.example/", Status: 308, Location: "https://c/", Certificate: "b.example"}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{"GET http://a/", "GET -> 200", "GET http://a/ -> ok", "GET http://a/ huh=1 -> 200", "GET http://a/ body=x -> 200"} {
		if _, err := ParseRequests("\n" + bad); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q gave %v", bad, err)
		}
	}
}

func TestEveryFaultOfAnAnswerIsFound(t *testing.T) {
	r := Request{Status: 200, Service: "web", Path: "/", Header: "x-a", Body: 3, Location: "https://a/x", Certificate: "a"}
	good := func() *Outcome {
		return &Outcome{
			Status: 200, Location: "https://a:8443/x", Certificate: []string{"b", "a"},
			Echo: &echo.Answer{Service: "web", Path: "/", BodySize: 3, Headers: map[string][]string{"X-A": {"1"}}},
		}
	}
	if got := r.Faults(good()); len(got) != 0 {
		t.Errorf("a good answer has faults: %q", got)
	}
	for name, spoil := range map[string]func(*Outcome){
		"status": func(o *Outcome) { o.Status = 404 }, "location": func(o *Outcome) { o.Location = "http://a/x" },
		"certificate": func(o *Outcome) { o.Certificate = nil }, "no pod": func(o *Outcome) { o.Echo = nil },
		"service": func(o *Outcome) { o.Echo.Service = "x" }, "path": func(o *Outcome) { o.Echo.Path = "/x" },
		"body": func(o *Outcome) { o.Echo.BodySize = 0 }, "header": func(o *Outcome) { o.Echo.Headers = nil },
	} {
		o := good()
		if spoil(o); len(r.Faults(o)) != 1 {
			t.Errorf("%s: faults are %q", name, r.Faults(o))
		}
	}
}

func TestCurlLinesReachWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		secure              bool
		address, host, path string
		want                string
	}{
		{false, "127.0.0.7:80", "", "/", "curl http://127.0.0.7/"},
		{false, "127.0.0.1:8080", "a.example", "/x?y=1&z", "curl --resolve a.example:8080:127.0.0.1 'http://a.example:8080/x?y=1&z'"},
		{true, "127.0.0.1:443", "*.example", "/", "curl -k --resolve any.example:443:127.0.0.1 https://any.example/"},
		{false, "[::1]:81", "", "/it's", `curl 'http://[::1]:81/it'\''s'`},
	} {
		if got := CurlLine(c.secure, c.address, c.host, c.path); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestMembersOfAGroupAreShownWhereTheyAreServed(t *testing.T) {
	const class = "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: alb}\nspec: {controller: ingress.k8s.aws/alb}\n---\n"
	member := func(name, ports string) string {
		return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ` + name + `
  annotations:
    alb.ingress.kubernetes.io/group.name: shop
    alb.ingress.kubernetes.io/target-type: ip
    alb.ingress.kubernetes.io/listen-ports: '` + ports + `'
    alb.ingress.kubernetes.io/certificate-arn: arn:aws:acm:local:0:certificate/x
spec:
  ingressClassName: alb
  rules: [{host: ` + name + `.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
---
`
	}
	dir := manifests(t, "a.yaml", class+member("first", `[{"HTTP":80},{"HTTPS":443}]`)+member("lower", `[{"HTTPS":8443}]`)+
		member("taken", `[{"HTTP":443}]`)+pods)
	out := &syncWriter{w: &bytes.Buffer{}}
	s := serveDir(t, Options{Sources: []string{dir}, Out: out})
	want := map[string]int{"default/first": 2, "default/lower": 1, "default/taken": 0}
	for _, ing := range s.State().Ingresses {
		name := ing.Namespace + "/" + ing.Name
		if len(ing.Curl) != want[name] || ing.Accepted != (want[name] > 0) {
			t.Errorf("%s: accepted %v, %q", name, ing.Accepted, ing.Curl)
		}
	}
	if !strings.Contains(out.String(), "Ingress default/taken is not served, see below") {
		t.Errorf("printed was %s", out)
	}
}

func TestSamplePathsAreMatched(t *testing.T) {
	specific, prefix := networkingv1.PathTypeImplementationSpecific, networkingv1.PathTypePrefix
	for path, want := range map[string]string{
		"": "/", "/": "/", "/cart": "/cart", "/img/*.png": "/img/any.png", "/v?/x": "/vx/x", "/api(/|$)(.*)": "/api/", "/e/(.*)": "/e/",
		"/v[0-9]+$": "/v0", "/(a|b)/c": "/a/c", "/x{3}": "/xxx", `/a\.b`: "/a.b", "/^/api/v[0-9]+$": "/api/v0", "/(": "/", "/.*": "/",
		"/[a-z]+/[^/]+": "/x/x",
	} {
		if got := samplePath(&networkingv1.HTTPIngressPath{Path: path, PathType: &specific}); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := samplePath(&networkingv1.HTTPIngressPath{Path: "/a.b", PathType: &prefix}); got != "/a.b" {
		t.Errorf("a prefix: %s", got)
	}
}
