package upstream

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// pausing runs f in virtual time with a registry that gives targets a pause after three failures.
func pausing(t *testing.T, o Outliers, f func(r *Registry)) {
	synctest.Test(t, func(*testing.T) {
		r := NewRegistry(Options{Dial: newWorld().dial, Outliers: o})
		defer r.Close()
		f(r)
	})
}

func fail(target *Target, times int) {
	for range times {
		(&Conn{Target: target}).Report(503, 0)
	}
}

func usable(g *Group) int { return len(g.roster.Load().usable) }

func TestATargetPausesAfterFailuresInARow(t *testing.T) {
	pausing(t, Outliers{Failures: 3, Pause: 10 * time.Second}, func(r *Registry) {
		g := r.Acquire(plain(4))
		a := g.order[0]
		fail(a, 2)
		(&Conn{Target: a}).Report(200, 0)
		fail(a, 2)
		if usable(g) != 4 {
			t.Fatal("failures that were not in a row gave a pause")
		}
		fail(a, 1)
		if usable(g) != 3 || !a.State().Ejected {
			t.Fatalf("%d targets are used", usable(g))
		}
		for range 20 {
			if g.Pick(&exchange.Exchange{}) == a {
				t.Fatal("the pausing target was picked")
			}
		}
		time.Sleep(10*time.Second + 1)
		synctest.Wait()
		if usable(g) != 4 || a.State().Ejected {
			t.Errorf("after its pause %d targets are used", usable(g))
		}
	})
}

func TestPausesGetLongerUntilTheTargetHasBeenWell(t *testing.T) {
	pausing(t, Outliers{Failures: 1, Pause: 10 * time.Second, LongestPause: 25 * time.Second}, func(r *Registry) {
		g := r.Acquire(plain(4))
		a := g.order[0]
		for _, pause := range []time.Duration{10, 20, 25, 25} {
			began := time.Now()
			fail(a, 1)
			for a.ejected.Load() {
				time.Sleep(time.Second)
			}
			if took := time.Since(began); took < pause*time.Second || took > (pause+1)*time.Second {
				t.Fatalf("paused for %v, want %d s", took, pause)
			}
		}
		time.Sleep(2 * time.Minute)
		fail(a, 1)
		time.Sleep(11 * time.Second)
		if a.ejected.Load() {
			t.Error("a target that was well for long did not begin with a short pause")
		}
	})
}

func TestNoMoreThanAShareOfTheTargetsPauses(t *testing.T) {
	for _, c := range []struct{ targets, share, want int }{{4, 50, 2}, {4, 25, 1}, {2, 50, 1}, {1, 100, 0}, {3, 100, 2}, {10, 10, 1}} {
		pausing(t, Outliers{Failures: 1, Share: c.share}, func(r *Registry) {
			g := r.Acquire(plain(c.targets))
			for _, target := range g.order {
				fail(target, 1)
			}
			if got := c.targets - usable(g); got != c.want {
				t.Errorf("of %d targets %d pause with a share of %d, want %d", c.targets, got, c.share, c.want)
			}
		})
	}
}

func TestNobodyPausesUnlessThatIsAskedFor(t *testing.T) {
	pausing(t, Outliers{}, func(r *Registry) {
		g := r.Acquire(plain(3))
		fail(g.order[0], 1000)
		if usable(g) != 3 {
			t.Errorf("%d targets are used", usable(g))
		}
	})
	pausing(t, Outliers{Failures: 1}, func(r *Registry) {
		g := r.Acquire(network(3))
		synctest.Wait()
		g.order[0].setHealth(Healthy, "", "")
		fail(g.order[0], 10)
		if g.order[0].ejected.Load() {
			t.Error("a target of a network load balancer pauses")
		}
	})
}

func TestATargetThatIsTakenOutAndComesBackDoesNotPause(t *testing.T) {
	pausing(t, Outliers{Failures: 1}, func(r *Registry) {
		g := r.Acquire(plain(3))
		fail(g.order[0], 1)
		g.SetTargets(targets(3)[1:])
		g.SetTargets(targets(3))
		if usable(g) != 3 {
			t.Errorf("%d targets are used", usable(g))
		}
	})
}
