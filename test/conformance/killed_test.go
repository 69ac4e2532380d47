package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gwanmun/gwanmun/internal/laptop"
)

// wires are a controller's connections. They are cut at the call to AWS with number at, counted from 1: before AWS hears of it,
// or after AWS has carried it out. Nothing gets through any more then, to AWS or to Kubernetes, as after a kill -9.
type wires struct {
	at    int
	after bool

	mu    sync.Mutex
	calls []string
	// cut is closed when the wires are cut.
	cut chan struct{}
}

var errCut = errors.New("the controller is dead")

func newWires(at int, after bool) *wires {
	return &wires{at: at, after: after, cut: make(chan struct{})}
}

// connect connects a controller by these wires.
func (w *wires) connect(to *laptop.Wiring) {
	to.AWSClient = &http.Client{Transport: sender(w.aws)}
	to.Kubernetes = func(next http.RoundTripper) http.RoundTripper {
		return sender(func(q *http.Request) (*http.Response, error) {
			if w.dead() {
				return nil, errCut
			}
			return next.RoundTrip(q)
		})
	}
}

type sender func(*http.Request) (*http.Response, error)

func (s sender) RoundTrip(q *http.Request) (*http.Response, error) { return s(q) }

func (w *wires) dead() bool {
	select {
	case <-w.cut:
		return true
	default:
		return false
	}
}

func (w *wires) aws(q *http.Request) (*http.Response, error) {
	name, err := operation(q)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	if w.dead() {
		w.mu.Unlock()
		return nil, errCut
	}
	w.calls = append(w.calls, name)
	last := len(w.calls) == w.at
	if last && !w.after {
		close(w.cut)
	}
	w.mu.Unlock()
	if last && !w.after {
		return nil, errCut
	}
	answer, err := http.DefaultTransport.RoundTrip(q)
	if last {
		close(w.cut)
		if err == nil {
			err = answer.Body.Close()
		}
		return nil, errors.Join(errCut, err)
	}
	return answer, err
}

// made are the calls so far.
func (w *wires) made() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.calls...)
}

// last is the last call.
func (w *wires) last() string {
	if calls := w.made(); len(calls) > 0 {
		return calls[len(calls)-1]
	}
	return "no call"
}

// operation reads the name of a call in either protocol.
func operation(q *http.Request) (string, error) {
	if target := q.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndex(target, ".")+1:], nil
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return "", err
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	return form.Get("Action"), err
}

// both are an Ingress of class alb and a Service of class nlb.
func both() []string {
	return []string{
		ingress{
			namespace: "default", name: "web", class: "alb", paths: []string{"/a web", "/b web"},
			annotations: []string{"scheme: internet-facing", "target-type: ip", "load-balancer-attributes: idle_timeout.timeout_seconds=77"},
		}.String(),
		balanced{
			namespace: "default", name: "through", app: "web", class: "service.k8s.aws/nlb", ports: []string{"80"}, nodePort: 31742,
			annotations: []string{"scheme: internet-facing"},
		}.String(),
	}
}

// alike leaves out what names have from the UID of a Service, which is another one each time.
func alike(text string) string { return hash.ReplaceAllString(text, "") }

var hash = regexp.MustCompile(`-[0-9a-f]{10}\b`)

// told are the TargetGroupBindings and what Ingresses and Services say of themselves, without ids.
func (r *rig) told(t *testing.T) string {
	t.Helper()
	const of = `{range .items[*]}{.kind} {.metadata.name} {.metadata.finalizers} {.spec.targetType} {.status.loadBalancer.ingress[0].ip}{"\n"}{end}`
	return alike(r.kubectl(t, "get", "targetgroupbindings,ingresses,services", "-o", "jsonpath="+of))
}

// TestAControllerKilledAtAnyCallLeavesNoOrphansAndNoDoubles kills a controller that realizes an Ingress and a Service right
// before a call to AWS, or right after the call took effect and before its answer came. The next controller must come to what an
// undisturbed one comes to, and deletion must leave nothing.
func TestAControllerKilledAtAnyCallLeavesNoOrphansAndNoDoubles(t *testing.T) {
	r := begin(t)
	r.apply(t, app("default", "web", 2))
	r.settle(t)
	empty, untold := r.aws(), r.told(t)
	converged := func() {
		t.Helper()
		r.ask(t, "GET http://-/a via=default/web -> 200\nGET http://-/b via=default/web -> 200")
		r.service(t, "default", "through")
	}
	remove := func() {
		t.Helper()
		r.kubectl(t, "delete", "ingress/web", "service/through", "--wait=false")
		wait(t, func() string { return differs(empty, r.aws()) })
		wait(t, func() string { return differs(untold, r.told(t)) })
	}

	undisturbed := newWires(0, false)
	r.StopController()
	r.startController(t, undisturbed.connect)
	r.apply(t, both()...)
	converged()
	r.quiet(t)
	want, wantTold := alike(r.aws()), r.told(t)
	made := undisturbed.made()
	t.Logf("undisturbed: %d calls: %s", len(made), strings.Join(made, " "))
	remove()

	for _, p := range points(len(made)) {
		w := newWires(p.at, p.after)
		r.killed(t, w, func() { r.apply(t, both()...) })
		converged()
		left := lasts(patience, func() string { return differs(want, alike(r.aws())) + differs(wantTold, r.told(t)) })
		if left != "" {
			t.Fatalf("a controller that was killed %v (%s) and started again came to\n%s", p, w.last(), left)
		}
		remove()
	}
}

