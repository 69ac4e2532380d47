package upstream

import "slices"

// roster is the immutable list of targets that requests choose from.
type roster struct {
	// The part is that of the whole group.
	part
	// zones are the parts of each zone, by name, where requests may have to stay in one; nil when there is no more than
	// one zone. resolved are those of them that clients find by DNS: all when none meets the group's threshold.
	zones, resolved []*part
	// own is the part of the zone that the proxy stands for, where requests or flows may have to stay in it.
	own *part
}

// part is the targets of a group, or those of one of its zones, as requests choose from them.
type part struct {
	zone string
	// usable are the targets that get requests: the healthy ones, or all when too few are healthy.
	usable []*Target
	// index finds usable targets by number when there are many.
	index map[uint64]*Target
	// failOpen says that usable holds targets that are not healthy, for want of healthy ones.
	failOpen bool
	// ramping says that a usable target is in its slow start.
	ramping bool
	ring    []point
	subsets [][]*Target
	// healthy and total count the registered targets; routed and resolves say that there are enough healthy ones for
	// the group's thresholds of routing and of DNS.
	healthy, total   int
	routed, resolves bool
}

// rebuild makes the roster from the targets as they are. The group's lock is held. Its cost is that of the group's own
// targets.
func (g *Group) rebuild() {
	s := g.settings.Load()
	r := &roster{part: *g.newPart(s, "", g.order)}
	if s.network || s.crossZone == off {
		r.zones = g.zoneParts(s)
		for _, z := range r.zones {
			if z.resolves {
				r.resolved = append(r.resolved, z)
			}
		}
		if len(r.resolved) == 0 {
			r.resolved = r.zones
		}
	}
	if zone := g.registry.options.Zone; zone != "" && (s.crossZone == off || s.network && s.crossZone != on) {
		r.own = g.newPart(s, zone, inZone(g.order, zone))
	}
	g.roster.Store(r)
}

// newPart makes a part of a list of registered targets.
func (g *Group) newPart(s *settings, zone string, list []*Target) *part {
	p := &part{zone: zone, total: len(list)}
	ejected := 0
	for _, t := range list {
		if t.state() == Healthy {
			p.healthy++
			if t.ejected.Load() {
				ejected++
			}
		}
	}
	p.routed = p.healthy >= max(1, enough(p.total, s.routingCount, s.routingPercent))
	p.resolves = p.healthy >= enough(p.total, s.dnsCount, s.dnsPercent)
	p.failOpen = !p.routed && p.total > 0
	switch {
	case p.failOpen, p.healthy == p.total && ejected == 0:
		p.usable = slices.Clone(list)
	default:
		p.usable = make([]*Target, 0, p.healthy)
		for _, t := range list {
			if t.state() == Healthy && (!t.ejected.Load() || ejected == p.healthy) {
				p.usable = append(p.usable, t)
			}
		}
	}
	now := g.registry.options.Now().UnixNano()
	for _, t := range p.usable {
		p.ramping = p.ramping || t.rampEnd.Load() > now
	}
	p.index = indexed(p.usable)
	switch {
	case s.algorithm != ConsistentHash:
	case s.subset > 0:
		p.subsets = newSubsets(p.usable, s.subset)
	default:
		p.ring = newRing(p.usable)
	}
	return p
}

// enough is how many of total targets have to be healthy for a threshold: the greater one of a count and a percentage.
func enough(total, count, percent int) int { return max(count, (total*percent+99)/100) }

// everyZone is the zone of targets that belong to none and serve all, as ELBv2 writes it. Targets whose zone nobody knows
// serve all, too: what is not known keeps nobody away.
const everyZone = "all"

// zoneParts are the parts of each zone, by name; nil when there are fewer than two. Targets of every zone belong to each.
func (g *Group) zoneParts(s *settings) []*part {
	var names []string
	for _, t := range g.order {
		if zone := t.zone(); !everywhere(zone) && !slices.Contains(names, zone) {
			names = append(names, zone)
		}
	}
	if len(names) < 2 {
		return nil
	}
	slices.Sort(names)
	out := make([]*part, len(names))
	for i, zone := range names {
		out[i] = g.newPart(s, zone, inZone(g.order, zone))
	}
	return out
}

// inZone are the targets of a zone, with those of every zone.
func inZone(list []*Target, zone string) []*Target {
	var out []*Target
	for _, t := range list {
		if z := t.zone(); z == zone || everywhere(z) {
			out = append(out, t)
		}
	}
	return out
}

// everywhere says whether a target with such a zone serves all zones.
func everywhere(zone string) bool { return zone == everyZone || zone == "" }

func (t *Target) zone() string { return t.info.Load().asked.Zone }

// here is the part that requests which stay in a zone choose from: that of the proxy's own zone, or of the zone that a
// client would have found by DNS, which is drawn when one proxy stands for all zones.
func (r *roster) here(random uint64) *part {
	switch {
	case r.own != nil:
		return r.own
	case len(r.resolved) > 0:
		return r.resolved[below(mix(random+zoneSalt), len(r.resolved))]
	}
	return &r.part
}

// Healthy counts the healthy targets.
func (g *Group) Healthy() int { return g.roster.Load().healthy }

// FailOpen says that too few targets are healthy, so that all of them get requests.
func (g *Group) FailOpen() bool { return g.roster.Load().failOpen }
