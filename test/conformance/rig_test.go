package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/laptop"
	"github.com/gwanmun/gwanmun/internal/local"
)

// rig is a running laptop with clients of it.
type rig struct {
	*laptop.Laptop
	kubebox string
	log     *os.File
	// core is for built-in kinds, all for ours too.
	core kubernetes.Interface
	all  client.Client
	// before is what AWS holds without any load balancer.
	before string
}

// patience bounds every wait for something that takes a second on an idle machine.
const patience = 90 * time.Second

func (r *rig) connect() error {
	var err error
	if r.core, err = kubernetes.NewForConfig(r.Config()); err != nil {
		return err
	}
	if r.all, err = kube.Connect(r.Config()); err != nil {
		return err
	}
	r.before = r.aws()
	return nil
}

func (r *rig) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return errors.Join(r.Laptop.Close(ctx), r.log.Close())
}

// begin hands a test the stage, empty; the test must leave it so.
func begin(t *testing.T) *rig {
	t.Helper()
	if stage == nil {
		missing(t, reason)
	}
	began := time.Now()
	t.Cleanup(func() {
		stage.clear(t)
		if t.Failed() {
			t.Logf("the last lines of the log:\n%s", stage.lastLines())
		}
		t.Logf("took %.1f s", time.Since(began).Seconds())
	})
	return stage
}

// lastLines are the last lines of the log.
func (r *rig) lastLines() string {
	data, err := os.ReadFile(r.log.Name())
	if err != nil {
		return err.Error()
	}
	const most = 6000
	return string(data[max(0, len(data)-most):])
}

// apply applies manifests that are given as text.
func (r *rig) apply(t *testing.T, manifests ...string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "manifests.yaml")
	if err := os.WriteFile(file, []byte(strings.Join(manifests, "\n---\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	r.applyFiles(t, file)
}

func (r *rig) applyFiles(t *testing.T, files ...string) {
	t.Helper()
	if err := errors.Join(r.Apply(t.Context(), files...)...); err != nil {
		t.Fatal(err)
	}
}

// settle waits until everything is served.
func (r *rig) settle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := r.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

// wait waits until fault, which says what is not as it should be, says nothing.
func wait(t *testing.T, fault func() string) {
	t.Helper()
	if left := lasts(patience, fault); left != "" {
		t.Fatal(left)
	}
}

// lasts waits for as long as fault says something, at most for so long, and returns what it said last.
func lasts(most time.Duration, fault func() string) string {
	for end := time.Now().Add(most); ; time.Sleep(20 * time.Millisecond) {
		left := fault()
		if left == "" || time.Now().After(end) {
			return left
		}
	}
}

// ask sends requests, in the words of examples/*/requests.txt, again and again until each is answered as it says.
func (r *rig) ask(t *testing.T, text string) {
	t.Helper()
	groups, err := local.ParseRequests(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for i := range g.Requests {
			q := &g.Requests[i]
			wait(t, func() string { return r.answered(t.Context(), q) })
		}
	}
}

// answered says what is wrong with the answer to a request.
func (r *rig) answered(ctx context.Context, q *local.Request) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	state := r.State()
	served := state.Local()
	o, err := q.Send(ctx, &served)
	if err != nil {
		return fmt.Sprintf("%s %s via %q: %v", q.Method, q.URL, q.Via, err)
	}
	if faults := q.Faults(o); len(faults) > 0 {
		return fmt.Sprintf("%s %s via %q: %s", q.Method, q.URL, q.Via, strings.Join(faults, "; "))
	}
	return ""
}

// kubectl runs the real kubectl.
func (r *rig) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), r.kubebox, append([]string{"kubectl"}, args...)...) //nolint:gosec // the tests say what to run
	c.Env = append(os.Environ(), "KUBECONFIG="+r.State().Kubernetes.Kubeconfig)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// restart stops the controller and starts another one on the same cluster and cloud.
func (r *rig) restart(t *testing.T) {
	t.Helper()
	r.StopController()
	r.startController(t, nil)
}

func (r *rig) startController(t *testing.T, change func(*laptop.Wiring)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience) // it may be part of clearing up
	defer cancel()
	if err := r.StartController(ctx, change); err != nil {
		t.Fatal(err)
	}
}
