package conformance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/elbapi/front"
)

// quiet waits until no call has been made for a while, and returns the calls since the last reset.
func (r *rig) quiet(t *testing.T) []front.Count {
	t.Helper()
	wait(t, r.loud())
	return r.Cloud().Calls()
}

// loud says what is called until no call has been made for a while.
func (r *rig) loud() func() string {
	const silence = 2 * time.Second
	last, since := -1, time.Now()
	return func() string {
		counts := r.Cloud().Calls()
		if n := total(counts); n != last {
			last, since = n, time.Now()
		}
		if time.Since(since) < silence {
			return "AWS is still being called: " + calls(counts)
		}
		return ""
	}
}

// calls are counts of calls in words; writes are those that change something.
func calls(counts []front.Count) string {
	var out []string
	for _, c := range counts {
		out = append(out, fmt.Sprintf("%s %d", c.Operation, c.Calls))
	}
	return fmt.Sprintf("%d calls, %d writes (%s)", total(counts), writes(counts), strings.Join(out, ", "))
}

func writes(counts []front.Count) (n int) {
	for _, c := range counts {
		if c.Write {
			n += c.Calls
		}
	}
	return n
}

func total(counts []front.Count) (n int) {
	for _, c := range counts {
		n += c.Calls
	}
	return n
}

func TestASecondLookWritesNothingAndOneChangeCostsTwoCalls(t *testing.T) {
	r := begin(t)
	r.Cloud().ResetCalls()
	r.applyFiles(t, examples)
	r.apply(t, balanced{
		namespace: "default", name: "through", app: "service-a", class: "service.k8s.aws/nlb", ports: []string{"80"},
		annotations: []string{"scheme: internet-facing", "nlb-target-type: ip"},
	}.String())
	r.settle(t)
	r.ask(t, requestsOf(t))
	t.Logf("applying the examples and a Service of class nlb: %s", calls(r.quiet(t)))

	one := r.idleTimeout(t, "77")
	t.Logf("one annotation: %s", calls(one))
	if total(one) > 2 {
		t.Errorf("one annotation cost %d calls, more than 2", total(one))
	}
	r.Cloud().ResetCalls()
	r.restart(t)
	again := r.quiet(t)
	t.Logf("a new controller with nothing to do: %s", calls(again))
	if n := writes(again); n > 0 {
		t.Errorf("a controller that finds everything done made %d writes", n)
	}
	t.Logf("the first annotation that a new controller sees, before it has read that load balancer: %s", calls(r.idleTimeout(t, "78")))
	if one = r.idleTimeout(t, "79"); total(one) > 2 {
		t.Errorf("the next one cost %s, more than 2", calls(one))
	}
	r.Cloud().ResetCalls()
	r.kubectl(t, "label", "ingress", "some-ingress", "conformance.example/touched=yes")
	if none := r.quiet(t); total(none) > 0 {
		t.Errorf("a label that means nothing cost %s", calls(none))
	}
}

// idleTimeout changes one annotation and counts what that costs.
func (r *rig) idleTimeout(t *testing.T, seconds string) []front.Count {
	t.Helper()
	r.Cloud().ResetCalls()
	r.kubectl(t, "annotate", "--overwrite", "ingress", "some-ingress", "alb.ingress.kubernetes.io/load-balancer-attributes=idle_timeout.timeout_seconds="+seconds)
	wait(t, func() string {
		if !strings.Contains(r.aws(), `"idle_timeout.timeout_seconds":"`+seconds+`"`) {
			return "the attribute does not arrive"
		}
		return ""
	})
	return r.quiet(t)
}