// TestAControllerKilledWhileItDeletesLeavesNothing does the same while the load balancers go.
func TestAControllerKilledWhileItDeletesLeavesNothing(t *testing.T) {
	r := begin(t)
	r.apply(t, app("default", "web", 2))
	r.settle(t)
	empty, untold := r.aws(), r.told(t)
	deletion := func(w *wires) {
		t.Helper()
		r.apply(t, both()...)
		r.ask(t, "GET http://-/a via=default/web -> 200")
		r.service(t, "default", "through")
		r.quiet(t)
		r.killed(t, w, func() { r.kubectl(t, "delete", "ingress/web", "service/through", "--wait=false") })
		left := lasts(patience, func() string { return differs(empty, r.aws()) + differs(untold, r.told(t)) })
		if left != "" {
			t.Fatalf("a controller that was killed %v (%s) and started again has left\n%s", point{w.at, w.after}, w.last(), left)
		}
	}
	undisturbed := newWires(0, false)
	deletion(undisturbed)
	made := undisturbed.made()
	t.Logf("undisturbed: %d calls: %s", len(made), strings.Join(made, " "))
	for _, p := range points(len(made)) {
		deletion(newWires(p.at, p.after))
	}
}

// TestAControllerKilledWhileItChangesALoadBalancerComesToTheSame changes rules, listeners, attributes, and the type of targets, which
// takes another target group.
func TestAControllerKilledWhileItChangesALoadBalancerComesToTheSame(t *testing.T) {
	r := begin(t)
	before := ingress{
		namespace: "default", name: "web", class: "alb", paths: []string{"/a web", "/b web"},
		annotations: []string{"scheme: internet-facing", "target-type: ip", "load-balancer-attributes: idle_timeout.timeout_seconds=77"},
	}
	after := ingress{
		namespace: "default", name: "web", class: "alb", paths: []string{"/b web", "/c web", "/d web"},
		annotations: []string{
			"scheme: internet-facing", "target-type: instance", "load-balancer-attributes: idle_timeout.timeout_seconds=78",
			`listen-ports: '[{"HTTP": 80}, {"HTTP": 8081}]'`, "inbound-cidrs: 127.0.0.0/8", "tags: team=web",
		},
	}
	r.apply(t, app("default", "web", 2), before.String())
	r.settle(t)
	r.quiet(t)
	want, wantTold := r.aws(), r.told(t)
	back := func() {
		t.Helper()
		r.apply(t, before.String())
		wait(t, func() string { return differs(want, r.aws()) + differs(wantTold, r.told(t)) })
	}

	undisturbed := newWires(0, false)
	r.killed(t, undisturbed, func() { r.apply(t, after.String()) })
	r.ask(t, "GET http://-/d via=default/web -> 200")
	changed, changedTold := r.aws(), r.told(t)
	made := undisturbed.made()
	t.Logf("undisturbed: %d calls: %s", len(made), strings.Join(made, " "))
	back()
	for _, p := range points(len(made)) {
		w := newWires(p.at, p.after)
		r.killed(t, w, func() { r.apply(t, after.String()) })
		r.ask(t, "GET http://-/d via=default/web -> 200\nGET http://-/a via=default/web -> 404")
		left := lasts(patience, func() string { return differs(changed, r.aws()) + differs(changedTold, r.told(t)) })
		if left != "" {
			t.Fatalf("a controller that was killed %v (%s) and started again came to\n%s", p, w.last(), left)
		}
		back()
	}
}

// killed starts a controller, does something, waits until the controller is dead or has nothing more to do, and starts another
// one.
func (r *rig) killed(t *testing.T, w *wires, do func()) {
	t.Helper()
	r.StopController()
	r.startController(t, w.connect)
	do()
	select {
	case <-w.cut:
		t.Logf("killed %v: %s", point{w.at, w.after}, w.last())
	case <-r.silence():
	}
	r.restart(t)
}

// silence is closed when no call has been made for a while.
func (r *rig) silence() <-chan struct{} {
	out, loud := make(chan struct{}), r.loud()
	go func() {
		defer close(out)
		lasts(patience, loud)
	}()
	return out
}

// point is where a controller is killed.
type point struct {
	at    int
	after bool
}

func (p point) String() string {
	if p.after {
		return fmt.Sprintf("after call %d", p.at)
	}
	return fmt.Sprintf("before call %d", p.at)
}

// points are all points of so many calls if GWANMUN_CONFORMANCE_ALL is set, and a few that are spread over them otherwise.
func points(calls int) []point {
	var out []point
	for at := 1; at <= calls; at++ {
		out = append(out, point{at, false}, point{at, true})
	}
	const few = 12
	if os.Getenv("GWANMUN_CONFORMANCE_ALL") != "" || len(out) <= few {
		return out
	}
	for i := range few {
		out[i] = out[i*(len(out)-1)/(few-1)]
	}
	return out[:few]
}
