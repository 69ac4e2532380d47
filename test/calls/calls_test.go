package calls

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/testkit/lab"
)

// figures are calls, those of them that change something, and those of each kind as text ("*" marks changes).
type figures struct {
	what        string
	all, writes int
	kinds       string
}

// measure takes a cluster through its life.
func measure(t testing.TB, v variant) []figures {
	t.Helper()
	l, err := lab.New(lab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	var out []figures
	note := func(what string) {
		all, writes, kinds := l.Count()
		out = append(out, figures{what, all, writes, kinds})
	}
	all := v.objects()
	c := start(t, l, all, nil, nil)
	c.run()
	note("to converge")
	c.run()
	note("again with nothing changed")
	changed := v.ingress(3, 4, map[string]string{"load-balancer-attributes": "idle_timeout.timeout_seconds=90"})
	c.state.Apply(build.Change{Put: changed})
	c.run()
	note("one changed annotation")
	all = append(all, changed)
	start(t, l, all, c.process.Kept.Copy(), c.bindings).run()
	note("a restart with nothing changed")
	start(t, l, all, nil, nil).run()
	note("a takeover by a process that knows nothing")
	return out
}

// The calls of a life, in the order of measure: at most so many, and exactly so many that change something. What must be made
// is 10 load balancers, 10 listeners, 100 rules, 100 target groups with their targets, 11 security groups and 10 times their
// permissions: 341 calls. Nodes let the load balancers in with one permission; it grows with each further node port.
func TestCallsOfAHundredIngresses(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			limits := []figures{
				{all: v.converge + 10, writes: v.converge}, {}, {all: 2, writes: 1}, {all: 40}, {all: 160},
			}
			for i, f := range measure(t, v) {
				t.Logf("%s: %d calls, %d of them changes\n%s", f.what, f.all, f.writes, f.kinds)
				if f.all > limits[i].all || f.writes != limits[i].writes {
					t.Errorf("%s: %d calls, %d of them changes; want at most %d, and %d", f.what, f.all, f.writes, limits[i].all, limits[i].writes)
				}
			}
		})
	}
}

// BenchmarkCallsOfAHundredIngresses reports the figures as metrics.
func BenchmarkCallsOfAHundredIngresses(b *testing.B) {
	for _, v := range variants {
		b.Run(v.name, func(b *testing.B) {
			var last []figures
			for b.Loop() {
				last = measure(b, v)
			}
			for i, unit := range []string{"calls/converge", "calls/again", "calls/change", "calls/restart", "calls/takeover"} {
				b.ReportMetric(float64(last[i].all), unit)
			}
		})
	}
}
