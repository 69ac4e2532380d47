package conformance

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/laptop"
)

// service waits until a Service has an address that is served.
func (r *rig) service(t *testing.T, namespace, name string) (found laptop.ServiceState) {
	t.Helper()
	wait(t, func() string {
		for _, s := range r.State().Services {
			if s.Namespace == namespace && s.Name == name {
				found = s
				return ""
			}
		}
		return "Service " + namespace + "/" + name + " has no address"
	})
	suffix := "." + strings.ReplaceAll(found.Address, ".", "-") + ".sslip.io"
	if !strings.HasSuffix(found.Hostname, suffix) || !strings.Contains(found.Hostname, ".elb.ap-northeast-2.") {
		t.Errorf("Service %s/%s is at %s, which is no name of a network load balancer at %s", namespace, name, found.Hostname, found.Address)
	}
	return found
}

// answers waits until a pod of a Deployment answers at an address, over TLS when config is not nil.
func answers(t *testing.T, address, deployment string, config *tls.Config) {
	t.Helper()
	wait(t, func() string {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		text, err := talk(ctx, address, config)
		if err != nil || !strings.Contains(text, `"pod": "`+deployment+`-`) {
			return fmt.Sprintf("%s says %q, %v", address, text, err)
		}
		return ""
	})
}

// talk writes one request on a connection of its own and reads the answer.
func talk(ctx context.Context, address string, config *tls.Config) (string, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if end, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(end); err != nil {
			return "", err
		}
	}
	if config != nil {
		c = tls.Client(c, config)
	}
	if _, err := io.WriteString(c, "GET /x HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\n\r\n"); err != nil {
		return "", err
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}

func TestAServiceOfClassNLBIsReachedOverTCP(t *testing.T) {
	r := begin(t)
	r.apply(t, app("default", "web", 2), balanced{
		namespace: "default", name: "instances", app: "web", class: "service.k8s.aws/nlb", ports: []string{"80", "9000"},
		annotations: []string{"scheme: internet-facing"},
	}.String(), balanced{
		namespace: "default", name: "pods", app: "web", ports: []string{"80"},
		annotations: []string{"scheme: internet-facing", "type: external", "nlb-target-type: ip"},
	}.String(), balanced{
		namespace: "default", name: "external-instances", app: "web", ports: []string{"80"},
		annotations: []string{"type: external", "nlb-target-type: instance"},
	}.String())
	r.settle(t)
	for _, name := range []string{"instances", "pods", "external-instances"} {
		s := r.service(t, "default", name)
		answers(t, s.Address+":80", "web", nil)
	}
	answers(t, r.service(t, "default", "instances").Address+":9000", "web", nil)
}

func TestANetworkLoadBalancerEndsTLSWithACertificateOfACM(t *testing.T) {
	r := begin(t)
	arn := ""
	_ = r.Cloud().World().View(func(s *world.State) error { // the function returns no error
		for _, c := range s.Certificates {
			if c.Domain == "*.example.com" {
				arn = c.ARN
			}
		}
		return nil
	})
	r.apply(t, app("default", "web", 1), balanced{
		namespace: "default", name: "secure", app: "web", class: "service.k8s.aws/nlb", ports: []string{"80", "443"},
		annotations: []string{"scheme: internet-facing", "nlb-target-type: ip", "ssl-cert: " + arn, `ssl-ports: "443"`},
	}.String())
	r.settle(t)
	s := r.service(t, "default", "secure")
	var names []string
	config := &tls.Config{InsecureSkipVerify: true, ServerName: "www.example.com", VerifyConnection: func(c tls.ConnectionState) error { //nolint:gosec // looked at below
		names = c.PeerCertificates[0].DNSNames
		return nil
	}}
	answers(t, s.Address+":443", "web", config)
	if strings.Join(names, " ") != "*.example.com example.com" {
		t.Errorf("the certificate is for %v", names)
	}
	answers(t, s.Address+":80", "web", nil)
}

// TestOnlyNodesWithPodsAreHealthyForATrafficPolicyOfLocal has one pod: the node without one says no to the health check.
func TestOnlyNodesWithPodsAreHealthyForATrafficPolicyOfLocal(t *testing.T) {
	r := begin(t)
	r.apply(t, app("default", "web", 1), balanced{
		namespace: "default", name: "near", app: "web", class: "service.k8s.aws/nlb", ports: []string{"80"}, more: "externalTrafficPolicy: Local",
		annotations: []string{"scheme: internet-facing", "healthcheck-interval: \"5\"", "healthcheck-timeout: \"3\"", "healthcheck-healthy-threshold: \"2\"", "healthcheck-unhealthy-threshold: \"2\""},
	}.String())
	r.settle(t)
	s := r.service(t, "default", "near")
	svc, err := r.core.CoreV1().Services("default").Get(t.Context(), "near", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pods, err := r.core.CoreV1().Pods("default").List(t.Context(), metav1.ListOptions{})
	if err != nil || len(pods.Items) != 1 {
		t.Fatalf("%d pods, %v", len(pods.Items), err)
	}
	node, err := r.core.CoreV1().Nodes().Get(t.Context(), pods.Items[0].Spec.NodeName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	with := instanceOf(node)
	r.Cloud().Store().View(func(s *store.State) {
		for _, g := range s.TargetGroups() {
			if g.Check.Port != fmt.Sprint(svc.Spec.HealthCheckNodePort) || g.Check.Protocol != "HTTP" || g.Check.Path != "/healthz" {
				t.Errorf("the health check is %+v, want HTTP at %d", g.Check, svc.Spec.HealthCheckNodePort)
			}
		}
	})
	wait(t, func() string {
		got := r.health()
		for target, state := range got {
			if healthy := state == "healthy"; healthy != strings.HasPrefix(target, with+":") {
				return fmt.Sprintf("with the pod on %s, the targets are %v", with, got)
			}
		}
		if len(got) != 2 {
			return fmt.Sprintf("the targets are %v", got)
		}
		return ""
	})
	for range 5 {
		answers(t, s.Address+":80", "web", nil)
	}
}

func instanceOf(n *corev1.Node) string {
	return n.Spec.ProviderID[strings.LastIndex(n.Spec.ProviderID, "/")+1:]
}

// health is what AWS says of all targets, by "id:port".
func (r *rig) health() map[string]string {
	var arns []string
	r.Cloud().Store().View(func(s *store.State) {
		for _, g := range s.TargetGroups() {
			arns = append(arns, g.ARN)
		}
	})
	out := map[string]string{}
	for _, arn := range arns {
		list, _ := r.Cloud().Traffic().Health(arn)
		for _, h := range list {
			out[fmt.Sprintf("%s:%d", h.ID, h.Port)] = string(h.State)
		}
	}
	return out
}
