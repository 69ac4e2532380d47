package upstream

import (
	"context"
	"log/slog"
	"time"
)

// prober is a target's health checking. The group's lock guards it.
type prober struct {
	timer  *time.Timer
	cancel context.CancelFunc // of the check that runs
	// round tells a check that was started before the latest change from one after it: late results count for nothing.
	round  uint64
	passed int // in a row
	failed int // in a row
}

// enroll gives a registered target the state that the group's settings ask for: healthy without a health check, unused
// while nothing refers to the group, otherwise checked from now on. The group's lock is held.
func (g *Group) enroll(t *Target, restart bool) {
	check := g.settings.Load().check
	switch {
	case g.closed.Load():
	case check == nil:
		g.quit(t)
		if t.state() != Healthy {
			t.latency.start(g.meanLatency(), g.registry.options.Now().UnixNano())
			t.setHealth(Healthy, "", "")
		}
	case g.references <= 0:
		g.quit(t)
		t.setHealth(Unused, ReasonNotInUse, "Target group is not configured to receive traffic from the load balancer")
	case restart || t.prober.timer == nil && t.prober.cancel == nil:
		g.quit(t)
		if t.state() != Healthy && t.state() != Unhealthy {
			t.setHealth(Initial, ReasonRegistering, "Target registration is in progress")
		}
		g.schedule(t, time.Duration(t.spread*float64(check.firstWithin(len(g.order)))))
	}
}

// quit ends a target's health checking; a check that runs is given up.
func (g *Group) quit(t *Target) {
	p := &t.prober
	p.round++
	p.passed, p.failed = 0, 0
	if p.timer != nil && p.timer.Stop() {
		g.registry.tasks.Done()
	}
	p.timer = nil
	if p.cancel != nil {
		p.cancel()
		p.cancel = nil
	}
}

// schedule has the target checked after a while. Every timer counts as a task of the registry until it has run.
func (g *Group) schedule(t *Target, after time.Duration) {
	g.registry.tasks.Add(1)
	round := t.prober.round
	t.prober.timer = time.AfterFunc(after, func() {
		defer g.registry.tasks.Done()
		g.examine(t, round)
	})
}

// examine checks the target once and schedules the next check.
func (g *Group) examine(t *Target, round uint64) {
	g.mu.Lock()
	if t.prober.round != round {
		g.mu.Unlock()
		return
	}
	c := g.settings.Load().check.behind(g.listener.Load())
	ctx, cancel := context.WithTimeout(g.registry.life, c.timeout)
	defer cancel()
	t.prober.timer, t.prober.cancel = nil, cancel
	before := t.state()
	if before == Initial {
		t.setHealth(Initial, ReasonInitialChecks, "Initial health checks in progress")
	}
	g.mu.Unlock()

	o := &g.registry.options
	began := o.Now()
	result := c.run(ctx, checker{o.Dial, o.Probe, g.speech.Load()}, t.key)
	took := o.Now().Sub(began)
	valid, endFlows := g.settle(t, c, round, result)
	if valid && o.Checked != nil {
		o.Checked(c.record(t, result, HealthCheck{Group: g.id, Time: began, Took: took, Before: before}))
	}
	if endFlows {
		t.cut()
	}
}

// settle takes a check's result and schedules the next one. It says whether the result counted, which that of a target that
// is gone does not, and whether the target's flows are to be ended: a
// network load balancer resets those of a target that turns unhealthy, unless all targets are in use for want of healthy
// ones.
func (g *Group) settle(t *Target, c *check, round uint64, result verdict) (valid, endFlows bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.prober.round != round {
		return false, false
	}
	t.prober.cancel = nil
	if g.judge(t, c, result) {
		g.rebuild()
		s := g.settings.Load()
		endFlows = s.network && s.endUnhealthy && t.state() == Unhealthy && !g.roster.Load().failOpen
	}
	g.schedule(t, jitter(c.interval/time.Duration(g.registry.options.CheckPace), g.registry.options.Random()))
	return true, endFlows
}

// judge counts a result and says whether the target's standing changed. A new target is healthy after its first
// success; all other changes need as many results in a row as the thresholds say.
func (g *Group) judge(t *Target, c *check, r verdict) bool {
	p, before := &t.prober, t.state()
	if r.reason == "" {
		p.passed, p.failed = p.passed+1, 0
		if before == Healthy || before == Unhealthy && p.passed < c.healthyAfter {
			return false
		}
		now := g.registry.options.Now()
		t.latency.start(g.meanLatency(), now.UnixNano())
		t.setHealth(Healthy, "", "")
		g.ramp(t, now)
	} else {
		p.passed, p.failed = 0, p.failed+1
		if before != Unhealthy && p.failed < c.unhealthyAfter {
			return false
		}
		t.setHealth(Unhealthy, r.reason, r.description)
		if before == Unhealthy {
			return false
		}
		t.rampEnd.Store(0)
	}
	g.registry.options.Logger.LogAttrs(context.Background(), slog.LevelInfo, "target health changed", // no request behind it
		slog.String("targetGroup", g.id), slog.String("target", t.address), slog.String("from", string(before)),
		slog.String("to", string(t.state())), slog.String("reason", string(r.reason)), slog.String("detail", r.description))
	return true
}

// setHealth records a state and since when it holds.
func (t *Target) setHealth(s State, reason Reason, description string) {
	old := t.health.Load()
	if old.state == s && old.reason == reason && old.description == description {
		return
	}
	since := t.group.registry.options.Now()
	if old.state == s && !old.since.IsZero() {
		since = old.since
	}
	t.health.Store(&health{state: s, reason: reason, description: description, since: since})
}

// spread places the i-th of n targets in 0..1, so that checks do not start all at once.
func spread(i, n int) float64 { return float64(i) / float64(n) }

// jitter varies an interval by up to a twentieth both ways, so that checks that started together drift apart.
func jitter(interval time.Duration, random uint64) time.Duration {
	part := interval / 20
	if part <= 0 {
		return interval
	}
	return interval - part + time.Duration(below(random, int(2*part)))
}
