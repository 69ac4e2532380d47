package controller

import (
	"cmp"
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// elect runs lead whenever this replica holds a lease, until ctx ends. The context of lead ends with the lease, or with
// ctx; then lead must return. A lease is given back only after that, so that two replicas never write at the same time
// unless one of them hangs for longer than the lease holds.
func elect(ctx context.Context, c client.Client, e Election, lease string, lead func(context.Context)) error {
	for ctx.Err() == nil {
		if err := campaign(ctx, c, e, lease, lead); err != nil {
			return err
		}
	}
	return nil
}

func campaign(ctx context.Context, c client.Client, e Election, lease string, lead func(context.Context)) error {
	// The election outlives ctx by as long as lead takes to return.
	holding, release := context.WithCancel(context.WithoutCancel(ctx))
	defer release()
	won := make(chan context.Context, 1)
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: &leaseLock{
			client: c, identity: e.Identity, meta: metav1.ObjectMeta{Namespace: e.Namespace, Name: lease},
		},
		LeaseDuration:   cmp.Or(e.Duration, 15*time.Second),
		RenewDeadline:   cmp.Or(e.Renew, 10*time.Second),
		RetryPeriod:     cmp.Or(e.Retry, 2*time.Second),
		ReleaseOnCancel: true,
		Name:            lease,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(held context.Context) { won <- held },
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return fmt.Errorf("electing a leader with lease %s/%s: %w", e.Namespace, lease, err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		elector.Run(holding)
	}()
	select {
	case held := <-won:
		leading, stop := context.WithCancel(held)
		end := context.AfterFunc(ctx, stop)
		lead(leading)
		end()
		stop()
	case <-ctx.Done():
	case <-over:
	}
	release()
	<-over
	return nil
}
