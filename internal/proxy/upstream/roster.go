package upstream

import "slices"

// roster is the immutable list of targets that requests choose from.
type roster struct {
	// usable are the targets that get requests: the healthy ones, or all when too few are healthy.
	usable []*Target
	// failOpen says that usable holds targets that are not healthy, for want of healthy ones.
	failOpen bool
	// ramping says that a usable target is in its slow start.
	ramping bool
	ring    []point
	// zones are the usable targets of a network load balancer by zone; nil when there is no more than one zone.
	zones   [][]*Target
	healthy int
}

// rebuild makes the roster from the targets as they are. The group's lock is held. Its cost is that of the group's own
// targets.
func (g *Group) rebuild() {
	s := g.settings.Load()
	r := &roster{}
	for _, t := range g.order {
		if t.state() == Healthy {
			r.healthy++
		}
	}
	enough := max(1, s.routingCount, (len(g.order)*s.routingPercent+99)/100)
	r.failOpen = r.healthy < enough && len(g.order) > 0
	if r.failOpen || r.healthy == len(g.order) {
		r.usable = slices.Clone(g.order)
	} else {
		r.usable = make([]*Target, 0, r.healthy)
		for _, t := range g.order {
			if t.state() == Healthy {
				r.usable = append(r.usable, t)
			}
		}
	}
	now := g.registry.options.Now().UnixNano()
	for _, t := range r.usable {
		r.ramping = r.ramping || t.rampEnd.Load() > now
	}
	if s.algorithm == ConsistentHash {
		r.ring = newRing(r.usable)
	}
	if s.network {
		r.zones = zonesOf(r.usable)
	}
	g.roster.Store(r)
}

// Healthy counts the healthy targets.
func (g *Group) Healthy() int { return g.roster.Load().healthy }

// FailOpen says that too few targets are healthy, so that all of them get requests.
func (g *Group) FailOpen() bool { return g.roster.Load().failOpen }
