package upstream

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// The tests of distributions draw from generators with fixed seeds. A share p of n draws may differ from what it should be
// by five standard deviations of chance, 5*sqrt(n*p*(1-p)), and by one draw for rounding.
const draws = 20_000

func generator(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 9)) }

// counts sends draws to the group and counts them by target.
func counts(g *Group, random *rand.Rand) map[*Target]int {
	out := map[*Target]int{}
	x := &exchange.Exchange{}
	for range draws {
		x.Random, x.Stick = [2]uint64{random.Uint64(), random.Uint64()}, exchange.Stick{}
		out[g.Pick(x)]++
	}
	return out
}

// compare holds counts against weights; a weight of 0 gets nothing.
func compare(t *testing.T, what string, got map[*Target]int, weights map[*Target]float64) {
	t.Helper()
	total := 0.0
	for _, w := range weights {
		total += w
	}
	for target, w := range weights {
		p := w / total
		if slack := 5*math.Sqrt(draws*p*(1-p)) + 1; p == 0 && got[target] > 0 || math.Abs(float64(got[target])-draws*p) > slack {
			t.Errorf("%s: %s got %d of %d draws, want %.0f +- %.0f", what, target.Address(), got[target], draws, draws*p, slack)
		}
	}
}

func algorithm(tg *model.TargetGroup, name string, more ...model.Attribute) *model.TargetGroup {
	tg.Attributes = append(append(tg.Attributes, model.Attribute{Key: attributeAlgorithm, Value: name}), more...)
	return tg
}

func TestWeightedRandomDrawsByWeights(t *testing.T) {
	random := generator(1)
	for round := range 20 {
		n := 3 + random.IntN(20)
		g := acquire(t, algorithm(plain(n), "weighted_random"))
		weights := map[*Target]float64{}
		low := 0
		for _, target := range g.order {
			// No more than half of the targets can be anomalous.
			lost := int32(0)
			if 2*(low+1) <= n && random.IntN(2) == 0 {
				lost = int32(random.IntN(fullWeight - leastWeight + 1))
				low++
			}
			target.anomaly.lost.Store(lost)
			g.shifted.Store(g.shifted.Load() || lost > 0)
			weights[target] = float64(fullWeight - lost)
		}
		if got := counts(g, random); !t.Failed() {
			compare(t, "round "+string(rune('a'+round)), got, weights)
		}
	}
}

func TestRoundRobinIsExact(t *testing.T) {
	g := acquire(t, plain(7))
	for target, n := range counts(g, generator(2)) {
		if n != draws/7 && n != draws/7+1 {
			t.Errorf("%s got %d of %d", target.Address(), n, draws)
		}
	}
}

func TestAStartingTargetGetsItsPartAndTheOthersShareTheRestEvenly(t *testing.T) {
	now := time.Unix(1000, 0)
	r := registry(t, Options{Now: func() time.Time { return now }})
	g := r.Acquire(plain(5))
	s := *g.settings.Load()
	s.slowStart = 100 * time.Second
	g.settings.Store(&s)
	g.ramp(g.order[1], now)
	g.rebuild()
	random := generator(3)
	for _, part := range []float64{0.1, 0.25, 0.5, 0.9, 1} {
		now = time.Unix(1000, 0).Add(time.Duration(part * float64(s.slowStart)))
		weights := map[*Target]float64{}
		for _, target := range g.order {
			weights[target] = 1
		}
		weights[g.order[1]] = part
		compare(t, "a part of the slow start", counts(g, random), weights)
	}
}

func TestClientsWithoutACookieSpreadEvenlyOverPlaces(t *testing.T) {
	g := acquire(t, plain(6))
	random := generator(4)
	got, weights := map[*Target]int{}, map[*Target]float64{}
	for range draws {
		x := &exchange.Exchange{Random: [2]uint64{random.Uint64(), random.Uint64()}, Stick: exchange.Stick{By: exchange.ByPlace}}
		got[g.Pick(x)]++
	}
	for _, target := range g.order {
		weights[target] = 1
	}
	compare(t, "places", got, weights)
}

func TestSubsetsSpreadOverAllTargetsAndKeepAKeyInOne(t *testing.T) {
	tg := plain(9)
	tg.Algorithm, tg.HashBy, tg.HashSubset = "chash", "$request_uri", 3
	g := acquire(t, tg)
	random := generator(5)
	all := map[*Target]bool{}
	for key := range 60 {
		seen := map[*Target]bool{}
		for range 60 {
			x := &exchange.Exchange{Random: [2]uint64{0, random.Uint64()}}
			x.Request.Target = []byte{'/', byte('0' + key)}
			target := g.Pick(x)
			seen[target], all[target] = true, true
		}
		if len(seen) != 3 {
			t.Fatalf("key %d: %d targets got its requests, want 3", key, len(seen))
		}
	}
	if len(all) != 9 {
		t.Errorf("%d of 9 targets got requests", len(all))
	}
}

func TestTheLastSubsetIsFilledUp(t *testing.T) {
	g := acquire(t, plain(4))
	subsets := newSubsets(g.order, 3)
	if len(subsets) != 2 || len(subsets[1]) != 3 || subsets[1][0] != g.order[3] || subsets[1][1] != g.order[0] {
		t.Errorf("%d subsets, the last one of %d", len(subsets), len(subsets[len(subsets)-1]))
	}
	if got := newSubsets(g.order[:1], 5); len(got) != 1 || len(got[0]) != 5 {
		t.Errorf("one target in subsets of five: %v", got)
	}
}

// zoned puts targets into zones.
func zoned(zones ...string) []model.Target {
	list := targets(len(zones))
	for i := range list {
		list[i].Zone = zones[i]
	}
	return list
}

func TestWithoutCrossZoneEachZoneGetsTheSame(t *testing.T) {
	tg := plain(0)
	tg.Targets = zoned("a", "b", "b", "b", "c")
	tg.Attributes = []model.Attribute{{Key: attributeCrossZone, Value: "false"}}
	g := acquire(t, algorithm(tg, "weighted_random"))
	third := 1.0 / 3
	compare(t, "zones", counts(g, generator(6)), map[*Target]float64{
		g.order[0]: third, g.order[1]: third / 3, g.order[2]: third / 3, g.order[3]: third / 3, g.order[4]: third,
	})
}

func TestWithCrossZoneEachTargetGetsTheSame(t *testing.T) {
	for _, value := range []string{"true", "use_load_balancer_configuration"} {
		tg := plain(0)
		tg.Targets = zoned("a", "b", "b", "b", "c")
		tg.Attributes = []model.Attribute{{Key: attributeCrossZone, Value: value}}
		g := acquire(t, algorithm(tg, "weighted_random"))
		weights := map[*Target]float64{}
		for _, target := range g.order {
			weights[target] = 1
		}
		compare(t, value, counts(g, generator(7)), weights)
	}
}
