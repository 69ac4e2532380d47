package upstream

import (
	"net/netip"
	"slices"
)

// Flow is what a network load balancer knows of a connection when it picks a target for it.
type Flow struct {
	// Hash is that of both ends (HashFlow), Source that of the client's address alone (HashSource), which groups with
	// stickiness by source address go by.
	Hash, Source uint64
	// CrossZone is what the load balancer says about zones, for groups that leave it to it.
	CrossZone bool
	// Tried are the targets that could not be connected to.
	Tried []*Target
}

// HashFlow hashes the two ends of a connection. The seed is a secret of the process: a client that chooses its ports
// must not be able to send everything to one target.
func HashFlow(seed uint64, client, local netip.AddrPort) uint64 {
	a, b := client.Addr().As16(), local.Addr().As16()
	h := fnv(fnvStart^seed, a[:])
	h = fnv(h, b[:])
	p, q := client.Port(), local.Port()
	h = fnv(h, []byte{byte(p >> 8), byte(p), byte(q >> 8), byte(q)})
	return mix(h)
}

// HashSource hashes a client's address. It has no seed: a client keeps its target when the proxy is restarted, and all
// replicas agree.
func HashSource(client netip.Addr) uint64 {
	a := client.As16()
	return mix(fnv(fnvStart, a[:]))
}

// PickFlow chooses the target for a connection: the same one for the same flow as long as the usable targets stay the
// same, and when they change only the flows of those that went or for those that came move (highest random weight).
// Targets that were tried are passed over; it is nil when no other is left.
//
// Without cross-zone load balancing, which is the default of network load balancers, a proxy that stands for one zone uses
// the targets of this zone only. One that stands for all gives every zone with a usable target the same part of the
// connections, which it shares among its own targets. That is what clients see that spread over the addresses of a load
// balancer in several zones; here there is one address, so the zone is drawn by the hash, and when none of its targets
// can be connected to, the others are asked, as by a client that tries the next address.
func (g *Group) PickFlow(f *Flow) *Target {
	r, s := g.roster.Load(), g.settings.Load()
	hash := f.Hash
	if s.stickySource {
		hash = f.Source
	}
	p, bound := &r.part, false
	if !s.crossZone.or(f.CrossZone) {
		p, bound = r.here(hash), r.own != nil
	}
	if len(f.Tried) == 0 && len(p.usable) > 0 {
		g.countFailOpen(p)
	}
	t := heaviest(p.usable, hash, f.Tried)
	if t == nil && !bound {
		return heaviest(r.usable, hash, f.Tried)
	}
	return t
}

// zoneSalt makes the choice of a zone independent of that of a target.
const zoneSalt = 0x5a6f6e65

// heaviest returns the target with the greatest weight for this hash that was not tried, nil without one.
func heaviest(list []*Target, hash uint64, tried []*Target) *Target {
	var best *Target
	var most uint64
	for _, t := range list {
		if w := mix(hash ^ t.hash); (best == nil || w > most) && !slices.Contains(tried, t) {
			best, most = t, w
		}
	}
	return best
}

// UsableTargets lists the addresses that flows go to now: those of the healthy targets, or of all when too few are
// healthy, in the zones that a load balancer of such cross-zone load balancing sends to.
func (g *Group) UsableTargets(crossZone bool) []string {
	r := g.roster.Load()
	p := &r.part
	if r.own != nil && !g.settings.Load().crossZone.or(crossZone) {
		p = r.own
	}
	out := make([]string, len(p.usable))
	for i, t := range p.usable {
		out[i] = t.address
	}
	return out
}

// ProxyProtocol says whether connections to the group's targets begin with a header of the PROXY protocol.
func (g *Group) ProxyProtocol() bool { return g.settings.Load().proxyProtocol }
