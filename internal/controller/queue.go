package controller

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"k8s.io/client-go/util/workqueue"
)

// queue gives keys to workers: a key that is added while it is waiting is worked on once, and a key is never worked on by
// two workers at a time. Between two runs, what is added is dropped: whoever begins a run adds everything.
type queue[K comparable] struct {
	name string
	// workers is how many keys are worked on at once. Pauses between tries of a key that fails grow from floor to ceiling.
	workers        int
	floor, ceiling time.Duration
	work           func(context.Context, K) done
	logger         *slog.Logger
	metrics        *metrics

	mu    sync.Mutex
	inner workqueue.TypedDelayingInterface[K]
}

// done is how the work on a key ended.
type done struct {
	// err is what went wrong; the key is tried again after a pause that grows.
	err error
	// after asks for another look; 0 for none. With an error it is the shortest pause.
	after time.Duration
}

// add asks for a key to be worked on.
func (q *queue[K]) add(keys ...K) {
	q.mu.Lock()
	inner := q.inner
	q.mu.Unlock()
	if inner == nil {
		return
	}
	for _, k := range keys {
		inner.Add(k)
	}
}

// run works until ctx ends and the work that is under way is done. begin is called when keys are taken.
func (q *queue[K]) run(ctx context.Context, begin func()) {
	inner := workqueue.NewTypedDelayingQueue[K]()
	tries := workqueue.NewTypedItemExponentialFailureRateLimiter[K](q.floor, q.ceiling)
	q.mu.Lock()
	q.inner = inner
	q.mu.Unlock()
	begin()
	var workers sync.WaitGroup
	for range q.workers {
		workers.Go(func() {
			for q.next(ctx, inner, tries) {
			}
		})
	}
	<-ctx.Done()
	q.mu.Lock()
	q.inner = nil
	q.mu.Unlock()
	inner.ShutDown()
	workers.Wait()
}

// next works on one key; false when the queue is shut down.
func (q *queue[K]) next(ctx context.Context, inner workqueue.TypedDelayingInterface[K], tries workqueue.TypedRateLimiter[K]) bool {
	k, down := inner.Get()
	if down {
		return false
	}
	defer inner.Done(k)
	if ctx.Err() != nil {
		return true // what is still in the queue is dropped
	}
	began := time.Now()
	d := q.work(ctx, k)
	if ctx.Err() != nil {
		return true
	}
	q.metrics.observe(q.name, time.Since(began), d.err)
	w, waiting := errors.AsType[waitingError](d.err)
	switch {
	case d.err == nil, waiting:
		tries.Forget(k)
		if waiting {
			q.logger.Info("waiting", "loop", q.name, "object", k, "reason", w.Error())
		}
		if after := max(d.after, w.again); after > 0 {
			inner.AddAfter(k, after)
		}
	default:
		pause := max(tries.When(k), d.after)
		if isTerminal(d.err) {
			// Only the user can mend it, and a change of the object brings it back at once.
			pause = max(pause, min(time.Minute, q.ceiling))
		}
		q.logger.Warn("reconcile failed", "loop", q.name, "object", k, "error", d.err, "again", pause.String())
		inner.AddAfter(k, pause)
	}
	return true
}
