package conformance

import (
	"fmt"
	"strings"
)

// app is a Deployment of pods that answer on port 8080, with a Service of the same name that has them at port 80.
func app(namespace, name string, replicas int) string {
	return strings.NewReplacer("NAMESPACE", namespace, "NAME", name, "REPLICAS", fmt.Sprint(replicas)).Replace(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: NAMESPACE}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: web, image: "registry.example/web:1", ports: [{containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: NAME, namespace: NAMESPACE}
spec:
  type: NodePort
  selector: {app: NAME}
  ports: [{port: 80, targetPort: 8080}]
`)
}

// ingress is an Ingress without a host. Paths are "path service"; annotations are "key: value", short for class alb.
type ingress struct {
	namespace, name, class string
	paths                  []string
	annotations            []string
}

func (i ingress) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: %s\n  namespace: %s\n  annotations:\n", i.name, i.namespace)
	for _, a := range i.annotations {
		if !strings.Contains(a, "/") {
			a = "alb.ingress.kubernetes.io/" + a
		}
		fmt.Fprintf(&b, "    %s\n", a)
	}
	fmt.Fprintf(&b, "    conformance.example/applied: \"yes\"\nspec:\n  ingressClassName: %s\n  rules:\n    - http:\n        paths:\n", i.class)
	for _, p := range i.paths {
		path, service, _ := strings.Cut(p, " ")
		fmt.Fprintf(&b, "          - {path: %q, pathType: Prefix, backend: {service: {name: %s, port: {number: 80}}}}\n", path, service)
	}
	return b.String()
}

// balanced is a Service of type LoadBalancer in front of an app. Annotations are short for those of network load balancers.
type balanced struct {
	namespace, name, app string
	class                string
	ports, annotations   []string
	more                 string
	// nodePort is the first port's; any when 0.
	nodePort int
}

func (s balanced) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: v1\nkind: Service\nmetadata:\n  name: %s\n  namespace: %s\n  annotations:\n    conformance.example/applied: \"yes\"\n", s.name, s.namespace)
	for _, a := range s.annotations {
		fmt.Fprintf(&b, "    service.beta.kubernetes.io/aws-load-balancer-%s\n", a)
	}
	fmt.Fprintf(&b, "spec:\n  type: LoadBalancer\n  selector: {app: %s}\n", s.app)
	if s.class != "" {
		fmt.Fprintf(&b, "  loadBalancerClass: %s\n", s.class)
	}
	if s.more != "" {
		fmt.Fprintf(&b, "  %s\n", s.more)
	}
	b.WriteString("  ports:\n")
	for i, p := range s.ports {
		at := ""
		if i == 0 && s.nodePort != 0 {
			at = fmt.Sprintf(", nodePort: %d", s.nodePort)
		}
		fmt.Fprintf(&b, "    - {name: p%s, port: %s, targetPort: 8080%s}\n", p, p, at)
	}
	return b.String()
}
