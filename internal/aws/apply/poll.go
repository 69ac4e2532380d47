package apply

import (
	"cmp"
	"context"
	"time"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
)

// Pauses and patience are the original's.
const (
	pollEvery     = 2 * time.Second
	patience      = 20 * time.Second
	patienceGroup = 10 * time.Second
)

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// poll makes a call again while it fails with one of the codes, every two seconds for a while.
func (r *run) poll(ctx context.Context, limit time.Duration, call func() error, codes ...string) error {
	limit = cmp.Or(r.o.Patience, limit)
	for waited := time.Duration(0); ; waited += pollEvery {
		err := call()
		if err == nil || !awserr.Is(err, codes...) || waited >= limit {
			return err
		}
		if r.o.Sleep(ctx, pollEvery) != nil {
			return err
		}
	}
}

// seen makes a call that names something which this run has just made, and so may not be visible yet.
func (r *run) seen(ctx context.Context, id string, call func() error) error {
	if !r.fresh[id] {
		return call()
	}
	return r.poll(ctx, patience, call, "LoadBalancerNotFound", "ListenerNotFound", "TargetGroupNotFound", "InvalidGroup.NotFound",
		"InvalidSecurityGroup")
}
