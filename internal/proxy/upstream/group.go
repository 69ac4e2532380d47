package upstream

import (
	"crypto/tls"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Group is a target group at work. All methods may be called from any goroutine.
type Group struct {
	id string
	// number names the group in cookies.
	number   uint64
	registry *Registry

	// settings and roster are what requests read; both are immutable and swapped as a whole.
	settings atomic.Pointer[settings]
	roster   atomic.Pointer[roster]
	turn     atomic.Uint64 // round robin's position
	idle     atomic.Int64  // idle connections of all targets
	// unhealthyRouted counts requests sent while too few targets were healthy.
	unhealthyRouted atomic.Uint64
	// nonSticky counts requests of a group with stickiness for which a target had to be chosen.
	nonSticky atomic.Uint64
	// shifted says that some target's weight is less than the full one.
	shifted atomic.Bool
	closed  atomic.Bool
	// listener is the port of the listener in front, for health checks of network load balancers.
	listener atomic.Int32
	// speech is how targets are spoken to in TLS; nil when nobody has said a security policy.
	speech atomic.Pointer[tls.Config]

	mu         sync.Mutex
	references int
	targets    map[targetKey]*Target // registered ones
	order      []*Target             // the same, as SetTargets had them
	draining   []*Target             // removed ones whose delay is not over or whose requests still run
	servers    servers               // targets by their names in QUIC
}

var _ exchange.Group = (*Group)(nil)

func newGroup(r *Registry, tg *model.TargetGroup) *Group {
	g := &Group{id: tg.ID, number: exchange.GroupNumber(tg.ID), registry: r, targets: map[targetKey]*Target{}}
	g.closed.Store(r.closed.Load())
	g.settings.Store(newSettings(tg))
	g.turn.Store(r.options.Random() >> 1)
	g.mu.Lock()
	g.setTargets(tg.Targets)
	g.mu.Unlock()
	return g
}

// ID is the target group's ID in the model.
func (g *Group) ID() string { return g.id }

// Ready says whether the group has any target that a request could be sent to, healthy or not. A group without one
// answers 503 in both dialects.
func (g *Group) Ready() bool {
	r := g.roster.Load()
	if r.own != nil && g.settings.Load().crossZone == off {
		return len(r.own.usable) > 0
	}
	return len(r.usable) > 0
}

// Ignored lists settings of the group that are known but not carried out, such as stickiness.
func (g *Group) Ignored() []string { return slices.Clone(g.settings.Load().ignored) }

// TLS says whether targets are spoken to in TLS.
func (g *Group) TLS() bool { return g.settings.Load().tls != nil }

// Release gives back a reference that Acquire took. A group without references stops its health checks, closes its
// idle connections and leaves the registry; requests that still run on it end as they would have.
func (g *Group) Release() { g.registry.release(g) }

func (g *Group) dropReference() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.references--
	return g.references <= 0
}

// adjust takes new settings and references. Targets keep their connections and health when the settings change, but
// are checked anew when the health check does.
func (g *Group) adjust(s *settings, references int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	old := g.settings.Load()
	first := g.references == 0 && references > 0
	g.references += references
	changed := !s.equal(old)
	if changed {
		g.settings.Store(s)
		if (s.tls == nil) != (old.tls == nil) || s.port != old.port {
			g.readdress()
		}
	}
	if s.slowStart <= 0 && old.slowStart > 0 {
		g.endRamps()
	}
	if first || changed {
		restart := first || !s.check.equal(old.check)
		for _, t := range g.order {
			g.enroll(t, restart)
		}
		g.rebuild()
	}
}

// readdress is for groups whose targets speak another protocol or listen on another port than before.
func (g *Group) readdress() {
	list := make([]model.Target, len(g.order))
	for i, t := range g.order {
		list[i] = t.info.Load().asked
		t.pool.drain()
	}
	g.setTargets(list)
}

// SetTargets replaces the targets. Those that stay (same ID, address and port) keep connections, counters and health;
// those that went get no new request from now on and drain; one that comes back while it drains is taken up again.
func (g *Group) SetTargets(list []model.Target) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.setTargets(list)
}

func (g *Group) setTargets(list []model.Target) {
	s := g.settings.Load()
	order := make([]*Target, 0, len(list))
	targets := make(map[targetKey]*Target, len(list))
	for _, m := range list {
		key := keyOf(m, s.port)
		if targets[key] != nil {
			continue
		}
		t := g.targets[key]
		if t == nil {
			t = g.revive(key)
		}
		if t == nil {
			t = newTarget(g, key)
		}
		t.describe(m)
		targets[key] = t
		order = append(order, t)
	}
	gone := g.order
	known := g.targets
	g.order, g.targets = order, targets
	g.servers.index.Store(nil)
	for _, t := range gone {
		if targets[t.key] == nil {
			g.remove(t)
		}
	}
	for i, t := range order {
		if known[t.key] == nil {
			t.spread = spread(i, len(order))
			g.enroll(t, true)
		}
	}
	g.rebuild()
}

// revive takes a target out of the draining ones.
func (g *Group) revive(key targetKey) *Target {
	i := slices.IndexFunc(g.draining, func(t *Target) bool { return t.key == key })
	if i < 0 {
		return nil
	}
	t := g.draining[i]
	g.draining = slices.Delete(g.draining, i, i+1)
	t.stopDrain()
	t.removed.Store(false)
	return t
}

// remove starts to drain a target that is no longer registered.
func (g *Group) remove(t *Target) {
	g.quit(t)
	g.unpause(t)
	t.removed.Store(true)
	t.pool.drain()
	t.setHealth(Draining, ReasonDeregistering, "Target deregistration is in progress")
	delay := g.settings.Load().drain
	if g.closed.Load() || delay < 0 && t.outstanding.Load() == 0 {
		return
	}
	g.draining = append(g.draining, t)
	if delay >= 0 {
		t.drainTimer = time.AfterFunc(delay, func() { g.expire(t) })
	}
}

// expire ends what still runs on a removed target: its deregistration delay is over. Behind network load balancers flows
// go on even then, unless the group asks for their end.
func (g *Group) expire(t *Target) {
	g.mu.Lock()
	found := g.forget(t)
	g.mu.Unlock()
	if s := g.settings.Load(); found && (!s.network || s.endDrained) {
		t.cut()
	}
}

// forget drops a target from the draining ones and says whether it was there.
func (g *Group) forget(t *Target) bool {
	i := slices.Index(g.draining, t)
	if i >= 0 {
		g.draining = slices.Delete(g.draining, i, i+1)
		g.servers.index.Store(nil)
	}
	return i >= 0
}

// idled is told that the last request of a removed target has ended. Without a delay that is the end of the draining.
func (g *Group) idled(t *Target) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.drainTimer == nil && t.removed.Load() && t.outstanding.Load() == 0 {
		g.forget(t)
	}
}

// shut ends the group's own work. Requests that run keep their connections, which close afterwards.
func (g *Group) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed.Store(true)
	for _, t := range g.order {
		g.quit(t)
		g.unpause(t)
		t.pool.drain()
	}
	for _, t := range g.draining {
		t.stopDrain()
		t.pool.drain()
	}
	g.draining = nil
}

func (g *Group) sweep(now time.Time) {
	if g.idle.Load() == 0 {
		return
	}
	g.mu.Lock()
	targets := g.order
	g.mu.Unlock()
	for _, t := range targets {
		t.pool.sweep(now, &g.registry.options.Limits)
	}
}
