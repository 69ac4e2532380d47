package action

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// TestTargetGroupsAreDrawnByWeight draws from generators with fixed seeds. A share p of n draws may differ from what it
// should be by five standard deviations of chance, 5*sqrt(n*p*(1-p)), and by one draw for rounding.
func TestTargetGroupsAreDrawnByWeight(t *testing.T) {
	const draws = 20_000
	ids := []string{"a", "b", "main", "canary"}
	random := rand.New(rand.NewPCG(1, 9))
	for round := range 50 {
		f := &model.Forward{}
		total := 0.0
		for _, id := range ids[:1+random.IntN(len(ids))] {
			w := random.Int32N(1000)
			if random.IntN(4) == 0 {
				w = random.Int32N(3) // zero and close to it
			}
			f.TargetGroups = append(f.TargetGroups, model.WeightedTargetGroup{TargetGroup: id, Weight: w})
			total += float64(w)
		}
		step := NewForward(config("", nil), f)
		counts := map[string]int{}
		x := request(80, "a.example", "/")
		for range draws {
			x.Group = nil
			x.Random = [2]uint64{random.Uint64(), random.Uint64()}
			step.Request(x)
			if x.Group != nil {
				counts[x.Group.ID()]++
			}
		}
		for _, g := range f.TargetGroups {
			p := 0.0
			if total > 0 {
				p = float64(g.Weight) / total
			}
			slack := 5*math.Sqrt(draws*p*(1-p)) + 1
			if got := float64(counts[g.TargetGroup]); p == 0 && got > 0 || math.Abs(got-draws*p) > slack {
				t.Errorf("round %d: %s with %d of %.0f got %.0f of %d draws, want %.0f +- %.0f",
					round, g.TargetGroup, g.Weight, total, got, draws, draws*p, slack)
			}
		}
	}
}

func TestAClientStaysWithItsTargetGroupWhateverTheWeights(t *testing.T) {
	groups := func(a, b int32) *model.Forward {
		return &model.Forward{TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "a", Weight: a}, {TargetGroup: "b", Weight: b}}}
	}
	for _, c := range []struct {
		say     string
		forward *model.Forward
		stays   string
		want    string
	}{
		{"a group with weight", groups(1, 1), "b", "b"},
		{"a group without weight", groups(1, 0), "b", "b"},
		{"when nobody has weight", groups(0, 0), "b", "b"},
		{"a group that the action does not know", groups(1, 0), "main", "a"},
		{"an empty group: there is no other", &model.Forward{TargetGroups: []model.WeightedTargetGroup{
			{TargetGroup: "a", Weight: 1}, {TargetGroup: "empty", Weight: 1},
		}}, "empty", ""},
		{"an empty canary: the main group", &model.Forward{Canary: true, TargetGroups: []model.WeightedTargetGroup{
			{TargetGroup: "a", Weight: 1}, {TargetGroup: "empty", Weight: 1},
		}}, "empty", "a"},
		{"nowhere", groups(1, 0), "", "a"},
	} {
		step := NewForward(config("", nil), c.forward)
		for _, random := range []uint64{0, 1 << 63, math.MaxUint64} {
			x := request(80, "a.example", "/")
			x.Random[0] = random
			if c.stays != "" {
				x.Stick.Group = exchange.GroupNumber(c.stays)
			}
			step.Request(x)
			got := ""
			if x.Group != nil {
				got = x.Group.ID()
			}
			if got != c.want {
				t.Errorf("%s: %q, want %q", c.say, got, c.want)
			}
		}
	}
}
