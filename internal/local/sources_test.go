package local

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/diag"
)

// settings of two members of a group and of a Service that this proxy has something to say about.
const remarkable = `apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: a
  namespace: shop
  annotations:
    alb.ingress.kubernetes.io/group.name: one
    alb.ingress.kubernetes.io/target-type: ip
spec:
  ingressClassName: alb
  rules: [{host: a.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: b
  namespace: shop
  annotations:
    alb.ingress.kubernetes.io/group.name: one
    alb.ingress.kubernetes.io/target-type: ip
    alb.ingress.kubernetes.io/certificate-arn: arn:aws:acm:eu-west-1:123456789012:certificate/1
    alb.ingress.kubernetes.io/ssl-policy: ELBSecurityPolicy-Made-Up
    alb.ingress.kubernetes.io/wafv2-acl-arn: arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/x/1
    alb.ingress.kubernetes.io/mutual-authentication: '[{"port": 443, "mode": "verify", "trustStore": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:truststore/a/1"}]'
    alb.ingress.kubernetes.io/load-balancer-attributes: access_logs.s3.enabled=true,access_logs.s3.bucket=my-logs
spec:
  ingressClassName: alb
  rules: [{host: b.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
---
apiVersion: v1
kind: Service
metadata:
  name: tcp
  namespace: shop
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip
    service.beta.kubernetes.io/aws-load-balancer-ssl-cert: arn:a
    service.beta.kubernetes.io/aws-load-balancer-alpn-policy: None
    service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy: ELBSecurityPolicy-Nope
    service.beta.kubernetes.io/aws-load-balancer-attributes: access_logs.s3.enabled=true,access_logs.s3.bucket=My_Bucket
spec:
  type: LoadBalancer
  loadBalancerClass: service.k8s.aws/nlb
  selector: {app: web}
  ports: [{name: https, port: 443, targetPort: 8080}]
`

// TestMessagesAboutLoadBalancersNameWhoAskedForIt looks at messages of the proxy, which knows no files: the object, the field
// and the line have to come along with the load balancer.
func TestMessagesAboutLoadBalancersNameWhoAskedForIt(t *testing.T) {
	s := serveDir(t, Options{Sources: []string{manifests(t, "web.yaml", remarkable)}})
	s.mu.Lock()
	ds := s.engine.loaded.Locate(s.proxy.Snapshot().Diagnostics())
	s.mu.Unlock()
	lines := strings.Split(remarkable, "\n")
	for _, want := range []struct {
		code          diag.Code
		object, field string
	}{
		{diag.AttributeInvalid.Code, "Service shop/tcp", "service.beta.kubernetes.io/aws-load-balancer-attributes"},
		{diag.MutualTLSDenied.Code, "Ingress shop/b", "alb.ingress.kubernetes.io/mutual-authentication"},
		{diag.SSLPolicyUnknown.Code, "Ingress shop/b", "alb.ingress.kubernetes.io/ssl-policy"},
		{diag.SSLPolicyUnknown.Code, "Service shop/tcp", "service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy"},
		{diag.LogsNotDelivered.Code, "Ingress shop/b", "alb.ingress.kubernetes.io/load-balancer-attributes"},
		{diag.WebACLNotInspected.Code, "Ingress shop/b", "alb.ingress.kubernetes.io/wafv2-acl-arn"},
		{diag.CertificateElsewhere.Code, "Service shop/tcp", "service.beta.kubernetes.io/aws-load-balancer-ssl-cert"},
	} {
		t.Run(fmt.Sprint(want.code, " of ", want.object), func(t *testing.T) {
			for _, d := range ds {
				if d.Code != want.code || d.Object.String() != want.object {
					continue
				}
				if d.Field != "metadata.annotations["+want.field+"]" || d.Line == 0 || !strings.Contains(lines[d.Line-1], want.field) {
					t.Errorf("it is said at %s:%d about %s", d.File, d.Line, d.Field)
				}
				return
			}
			t.Errorf("it is not said; there is %v", ds)
		})
	}
	for _, d := range ds {
		if d.Object.Kind == loadBalancerKind || d.Object.Kind == "Certificate" {
			t.Errorf("no object is named: %s", d)
		}
	}
}
