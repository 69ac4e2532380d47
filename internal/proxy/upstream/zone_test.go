package upstream

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func apart(attributes ...model.Attribute) *model.TargetGroup {
	tg := plain(0)
	tg.Targets = zoned("a", "a", "b", "b", "b", "b")
	tg.Attributes = append(attributes, model.Attribute{Key: attributeCrossZone, Value: "false"})
	return tg
}

// used are the zones that get requests.
func used(g *Group) map[string]int {
	out := map[string]int{}
	for i := range uint64(400) {
		if target := g.Pick(&exchange.Exchange{Random: [2]uint64{0, mix(i)}}); target != nil {
			out[target.zone()]++
		} else {
			out["none"]++
		}
	}
	return out
}

func sicken(g *Group, which ...int) {
	for _, i := range which {
		g.order[i].setHealth(Unhealthy, ReasonTimeout, "")
	}
	g.rebuild()
}

func TestAProxyInAZoneUsesItsOwnTargetsOnly(t *testing.T) {
	for zone, want := range map[string]map[string]int{"a": {"a": 400}, "b": {"b": 400}, "c": {"none": 400}} {
		r := registry(t, Options{Zone: zone})
		g := r.Acquire(apart())
		if got := used(g); !cmp.Equal(got, want) {
			t.Errorf("in zone %s requests went to %v", zone, got)
		}
		if g.Ready() == (zone == "c") {
			t.Errorf("in zone %s ready is %v", zone, g.Ready())
		}
	}
}

func TestTargetsOfEveryZoneServeAllZones(t *testing.T) {
	r := registry(t, Options{Zone: "c"})
	tg := apart()
	tg.Targets = zoned("a", "all", "b")
	g := r.Acquire(tg)
	if got := used(g); got["all"] != 400 {
		t.Errorf("requests went to %v", got)
	}
}

func TestAZoneWithoutHealthyTargetsIsNotFoundByDNS(t *testing.T) {
	g := acquire(t, apart())
	sicken(g, 0, 1)
	if got := used(g); got["b"] != 400 {
		t.Errorf("requests went to %v", got)
	}
	want := []ZoneState{
		{Zone: "a", Healthy: 0, Total: 2, DNS: false, Routing: false},
		{Zone: "b", Healthy: 4, Total: 4, DNS: true, Routing: true},
	}
	if d := cmp.Diff(want, g.State().Zones); d != "" {
		t.Errorf("zones (-want +got):\n%s", d)
	}
	// When no zone is left, all are found again.
	sicken(g, 2, 3, 4, 5)
	if got := used(g); got["a"] < 100 || got["b"] < 100 || got["none"] != 0 {
		t.Errorf("with all targets unhealthy requests went to %v", got)
	}
}

func TestThresholdsOfDNSAreCountsAndPercentages(t *testing.T) {
	for _, c := range []struct {
		count, percent string
		sick           []int
		dns            [2]bool // of zone a with two targets, and b with four
	}{
		{"1", "off", nil, [2]bool{true, true}},
		{"1", "off", []int{0}, [2]bool{true, true}},
		{"2", "off", []int{0}, [2]bool{false, true}},
		{"3", "off", nil, [2]bool{false, true}},
		{"off", "50", []int{0, 2, 3}, [2]bool{true, true}},
		{"off", "51", []int{0, 2, 3}, [2]bool{false, false}},
		{"off", "off", []int{0, 1}, [2]bool{true, true}},
		{"1", "75", []int{2}, [2]bool{true, true}},
		{"4", "75", []int{2}, [2]bool{false, false}},
	} {
		g := acquire(t, apart(model.Attribute{Key: attributeDNSCount, Value: c.count}, model.Attribute{Key: attributeDNSPercent, Value: c.percent}))
		sicken(g, c.sick...)
		z := g.State().Zones
		if got := [2]bool{z[0].DNS, z[1].DNS}; got != c.dns {
			t.Errorf("count %s, percentage %s, unhealthy %v: DNS %v, want %v", c.count, c.percent, c.sick, got, c.dns)
		}
	}
}

func TestThresholdsOfRoutingAreOfEachZoneWithoutCrossZone(t *testing.T) {
	g := acquire(t, apart(model.Attribute{Key: attributeRoutingCount, Value: "2"}, model.Attribute{Key: attributeDNSCount, Value: "off"}))
	sicken(g, 0, 2)
	z := g.roster.Load().zones
	if !z[0].failOpen || len(z[0].usable) != 2 || z[1].failOpen || len(z[1].usable) != 3 {
		t.Errorf("zone a uses %d targets, zone b %d", len(z[0].usable), len(z[1].usable))
	}
	used(g)
	if n := g.State().UnhealthyRouted; n < 100 || n > 300 {
		t.Errorf("%d of 400 requests count as sent for want of healthy targets, want those of zone a", n)
	}
}

func TestAGroupWithoutAnyHealthyTargetUsesAllWhateverItsThreshold(t *testing.T) {
	tg := plain(2)
	tg.Attributes = []model.Attribute{{Key: attributeRoutingCount, Value: "off"}}
	g := acquire(t, tg)
	sicken(g, 0, 1)
	if r := g.roster.Load(); !r.failOpen || len(r.usable) != 2 {
		t.Errorf("%d targets are used", len(r.usable))
	}
}

func TestTheWholeGroupCountsWithCrossZone(t *testing.T) {
	tg := apart()
	tg.Attributes = []model.Attribute{{Key: attributeRoutingPercent, Value: "60"}}
	g := acquire(t, tg)
	sicken(g, 0, 1)
	if r := g.roster.Load(); r.failOpen || len(r.usable) != 4 {
		t.Errorf("with 4 of 6 healthy %d targets are used", len(r.usable))
	}
	sicken(g, 2)
	want := []ZoneState{{Healthy: 3, Total: 6, DNS: true, Routing: false}}
	if d := cmp.Diff(want, g.State().Zones); d != "" {
		t.Errorf("zones (-want +got):\n%s", d)
	}
}
