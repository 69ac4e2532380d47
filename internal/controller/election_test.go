package controller

import (
	"context"
	"sync"
	"testing"
	"time"
)

func TestOneReplicaLeadsAtATimeAndTheNextOneFollows(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	leading := map[string]bool{}
	var orders []string
	run := func(name string) (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error, 1)
		e := Election{Namespace: "kube-system", Identity: name, Duration: 4 * time.Second, Renew: 3 * time.Second, Retry: 50 * time.Millisecond}
		go func() {
			over <- elect(ctx, b.client, e, "leader", func(ctx context.Context) {
				mu.Lock()
				leading[name] = true
				orders = append(orders, name)
				if len(leading) > 1 {
					t.Error("two replicas lead")
				}
				mu.Unlock()
				<-ctx.Done()
				time.Sleep(20 * time.Millisecond) // work that has to end before the lease is given back
				mu.Lock()
				delete(leading, name)
				mu.Unlock()
			})
		}()
		return func() {
			cancel()
			if err := <-over; err != nil {
				t.Error(err)
			}
		}
	}
	leads := func(name string) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			return leading[name]
		}
	}
	stopA := run("a")
	b.until("a leads", leads("a"))
	stopB := run("b")
	stopA()
	b.until("b leads after a", leads("b"))
	stopB()
	mu.Lock()
	defer mu.Unlock()
	if len(orders) != 2 {
		t.Errorf("leaders were %v, want a and then b", orders)
	}
}
