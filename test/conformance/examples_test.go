package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
)

const examples = "../../examples"

// requestsOf are the requests of all examples.
func requestsOf(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(examples, "*", "requests.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no requests: %v", err)
	}
	var all []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return strings.Join(all, "\n")
}

func TestEveryExampleIsServedAndShownAsInTheTutorials(t *testing.T) {
	r := begin(t)
	r.applyFiles(t, examples)
	r.settle(t)
	r.ask(t, requestsOf(t))

	var ingresses networkingv1.IngressList
	if err := r.all.List(t.Context(), &ingresses); err != nil {
		t.Fatal(err)
	}
	for i := range ingresses.Items {
		checkAddress(t, r, &ingresses.Items[i])
	}
	var bindings elbv2.TargetGroupBindingList
	if err := r.all.List(t.Context(), &bindings); err != nil {
		t.Fatal(err)
	}
	byService := map[string]string{}
	for _, b := range bindings.Items {
		byService[b.Namespace+"/"+b.Spec.ServiceRef.Name] = b.Spec.TargetType
	}
	for service, want := range map[string]string{
		"alb-test-01/alb-test-01": "instance", "alb-test/ecsdemo-frontend": "ip",
		"default/service-a": "ip", "default/service-b": "ip", "default/service-c": "ip", "default/service-d": "ip",
	} {
		if byService[service] != want {
			t.Errorf("the binding of %s has target type %q, want %q", service, byService[service], want)
		}
	}
	if len(bindings.Items) != len(byService) || len(byService) != 6 {
		t.Errorf("%d bindings of %d Services, want 6 of 6", len(bindings.Items), len(byService))
	}
	checkColumns(t, r.kubectl(t, "get", "ingress", "-n", "alb-test-01"), "NAME CLASS HOSTS ADDRESS PORTS AGE", "alb-test-01 alb * .elb.")
	checkColumns(t, r.kubectl(t, "get", "targetgroupbindings", "-A"), "NAMESPACE NAME SERVICE-NAME SERVICE-PORT TARGET-TYPE AGE",
		"alb-test k8s-albtest- ecsdemo-frontend 80 ip")
	checkColumns(t, r.kubectl(t, "get", "targetgroupbinding", "-n", "alb-test-01", "-o", "wide"),
		"NAME SERVICE-NAME SERVICE-PORT TARGET-TYPE ARN AGE", "k8s-albtest0- alb-test-01 8080 instance arn:aws:elasticloadbalancing:")
}

// checkAddress looks at the address that a user sees.
func checkAddress(t *testing.T, r *rig, ing *networkingv1.Ingress) {
	t.Helper()
	at := ing.Status.LoadBalancer.Ingress
	if len(at) != 1 {
		t.Errorf("Ingress %s/%s has %d addresses", ing.Namespace, ing.Name, len(at))
		return
	}
	state := r.State()
	for _, s := range state.Ingresses {
		if s.Namespace != ing.Namespace || s.Name != ing.Name {
			continue
		}
		switch {
		case s.Class == "nginx" && (at[0].IP != s.Address || at[0].Hostname != ""):
			t.Errorf("Ingress %s/%s of class nginx is at %+v, want IP %s", ing.Namespace, ing.Name, at[0], s.Address)
		case s.Class == "alb" && !strings.HasSuffix(at[0].Hostname, "."+strings.ReplaceAll(s.Address, ".", "-")+".sslip.io"):
			t.Errorf("Ingress %s/%s of class alb is at %+v, which does not carry %s", ing.Namespace, ing.Name, at[0], s.Address)
		}
		return
	}
	t.Errorf("Ingress %s/%s is not told", ing.Namespace, ing.Name)
}

// checkColumns looks for a table's heading and for a row in which the words occur in this order.
func checkColumns(t *testing.T, table, heading, row string) {
	t.Helper()
	lines := strings.Split(table, "\n")
	if got := strings.Join(strings.Fields(lines[0]), " "); got != heading {
		t.Errorf("the columns are %q, want %q", got, heading)
	}
	for _, line := range lines[1:] {
		rest, all := line, true
		for _, word := range strings.Fields(row) {
			_, after, ok := strings.Cut(rest, word)
			rest, all = after, all && ok
		}
		if all {
			return
		}
	}
	t.Errorf("no row has %q in\n%s", row, table)
}
