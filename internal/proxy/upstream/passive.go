package upstream

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// suspectAfter is how many connections in a row a target has to refuse before it counts as unhealthy without waiting for
// its health checks. AWS does not tell its own number.
const suspectAfter = 3

// suspicion counts the connections that a target did not take since it last took one.
type suspicion struct{ failures atomic.Int32 }

// trusted is told of a connection that a flow's target took, doubted of one that it did not. Network load balancers look at
// connections of TCP besides their own health checks, unless clients stick to targets by their addresses; it is no setting
// and shows nowhere but in the target's health.
func (t *Target) trusted() { t.suspicion.failures.Store(0) }

func (t *Target) doubted() {
	s := t.group.settings.Load()
	if !s.network || s.stickySource || s.check == nil {
		return
	}
	if t.suspicion.failures.Add(1) >= suspectAfter {
		t.suspicion.failures.Store(0)
		t.group.condemn(t)
	}
}

// condemn makes a healthy target unhealthy; its health checks say when it is healthy again.
func (g *Group) condemn(t *Target) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.removed.Load() || g.closed.Load() || t.state() != Healthy {
		return
	}
	t.prober.passed = 0
	t.setHealth(Unhealthy, ReasonFailedChecks, "Health checks failed")
	g.rebuild()
	g.registry.options.Logger.LogAttrs(context.Background(), slog.LevelInfo, "target health changed", // no request behind it
		slog.String("targetGroup", g.id), slog.String("target", t.address), slog.String("from", string(Healthy)),
		slog.String("to", string(Unhealthy)), slog.String("reason", string(ReasonFailedChecks)),
		slog.String("detail", "connections are refused"))
}
