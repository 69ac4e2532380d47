package testkit

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
	elbworld "github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/testkit/lab"
)

// typical are cases whose steps are what happens to load balancers in their lives.
var typical = []string{
	"alb/calls/*", "nlb/calls/*", "alb/groups/moving", "alb/listeners/ssl-redirect", "nlb/first", "nlb/listeners/changes", "nlb/class/given-up",
}

// death kills a process at one of its calls that change something: before the call is made, or before its answer arrives. What a
// process only reads dies with it, so deaths at other calls would be the same ones again.
type death struct {
	mu sync.Mutex
	// left is the number of calls until then; nobody dies when it is negative.
	left  int
	after bool
	kill  context.CancelFunc
	calls int
}

var errKilled = errors.New("the process was killed")

// plan says when the next death is to be; -1 for never.
func (d *death) plan(left int, after bool, kill context.CancelFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.after, d.kill, d.calls = left, after, kill, 0
}

// counted is the number of calls since the last plan.
func (d *death) counted() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls
}

func (d *death) before(call string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	changes := !fault.ReadOnly(call)
	if changes {
		d.calls++
	}
	if d.left == 0 || d.left == 1 && !d.after && changes {
		d.left = 0
		d.kill()
		return errKilled
	}
	return nil
}

func (d *death) done(call string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left > 0 && !fault.ReadOnly(call) {
		if d.left--; d.left == 0 {
			d.kill()
			return errKilled
		}
	}
	return nil
}

// A process that is killed at any call of any typical change, and started again with what it had kept, ends where it would have
// without that: nothing is there twice, nothing is left over.
func TestAProcessMayDieAtAnyCall(t *testing.T) {
	for _, pattern := range typical {
		files, err := filepath.Glob("../../test/cases/" + pattern + ".txt")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			name, _ := strings.CutPrefix(filepath.ToSlash(file), "../../test/cases/")
			t.Run(strings.TrimSuffix(name, ".txt"), func(t *testing.T) {
				t.Parallel()
				c, err := readCase(file)
				if err != nil {
					t.Fatal(err)
				}
				killEverywhere(t, c)
			})
		}
	}
}

func killEverywhere(t *testing.T, c *Case) {
	w, err := newWorld(c.Options)
	if err != nil {
		t.Fatal(err)
	}
	d := &death{left: -1}
	ids := newAWSIDs()
	l, err := lab.New(lab.Options{
		World: &elbworld.File{Region: awsRegion, Account: awsAccount, Partition: "aws"}, Record: true, Word: ids.word, Before: d.before, After: d.done,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := startAWSPath(t, w, l, ids)
	deaths := 0
	var earlier []wish
	for _, s := range c.Steps {
		if err := w.step(s); err != nil {
			t.Fatal(err)
		}
		all := p.prepare(t, w)
		before, kept, was := p.save(t), p.live.Kept.Copy(), p.names()
		d.plan(-1, false, nil)
		p.live = p.restarted(t, kept.Copy())
		if refused := p.realize(t.Context(), p.live, all, true); len(refused) > 0 {
			t.Fatalf("step %d: refused: %v", s.Number, refused)
		}
		calls, after, is, end := d.counted(), p.save(t), p.names(), p.live
		// The next process finds the same wish, or one that was taken back in the meantime.
		for _, next := range []ending{{"the same wish", all, is}, {"the wish of before", takenBack(earlier, all), was}} {
			for i := range 2 * calls {
				p.restore(t, before)
				deaths++
				ctx, kill := context.WithCancel(t.Context())
				d.plan(1+i/2, i%2 == 1, kill)
				mourned := kept.Copy()
				p.realize(ctx, p.restarted(t, mourned), all, false)
				kill()
				d.plan(-1, false, nil)
				problems := p.goOn(t, mourned, next)
				if len(problems) > 0 {
					t.Fatalf("step %d, killed at call %d of %d, after it took effect: %t, then %s:\n%s",
						s.Number, 1+i/2, calls, i%2 == 1, next.what, strings.Join(problems, "\n"))
				}
			}
		}
		p.restore(t, after)
		p.live, earlier = end, all
	}
	t.Logf("killed %d times", deaths)
}

// ending is what the process after a death is to make true, and the names of all that must be there then.
type ending struct {
	what  string
	all   []wish
	names []string
}

// takenBack are earlier wishes, with those stacks gone that are wished for only now.
func takenBack(earlier, now []wish) []wish {
	out := slices.Clone(earlier)
	for _, n := range now {
		if !slices.ContainsFunc(out, func(e wish) bool { return e.id == n.id }) {
			out = append(out, wish{id: n.id})
		}
	}
	return out
}

// goOn lets a process end the work of one that died. It says what is wrong after that.
func (p *awsPath) goOn(t *testing.T, kept *lab.Kept, next ending) []string {
	p.lab.Writes()
	var out []string
	if refused := p.realize(t.Context(), p.restarted(t, kept.Copy()), next.all, false); len(refused) > 0 {
		out = append(out, fmt.Sprintf("the next process is refused: %v", refused))
	}
	mended := p.lab.Writes()
	if refused := p.realize(t.Context(), p.restarted(t, nil), next.all, false); len(refused) > 0 {
		out = append(out, fmt.Sprintf("a process that knows nothing is refused: %v", refused))
	}
	if again := p.lab.Writes(); len(again) > 0 {
		out = append(out, fmt.Sprintf("the next process did\n  %s\nand one that knows nothing still does\n  %s",
			strings.Join(mended, "\n  "), strings.Join(again, "\n  ")))
	}
	if diff := cmp.Diff(next.names, p.names()); diff != "" {
		out = append(out, "AWS has (- want, + got):\n"+diff)
	}
	return out
}

func (p *awsPath) restarted(t *testing.T, kept *lab.Kept) *lab.Process {
	t.Helper()
	o := p.start
	o.Kept = kept
	process, err := p.lab.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return process
}

// saved is the state of an AWS.
type saved struct{ store, world []byte }

func (p *awsPath) save(t *testing.T) saved {
	t.Helper()
	store, err := p.lab.API.Store().Snapshot()
	world, err2 := p.lab.API.World().Snapshot()
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return saved{store, world}
}

func (p *awsPath) restore(t *testing.T, s saved) {
	t.Helper()
	if err := errors.Join(p.lab.API.Store().Restore(s.store), p.lab.API.World().Restore(s.world)); err != nil {
		t.Fatal(err)
	}
}

// names are the names of all that AWS holds, sorted.
func (p *awsPath) names() []string {
	var out []string
	for _, r := range p.inventory() {
		if what, _, _ := strings.Cut(r.what, " "); what != "interface" {
			out = append(out, r.what)
		} else {
			out = append(out, fmt.Sprintf("an %s", what))
		}
	}
	slices.Sort(out)
	return out
}
