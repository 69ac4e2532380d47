package controller

import (
	"context"
	"encoding/json"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// leaseLock is a Lease as the lock of an election, through the client that everything else uses.
type leaseLock struct {
	client   client.Client
	identity string
	meta     metav1.ObjectMeta
	// last is the lease as it was read or written last; its version guards the next write.
	last *coordinationv1.Lease
}

var _ resourcelock.Interface = (*leaseLock)(nil)

// Get reads the lease.
func (l *leaseLock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	lease := &coordinationv1.Lease{}
	if err := l.client.Get(ctx, client.ObjectKey{Namespace: l.meta.Namespace, Name: l.meta.Name}, lease); err != nil {
		return nil, nil, err
	}
	l.last = lease
	record := resourcelock.LeaseSpecToLeaderElectionRecord(&lease.Spec)
	raw, err := json.Marshal(record)
	return record, raw, err
}

// Create makes the lease.
func (l *leaseLock) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	lease := &coordinationv1.Lease{ObjectMeta: l.meta, Spec: resourcelock.LeaderElectionRecordToLeaseSpec(&r)}
	if err := l.client.Create(ctx, lease); err != nil {
		return err
	}
	l.last = lease
	return nil
}

// Update writes the lease that was read.
func (l *leaseLock) Update(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	if l.last == nil {
		return l.Create(ctx, r)
	}
	lease := l.last.DeepCopy()
	lease.Spec = resourcelock.LeaderElectionRecordToLeaseSpec(&r)
	if err := l.client.Update(ctx, lease); err != nil {
		return err
	}
	l.last = lease
	return nil
}

// RecordEvent tells nobody: who leads is in the Lease.
func (l *leaseLock) RecordEvent(string) {}

// Identity is this replica's name.
func (l *leaseLock) Identity() string { return l.identity }

// Describe names the lease.
func (l *leaseLock) Describe() string { return l.meta.Namespace + "/" + l.meta.Name }
