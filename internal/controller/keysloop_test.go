package controller

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// keyed is a replica that shares keys; its clock is the test's.
func keyed(b *bench, now func() time.Time) *Controller {
	return &Controller{o: Options{
		Client: b.client, Now: now, Logger: slog.New(slog.NewTextHandler(b.t.Output(), nil)), Component: "gwanmun",
		Nginx: &Nginx{Keys: &Keys{
			Keeper: &keyring.Keeper{}, Secret: objects.Name{Namespace: "gateway", Name: KeysSecret}, Retry: 10 * time.Millisecond,
		}},
	}}
}

func (c *Controller) derived(t *testing.T) []byte {
	t.Helper()
	ring := c.o.Nginx.Keys.Keeper.Ring()
	if ring == nil {
		return nil
	}
	keys, err := ring.Derive("test", 16)
	if err != nil {
		t.Fatal(err)
	}
	return keys[0]
}

func TestReplicasShareTheKeysThatTheLeaderMakesAndRotates(t *testing.T) {
	b := newBench(t)
	var clock atomic.Int64
	clock.Store(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).Unix())
	now := func() time.Time { return time.Unix(clock.Load(), 0) }
	leader, other := keyed(b, now), keyed(b, now)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, c := range []*Controller{leader, other} {
		running.Go(func() {
			if err := c.followKeysLoop(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	defer running.Wait()
	defer stop()
	if leader.derived(t) != nil || other.derived(t) != nil {
		t.Fatal("there are keys before there is a Secret")
	}
	// Two that believe to lead do no harm.
	for _, c := range []*Controller{leader, other} {
		running.Go(func() { c.rotateKeysLoop(ctx) })
	}
	same := func() bool {
		return leader.derived(t) != nil && bytes.Equal(leader.derived(t), other.derived(t))
	}
	b.until("both have the same keys", same)
	first := leader.derived(t)

	clock.Add(int64(keyring.Turn / time.Second))
	b.until("both have rotated", func() bool { return same() && !bytes.Equal(leader.derived(t), first) })
	clock.Add(-1)
	s := &corev1.Secret{}
	if err := b.client.Get(t.Context(), client.ObjectKey{Namespace: "gateway", Name: KeysSecret}, s); err != nil {
		t.Fatal(err)
	}
	if s.Labels["app.kubernetes.io/name"] != "gwanmun" {
		t.Errorf("labels %v", s.Labels)
	}
	set, err := keyring.ParseSet(s.Data[keysEntry])
	if err != nil {
		t.Fatal(err)
	}
	ring, err := set.Ring()
	if err != nil {
		t.Fatal(err)
	}
	if ring.Len() != 3 {
		t.Errorf("%d secrets after one rotation, want the one in turn, the next one and the one before", ring.Len())
	}
}

func TestKeysThatCannotBeReadAreLeftAlone(t *testing.T) {
	broken := &corev1.Secret{}
	broken.Namespace, broken.Name = "gateway", KeysSecret
	broken.Data = map[string][]byte{keysEntry: []byte("nonsense")}
	b := newBench(t, broken)
	c := keyed(b, time.Now)
	if err := c.rotateKeys(t.Context()); err == nil {
		t.Error("nonsense was rotated")
	}
	if err := c.followKeys(t.Context()); err == nil || c.derived(t) != nil {
		t.Error("nonsense was followed")
	}
	if len(b.writes) > 0 {
		t.Errorf("it was written: %v", b.writes)
	}
}
