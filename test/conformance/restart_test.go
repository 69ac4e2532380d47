package conformance

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestALaptopThatIsStartedAgainFindsEverything has a Kubernetes API of its own, which is stopped and started with the rest.
func TestALaptopThatIsStartedAgainFindsEverything(t *testing.T) {
	if stage == nil {
		missing(t, reason)
	}
	dir, at := t.TempDir(), place{kubebox: stage.kubebox, second: 44, balancers: "127.13.0.0/16"}
	requests := requestsOf(t)
	var addresses, before string
	for _, first := range []bool{true, false} {
		r, err := open(t.Context(), dir, at)
		if err != nil {
			t.Fatal(err)
		}
		ended := false
		t.Cleanup(func() {
			if !ended {
				_ = r.close() // the test has failed already
			}
		})
		if first {
			r.applyFiles(t, examples)
		}
		r.settle(t)
		r.ask(t, requests)
		r.quiet(t)
		told := r.kubectl(t, "get", "ingresses", "-A", "-o", `jsonpath={range .items[*]}{.metadata.name} {.status.loadBalancer.ingress}{"\n"}{end}`)
		held := r.aws()
		if first {
			addresses, before = told, held
		}
		if d := cmp.Diff(addresses, told); d != "" {
			t.Errorf("addresses after a restart:\n%s", d)
		}
		if d := differs(before, held); d != "" {
			t.Errorf("AWS after a restart:\n%s", d)
		}
		ended = true
		if err := r.close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
}
