package conformance

import (
	"strings"
	"testing"
)

func TestDeletingEverythingAtOnceLeavesNothing(t *testing.T) {
	r := begin(t)
	r.applyFiles(t, examples)
	r.apply(t, balanced{
		namespace: "alb-test", name: "through", app: "ecsdemo-frontend", class: "service.k8s.aws/nlb", ports: []string{"80", "81"},
		annotations: []string{"scheme: internet-facing", "nlb-target-type: ip"},
	}.String())
	r.settle(t)
	r.ask(t, requestsOf(t))
	if text := r.aws(); strings.Count(text, "\nload balancer ") != 4 || !strings.Contains(text, "interface of ELB ") {
		t.Errorf("AWS holds\n%s", text)
	}
	// Namespaces, Ingresses, Services and pods are deleted at the same moment; the end of the test looks at what is left.
	r.kubectl(t, "delete", "namespace", "alb-test", "alb-test-01", "--wait=false")
}
