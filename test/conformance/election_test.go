package conformance

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/cli"
	"github.com/gwanmun/gwanmun/internal/controller"
)

// replica is one of several controllers of a cluster.
type replica struct {
	wires *wires
	stop  func()
}

// replica starts a controller that writes only when it is elected. Class nginx is left to others.
func (r *rig) replica(t *testing.T, name string) *replica {
	t.Helper()
	p := &replica{wires: newWires(0, false)}
	to := r.Wiring()
	p.wires.connect(&to)
	o, err := cli.LocalController(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	o.Nginx = nil
	o.Election = &controller.Election{
		Namespace: "kube-system", CloudLease: "conformance", Identity: name, Duration: 10 * time.Second, Renew: 8 * time.Second, Retry: 200 * time.Millisecond,
	}
	ready := make(chan struct{})
	o.Ready = func() { close(ready) }
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() {
		if err := controller.Run(ctx, o); err != nil {
			t.Errorf("replica %s: %v", name, err)
		}
	})
	p.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(p.stop)
	select {
	case <-ready:
	case <-time.After(patience):
		t.Fatalf("replica %s is not ready", name)
	}
	return p
}

func TestOnlyTheElectedControllerWritesAndAnotherOneTakesOver(t *testing.T) {
	r := begin(t)
	r.StopController()
	t.Cleanup(func() { r.startController(t, nil) }) // it clears up behind the test
	first := r.replica(t, "first")
	wait(t, func() string {
		if holder := r.holder(t); holder != "first" {
			return "the lease is held by " + holder
		}
		return ""
	})
	second := r.replica(t, "second")
	in := ingress{
		namespace: "default", name: "web", class: "alb", paths: []string{"/a web"},
		annotations: []string{"scheme: internet-facing", "target-type: ip"},
	}
	r.apply(t, app("default", "web", 1), in.String())
	r.settle(t)
	r.ask(t, "GET http://-/a via=default/web -> 200 from web")
	if calls := second.wires.made(); len(calls) > 0 {
		t.Errorf("the controller that was not elected called AWS: %s", strings.Join(calls, " "))
	}

	before := len(first.wires.made())
	began := time.Now()
	first.stop()
	in.paths = []string{"/b web"}
	r.apply(t, in.String())
	r.ask(t, "GET http://-/b via=default/web -> 200 from web\nGET http://-/a via=default/web -> 404")
	t.Logf("the second controller served a change %.1f s after the first one was told to stop; %s", time.Since(began).Seconds(),
		fmt.Sprintf("it made %d calls: %s", len(second.wires.made()), strings.Join(second.wires.made(), " ")))
	if calls := first.wires.made(); len(calls) > before {
		t.Errorf("the controller that stopped still called AWS: %v", calls[before:])
	}
	if holder := r.holder(t); holder != "second" {
		t.Errorf("the lease is held by %q", holder)
	}
	second.stop()
}

func (r *rig) holder(t *testing.T) string {
	t.Helper()
	return r.kubectl(t, "get", "leases", "-n", "kube-system", "-o", `jsonpath={.items[?(@.metadata.name=="conformance")].spec.holderIdentity}`)
}
