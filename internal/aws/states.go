package aws

import (
	"context"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/aws/apply"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
)

// statesKept is for how long the states of load balancers serve all stacks that wait for theirs.
const statesKept = 5 * time.Second

const provisioning = "provisioning"

// states are those of all load balancers, as they were last read.
type states struct {
	mu    sync.Mutex
	taken time.Time
	by    map[string]observe.Shown
}

// provisioning follows the states of load balancers that are not ready yet and names one that still is not; "" when all
// are. One call serves all stacks. What was created in this very Reconcile is not asked about at once.
func (r *Realizer) provisioning(ctx context.Context, s *apply.State) string {
	waits := func() string {
		for i := range s.Model.LoadBalancers {
			lb := &s.Model.LoadBalancers[i]
			if s.Shown[s.LoadBalancer(lb.ID)].State == provisioning {
				return lb.Name
			}
		}
		return ""
	}
	if waits() == "" {
		return ""
	}
	r.states.mu.Lock()
	defer r.states.mu.Unlock()
	if now := r.o.Now(); !now.Before(r.states.taken.Add(statesKept)) {
		by, err := r.observer.States(ctx)
		if err != nil {
			r.o.Logger.Warn("cannot read the states of load balancers", "error", err)
			return waits()
		}
		r.states.taken, r.states.by = now, by
	}
	for arn := range s.Shown {
		if shown, ok := r.states.by[arn]; ok {
			s.Shown[arn] = shown
		}
	}
	return waits()
}
