package upstream

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// Outliers says when a target that fails gets a pause although its health check, or the readiness of its pod, speaks for
// it. Neither original does this: it is off unless Failures is set, and never for network load balancers.
type Outliers struct {
	// Failures is how many requests in a row have to fail: no connection, no answer, or 502, 503 or 504. 0 is never.
	Failures int
	// Pause is how long the first pause takes; each further one takes as much longer, until the target has answered for
	// as long again. 30 s when 0. LongestPause bounds it; 5 minutes when 0.
	Pause, LongestPause time.Duration
	// Share is the greatest part of a group's healthy targets that may pause at a time, in percent: 50 when 0. The last
	// healthy target never does.
	Share int
}

// outlier is what is known of a target's failures in a row. The group's lock guards what is not atomic.
type outlier struct {
	row    atomic.Int32
	pauses int
	ended  time.Time
	timer  *time.Timer
}

// outcome takes a request's result: the status, 0 for none.
func (t *Target) outcome(status int) {
	o := &t.group.registry.options.Outliers
	if o.Failures <= 0 {
		return
	}
	switch status {
	case 0, 502, 503, 504:
	default:
		if t.outlier.row.Load() != 0 {
			t.outlier.row.Store(0)
		}
		return
	}
	if t.outlier.row.Add(1) >= int32(o.Failures) && !t.ejected.Load() {
		t.group.eject(t)
	}
}

// eject gives a target its pause, if its group can do without it.
func (g *Group) eject(t *Target) {
	o := &g.registry.options.Outliers
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed.Load() || t.removed.Load() || t.ejected.Load() || t.state() != Healthy || g.settings.Load().network {
		return
	}
	healthy, ejected := 0, 0
	for _, other := range g.order {
		if other.state() == Healthy {
			healthy++
			if other.ejected.Load() {
				ejected++
			}
		}
	}
	if ejected+1 > max(1, healthy*o.Share/100) || ejected+1 >= healthy {
		return
	}
	now := g.registry.options.Now()
	length := o.length(t, now)
	t.ejected.Store(true)
	g.registry.tasks.Add(1)
	t.outlier.timer = time.AfterFunc(length, func() {
		defer g.registry.tasks.Done()
		g.readmit(t)
	})
	g.rebuild()
	g.registry.options.Logger.LogAttrs(context.Background(), slog.LevelWarn, "target pauses after failures", // no request behind it
		slog.String("targetGroup", g.id), slog.String("target", t.address), slog.Duration("pause", length))
}

// length is how long the target's next pause takes.
func (o *Outliers) length(t *Target, now time.Time) time.Duration {
	x := &t.outlier
	if x.pauses > 0 && now.Sub(x.ended) > time.Duration(x.pauses)*o.Pause {
		x.pauses = 0
	}
	x.pauses++
	length := min(time.Duration(x.pauses)*o.Pause, o.LongestPause)
	x.ended = now.Add(length)
	return length
}

// readmit ends a pause.
func (g *Group) readmit(t *Target) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t.outlier.timer = nil
	t.outlier.row.Store(0)
	t.ejected.Store(false)
	g.rebuild()
}

// unpause ends a pause that is under way, without a look at the group. The group's lock is held.
func (g *Group) unpause(t *Target) {
	if timer := t.outlier.timer; timer != nil && timer.Stop() {
		g.registry.tasks.Done()
	}
	t.outlier.timer = nil
	t.outlier.row.Store(0)
	t.ejected.Store(false)
}
