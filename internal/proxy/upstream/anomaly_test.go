package upstream

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// pretend has a target answer so many requests well and so many with 5xx.
func (t *Target) pretend(good, bad int) {
	t.classes[2].Add(uint64(good))
	t.classes[5].Add(uint64(bad))
}

func watched(r *Registry, n int, mitigation string) *Group {
	return r.Acquire(algorithm(plain(n), "weighted_random", model.Attribute{Key: attributeAnomaly, Value: mitigation}))
}

// tick lets one comparison happen.
func tick() {
	time.Sleep(anomalyEvery)
	synctest.Wait()
}

func TestATargetThatFailsMoreThanItsPeersLosesWeightAndGetsItBackBitByBit(t *testing.T) {
	bubble(t, func(_ *world, r *Registry) {
		g := watched(r, 4, "on")
		bad := g.order[2]
		var weights []uint64
		for range 4 {
			for _, target := range g.order {
				target.pretend(100, 0)
			}
			bad.pretend(0, 60)
			tick()
			weights = append(weights, bad.anomaly.weight())
			if !bad.State().Anomalous || !bad.State().Mitigated {
				t.Fatal("the failing target is not told as anomalous and mitigated")
			}
		}
		for _, other := range []int{0, 1, 3} {
			if s := g.order[other].State(); s.Anomalous || s.Mitigated {
				t.Errorf("target %d is told as anomalous", other)
			}
		}
		if weights[0] != 500 || weights[1] != 250 || weights[3] != 62 {
			t.Errorf("weights %v", weights)
		}
		// It answers well again: the failures of before fade, then the weight comes back step by step.
		var last uint64
		ticks := 0
		for ; bad.anomaly.weight() < fullWeight && ticks < 40; ticks++ {
			for _, target := range g.order {
				target.pretend(100, 0)
			}
			last = bad.anomaly.weight()
			tick()
			if now := bad.anomaly.weight(); !bad.State().Anomalous && now > last+weightStep {
				t.Fatalf("the weight jumped from %d to %d", last, now)
			}
		}
		if ticks < 10 || ticks == 40 || g.shifted.Load() {
			t.Errorf("the whole weight was back after %d comparisons, shifted %v", ticks, g.shifted.Load())
		}
	})
}

func TestWithoutMitigationAnomaliesAreOnlyTold(t *testing.T) {
	bubble(t, func(_ *world, r *Registry) {
		g := watched(r, 3, "off")
		for _, target := range g.order {
			target.pretend(100, 0)
		}
		g.order[0].pretend(0, 100)
		tick()
		if s := g.order[0].State(); !s.Anomalous || s.Mitigated || g.shifted.Load() {
			t.Errorf("state %+v, shifted %v", s, g.shifted.Load())
		}
	})
}

func TestWhatIsNoAnomaly(t *testing.T) {
	for _, c := range []struct {
		say       string
		targets   int
		algorithm string
		good, bad [4]int
	}{
		{"two targets have no peers to compare with", 2, "weighted_random", [4]int{100, 100}, [4]int{100, 0}},
		{"all fail alike", 4, "weighted_random", [4]int{50, 50, 50, 50}, [4]int{50, 52, 48, 55}},
		{"one does better than all others", 4, "weighted_random", [4]int{50, 50, 50, 100}, [4]int{50, 50, 50, 0}},
		{"too few requests to tell", 4, "weighted_random", [4]int{2, 100, 100, 100}, [4]int{4, 0, 0, 0}},
		{"a failure now and then", 4, "weighted_random", [4]int{100, 100, 100, 100}, [4]int{3, 0, 1, 0}},
		{"another algorithm", 4, "round_robin", [4]int{100, 100, 100, 100}, [4]int{90, 0, 0, 0}},
	} {
		t.Run(c.say, func(t *testing.T) {
			bubble(t, func(_ *world, r *Registry) {
				g := r.Acquire(algorithm(plain(c.targets), c.algorithm, model.Attribute{Key: attributeAnomaly, Value: "on"}))
				for i, target := range g.order {
					target.pretend(c.good[i], c.bad[i])
				}
				tick()
				for i, target := range g.order {
					if s := target.State(); s.Anomalous || s.Mitigated {
						t.Errorf("target %d: %+v", i, s)
					}
				}
			})
		})
	}
}

func TestTargetsThatFailTogetherDoNotHideEachOther(t *testing.T) {
	bubble(t, func(_ *world, r *Registry) {
		g := watched(r, 6, "on")
		for i, target := range g.order {
			target.pretend(100, 0)
			if i < 2 {
				target.pretend(0, 80)
			}
		}
		tick()
		for i, target := range g.order {
			if got := target.State().Anomalous; got != (i < 2) {
				t.Errorf("target %d: anomalous %v", i, got)
			}
		}
	})
}

func TestRefusedConnectionsAreFailuresToo(t *testing.T) {
	bubble(t, func(_ *world, r *Registry) {
		g := watched(r, 3, "on")
		for _, target := range g.order {
			target.pretend(50, 0)
		}
		for range 20 {
			if _, err := g.order[0].Dial(time.Second); err == nil {
				t.Fatal("connected to nobody")
			}
		}
		tick()
		if !g.order[0].State().Mitigated {
			t.Error("a target that refuses connections is not mitigated")
		}
	})
}

func TestAnotherAlgorithmGivesAllWeightsBack(t *testing.T) {
	bubble(t, func(_ *world, r *Registry) {
		g := watched(r, 3, "on")
		for _, target := range g.order {
			target.pretend(100, 0)
		}
		g.order[0].pretend(0, 100)
		tick()
		r.Acquire(plain(3))
		tick()
		if s := g.order[0].State(); s.Anomalous || s.Mitigated || g.shifted.Load() {
			t.Errorf("state %+v, shifted %v", s, g.shifted.Load())
		}
	})
}
