package upstream

import (
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func sticky(n int) *model.TargetGroup {
	tg := plain(n)
	tg.Attributes = []model.Attribute{{Key: attributeSticky, Value: "true"}}
	return tg
}

// with is an exchange whose client stays with the target of that number.
func with(number uint64) *exchange.Exchange {
	return &exchange.Exchange{Stick: exchange.Stick{By: exchange.ByNumber, Key: number, Known: true}}
}

func TestAClientStaysWithItsTarget(t *testing.T) {
	for _, n := range []int{1, 3, 200} { // a single target, a list, and one long enough for an index
		g := acquire(t, sticky(n))
		for _, target := range g.order {
			x := with(target.Number())
			if got := g.Pick(x); got != target || x.Stick.Moved || x.Target != exchange.Target(target) {
				t.Fatalf("of %d targets %s was picked for a client of %s", n, got.Address(), target.Address())
			}
		}
		if got := g.State().NonSticky; got != 0 {
			t.Errorf("%d requests count as not sticky", got)
		}
	}
}

func TestAClientIsMovedWhenItsTargetIsGone(t *testing.T) {
	g := acquire(t, sticky(3))
	gone := g.order[2].Number()
	g.SetTargets(targets(2))
	for i := range 4 {
		x := with(gone)
		if got := g.Pick(x); got == nil || got.Number() == gone || !x.Stick.Moved {
			t.Fatalf("request %d went to %v", i, got)
		}
	}
	if got := g.State().NonSticky; got != 4 {
		t.Errorf("%d requests count as not sticky, want 4", got)
	}
}

func TestAClientIsMovedWhenItsTargetIsUnhealthyUnlessAllAre(t *testing.T) {
	g := acquire(t, sticky(2))
	a, b := g.order[0], g.order[1]
	sick := func(t *Target) { t.setHealth(Unhealthy, ReasonTimeout, "") }
	sick(a)
	g.rebuild()
	if got := g.Pick(with(a.Number())); got != b {
		t.Errorf("picked %s, which is unhealthy", got.Address())
	}
	sick(b)
	g.rebuild()
	for _, target := range []*Target{a, b} {
		if got := g.Pick(with(target.Number())); got != target {
			t.Errorf("when all are unhealthy, a client of %s was sent to %s", target.Address(), got.Address())
		}
	}
}

func TestAFurtherTryGoesElsewhereUnlessTheClientIsToStay(t *testing.T) {
	g := acquire(t, sticky(5))
	for _, stay := range []bool{false, true} {
		x := with(g.order[1].Number())
		x.Stick.Stay = stay
		attempt(x, g.Pick(x))
		if got := g.Pick(x); (got == g.order[1]) != stay || x.Stick.Moved == stay {
			t.Errorf("stay %v: the second try went to %s", stay, got.Address())
		}
	}
}

func TestOnlyOneGroupKeepsSessionsWhereThatIsAsked(t *testing.T) {
	g := acquire(t, sticky(8))
	for _, only := range []uint64{g.number, g.number + 1} {
		kept := 0
		for range 8 {
			x := with(g.order[0].Number())
			x.Stick.Only = only
			if g.Pick(x) == g.order[0] {
				kept++
			}
		}
		if want := map[bool]int{true: 8, false: 1}[only == g.number]; kept != want {
			t.Errorf("%d of 8 requests stayed, want %d", kept, want)
		}
	}
}

func TestAPlaceLeadsToTheSameTargetAndMovesSeldom(t *testing.T) {
	g := acquire(t, plain(10))
	pick := func(key uint64) string {
		return g.Pick(&exchange.Exchange{Stick: exchange.Stick{By: exchange.ByPlace, Key: key, Known: true}}).Address()
	}
	const keys = 2000
	before := map[uint64]string{}
	for key := range uint64(keys) {
		before[mix(key)] = pick(mix(key))
	}
	g.SetTargets(targets(11))
	moved := 0
	for key, address := range before {
		if now := pick(key); now != address {
			moved++
			if now != "10.0.0.11:8080" {
				t.Fatalf("a client moved between old targets")
			}
		}
	}
	// One in eleven is 182; five standard deviations are 64.
	if moved < 118 || moved > 246 {
		t.Errorf("%d of %d clients moved to the one new target of eleven", moved, keys)
	}
}

func TestANewPlaceAvoidsTargetsThatWereTried(t *testing.T) {
	g := acquire(t, plain(4))
	for seed := range uint64(50) {
		x := &exchange.Exchange{Random: [2]uint64{seed, mix(seed)}, Stick: exchange.Stick{By: exchange.ByPlace}}
		seen := map[*Target]bool{}
		for range 3 {
			target := g.Pick(x)
			if seen[target] {
				t.Fatalf("seed %d: %s was chosen twice", seed, target.Address())
			}
			if heaviest(g.order, x.Stick.Key, nil) != target || !x.Stick.Moved {
				t.Fatalf("seed %d: the noted place leads to another target", seed)
			}
			seen[target] = true
			attempt(x, target)
		}
	}
}

func TestStickinessIsReadFromAttributes(t *testing.T) {
	type attributes map[string]string
	for _, c := range []struct {
		say        string
		attributes attributes
		want       exchange.Stickiness
		none       bool
		ignored    int
	}{
		{"nothing", attributes{}, exchange.Stickiness{}, true, 0},
		{"off", attributes{attributeSticky: "false", attributeStickyType: "lb_cookie"}, exchange.Stickiness{}, true, 0},
		{"defaults", attributes{attributeSticky: "true"}, exchange.Stickiness{Lasts: 24 * time.Hour}, false, 0},
		{
			"a duration",
			attributes{attributeSticky: "true", attributeStickyLasts: "60", attributeStickyAppLasts: "5"},
			exchange.Stickiness{Lasts: time.Minute},
			false, 0,
		},
		{"the application's", attributes{
			attributeSticky: "true", attributeStickyType: "app_cookie", attributeStickyApp: "SID", attributeStickyAppLasts: "604800",
		}, exchange.Stickiness{Application: "SID", Lasts: 7 * 24 * time.Hour}, false, 0},
		{
			"the application's without a name",
			attributes{attributeSticky: "true", attributeStickyType: "app_cookie"},
			exchange.Stickiness{},
			true, 1,
		},
		{"beside zones", attributes{attributeSticky: "true", attributeCrossZone: "false"}, exchange.Stickiness{}, true, 1},
		{"beside mitigation", attributes{
			attributeSticky: "true", attributeAlgorithm: "weighted_random", attributeAnomaly: "on",
		}, exchange.Stickiness{}, true, 1},
		{
			"beside mitigation that means nothing",
			attributes{attributeSticky: "true", attributeAnomaly: "on"},
			exchange.Stickiness{Lasts: 24 * time.Hour},
			false, 0,
		},
		{
			"too long",
			attributes{attributeSticky: "true", attributeStickyLasts: "99999999"},
			exchange.Stickiness{Lasts: 7 * 24 * time.Hour},
			false, 0,
		},
	} {
		tg := checked(1)
		for _, key := range []string{
			attributeSticky, attributeStickyType, attributeStickyLasts, attributeStickyApp, attributeStickyAppLasts,
			attributeCrossZone, attributeAlgorithm, attributeAnomaly,
		} {
			if v, ok := c.attributes[key]; ok {
				tg.Attributes = append(tg.Attributes, model.Attribute{Key: key, Value: v})
			}
		}
		s := newSettings(tg)
		if len(s.ignored) != c.ignored || (s.sticky == nil) != c.none {
			t.Errorf("%s: %+v, ignored %v", c.say, s.sticky, s.ignored)
			continue
		}
		c.want.Group = exchange.GroupNumber(tg.ID)
		if !c.none && *s.sticky != c.want {
			t.Errorf("%s: %+v, want %+v", c.say, *s.sticky, c.want)
		}
	}
}

func TestStickyPicksAllocateNothing(t *testing.T) {
	g := acquire(t, sticky(50))
	number := g.order[7].Number()
	x := with(number)
	for _, by := range []exchange.StickBy{exchange.ByNumber, exchange.ByPlace} {
		for _, known := range []bool{true, false} {
			if n := testing.AllocsPerRun(100, func() {
				x.Stick = exchange.Stick{By: by, Key: number, Known: known}
				g.Pick(x)
			}); n != 0 {
				t.Errorf("by %d, known %v: %v allocations", by, known, n)
			}
		}
	}
}
