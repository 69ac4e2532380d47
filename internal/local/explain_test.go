package local

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

func TestExplainFindsTheLoadBalancerThatKnowsTheHost(t *testing.T) {
	for url, want := range map[string][]string{
		"http://127.0.0.1.sslip.io/apache/x":      {"load balancer nginx, port 80\n", "Ingress default/apache-path", `rewrite changes the path to "/"`, "(pod apache)", "alb/default/some-ingress"},
		"http://127.0.0.1.sslip.io:8080/apache/x": {"load balancer nginx, port 80\n"},
		"https://apache-tls.127.0.0.1.sslip.io/":  {"certificate secret/default/my-tls-certs\n"},
		"http://my.example.com/some-other-path/x": {"load balancer alb/default/some-ingress", "rule 1 does not match: path-pattern", "service-d"},
		"http://apache-auth.127.0.0.1.sslip.io/":  {"answered here with 401"},
	} {
		x, err := Explain([]string{examples}, nil, Classes{WatchWithoutClass: true, ServedHTTPPort: 8080}, Question{URL: url})
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		text := x.String()
		if !strings.HasPrefix(text, "load balancer") || len(x.Traces) != 1 {
			t.Errorf("%s: %d traces", url, len(x.Traces))
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q:\n%s", url, w, text)
			}
		}
	}
}

func TestExplainTakesHostPasswordAndLoadBalancer(t *testing.T) {
	auth := []compile.Field{{Name: "host", Value: "apache-auth.127.0.0.1.sslip.io"}, {Name: "Authorization", Value: "Basic Zm9vOmJhcg=="}}
	x, err := Explain([]string{examples}, nil, Classes{}, Question{URL: "http://127.0.0.1/", Header: auth})
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Traces) != 1 || x.Traces[0].Group != "nginx/default/apache/80" || x.Traces[0].Host != "apache-auth.127.0.0.1.sslip.io" {
		t.Errorf("got\n%s", x)
	}
	x, err = Explain([]string{examples}, nil, Classes{}, Question{URL: "http://my.example.com/", LoadBalancer: "nginx"})
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Traces) != 1 || x.Traces[0].LoadBalancer != "nginx" {
		t.Errorf("got\n%s", x)
	}
	for _, bad := range []string{"a.example/x", "ftp://a.example/", "http://a.example:99/", "http:///x"} {
		if _, err := Explain([]string{examples}, nil, Classes{}, Question{URL: bad}); err == nil {
			t.Errorf("%q was explained", bad)
		}
	}
}

// calls is an Ingress for targets that speak gRPC.
const calls = `
apiVersion: v1
kind: Service
metadata: {name: rpc, annotations: {alb.ingress.kubernetes.io/backend-protocol-version: GRPC}}
spec:
  selector: {app: rpc}
  ports: [{port: 80}]
---
apiVersion: v1
kind: Pod
metadata: {name: rpc-1, labels: {app: rpc}}
spec:
  containers: [{name: rpc, image: rpc}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: rpc
  annotations: {alb.ingress.kubernetes.io/target-type: ip, alb.ingress.kubernetes.io/group.name: rpc}
spec:
  ingressClassName: alb
  rules:
  - host: rpc.example
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: rpc, port: {number: 80}}}}
`

func TestExplainShowsWhenTheProtocolsDoNotGoTogether(t *testing.T) {
	dir := manifests(t, "rpc.yaml", calls)
	grpc := []compile.Field{{Name: "Content-Type", Value: "application/grpc"}}
	for _, c := range []struct {
		say  string
		q    Question
		want string
	}{
		{"HTTP/1.1", Question{Method: "POST", Header: grpc}, "and its protocol version is GRPC, which requests over HTTP/1.1 do not reach\n"},
		{"HTTP/2", Question{HTTP2: true}, "and its protocol version is GRPC, which takes calls of gRPC and requests with POST only\n"},
		{"gRPC", Question{Method: "POST", HTTP2: true, Header: grpc}, "sent to target group "},
	} {
		c.q.URL = "http://rpc.example/p.S/M"
		x, err := Explain([]string{dir}, nil, Classes{}, c.q)
		if err != nil {
			t.Fatal(err)
		}
		text := x.String()
		if !strings.Contains(text, c.want) || strings.Contains(text, "answered here with 464: the rule forwards to target group ") != (c.say != "gRPC") {
			t.Errorf("%s lacks %q:\n%s", c.say, c.want, text)
		}
	}
}
