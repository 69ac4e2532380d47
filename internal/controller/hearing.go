package controller

import (
	"context"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/objects"
)

// hearingRetry is how soon a completion that failed is tried again.
const hearingRetry = 10 * time.Second

// hearing knows which bindings have said what they need of security groups since this replica leads. Security groups are
// shared by bindings, so nothing may be taken out of them before all have been heard.
type hearing struct {
	mu sync.Mutex
	by map[objects.Name]bool
	// woken has room for one signal: somebody was heard, or has gone.
	woken chan struct{}
}

func newHearing() *hearing { return &hearing{woken: make(chan struct{}, 1)} }

func (h *hearing) heard(n objects.Name) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.by[n]
}

func (h *hearing) note(n objects.Name) {
	h.mu.Lock()
	if h.by == nil {
		h.by = map[objects.Name]bool{}
	}
	h.by[n] = true
	h.mu.Unlock()
	wake(h.woken)
}

func (h *hearing) reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.by = nil
}

// hearingLoop completes the hearing once.
func (c *Controller) hearingLoop(ctx context.Context) {
	for ctx.Err() == nil {
		if c.allHeard() {
			err := c.o.Cloud.Registrar.Complete(ctx)
			if err == nil || ctx.Err() != nil {
				return
			}
			c.o.Logger.Warn("cleaning the targets' security groups", "error", err)
		}
		retry := time.NewTimer(hearingRetry)
		select {
		case <-ctx.Done():
		case <-c.hearing.woken:
		case <-retry.C:
		}
		retry.Stop()
	}
}

// allHeard says whether every binding that there is was heard. Those that are going do not count: they take back what they
// need by themselves.
func (c *Controller) allHeard() bool {
	c.world.mu.RLock()
	defer c.world.mu.RUnlock()
	for _, b := range c.world.state.Objects().TargetGroupBindings() {
		if b.DeletionTimestamp == nil && !c.hearing.heard(objects.Name{Namespace: b.Namespace, Name: b.Name}) {
			return false
		}
	}
	return true
}
