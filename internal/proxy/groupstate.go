package proxy

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/proxy/telemetry"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// groupState is what metrics show of a target group.
func groupState(g *upstream.GroupState) telemetry.GroupState {
	out := telemetry.GroupState{ID: g.ID, UnhealthyRouted: g.UnhealthyRouted, NonSticky: g.NonSticky, Network: g.Network}
	for i := range g.Targets {
		t := &g.Targets[i]
		out.Outstanding += t.Outstanding
		if t.Anomalous {
			out.Anomalous++
		}
		if t.Mitigated {
			out.Mitigated++
		}
		switch t.State {
		case upstream.Healthy:
			hosts(&out, t.Zone).Healthy++
		case upstream.Unhealthy, upstream.UnhealthyDraining:
			hosts(&out, t.Zone).Unhealthy++
		}
	}
	for _, z := range g.Zones {
		out.Zones = append(out.Zones, telemetry.ZoneHealth{Zone: z.Zone, DNS: z.DNS, Routing: z.Routing})
	}
	return out
}

// hosts finds the counts of a zone.
func hosts(g *telemetry.GroupState, zone string) *telemetry.HostCount {
	i := slices.IndexFunc(g.Hosts, func(h telemetry.HostCount) bool { return h.Zone == zone })
	if i < 0 {
		g.Hosts = append(g.Hosts, telemetry.HostCount{Zone: zone})
		i = len(g.Hosts) - 1
	}
	return &g.Hosts[i]
}
