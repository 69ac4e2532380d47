package kube

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Batch is what has changed since the batch before.
type Batch struct {
	// First says that this is the first batch: Changes is everything there is.
	First bool
	// Changes hold every object at most once, sorted by kind and name.
	Changes []build.Change
}

// gatherer holds changes back until nothing new has come for a while, so that what is applied together is built together.
// An object that changes many times meanwhile is delivered once, as it is then.
type gatherer struct {
	// quiet is how long nothing must have come; ceiling bounds how long the first change waits.
	quiet, ceiling time.Duration

	mu      sync.Mutex
	pending map[objects.Key]build.Change
	// woken has room for one signal: something is pending.
	woken chan struct{}
}

func newGatherer(quiet, ceiling time.Duration) *gatherer {
	return &gatherer{
		quiet: cmp.Or(quiet, 100*time.Millisecond), ceiling: cmp.Or(ceiling, time.Second),
		pending: map[objects.Key]build.Change{}, woken: make(chan struct{}, 1),
	}
}

func (g *gatherer) add(k objects.Key, c build.Change) {
	g.mu.Lock()
	g.pending[k] = c
	g.mu.Unlock()
	select {
	case g.woken <- struct{}{}:
	default: // the signal that is there says it already
	}
}

// take empties what is pending.
func (g *gatherer) take() []build.Change {
	g.mu.Lock()
	pending := g.pending
	g.pending = map[objects.Key]build.Change{}
	g.mu.Unlock()
	keys := make([]objects.Key, 0, len(pending))
	for k := range pending {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareKeys)
	out := make([]build.Change, len(keys))
	for i, k := range keys {
		out[i] = pending[k]
	}
	return out
}

func compareKeys(a, b objects.Key) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.Name.Compare(b.Name))
}

// run delivers batches until ctx ends. The first one is everything that is pending now.
func (g *gatherer) run(ctx context.Context, deliver func(Batch)) {
	deliver(Batch{First: true, Changes: g.take()})
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.woken:
		}
		if !g.settle(ctx) {
			return
		}
		if changes := g.take(); len(changes) > 0 {
			deliver(Batch{Changes: changes})
		}
	}
}

// settle waits until nothing comes any more, or for long enough; false when ctx has ended.
func (g *gatherer) settle(ctx context.Context) bool {
	ceiling := time.NewTimer(g.ceiling)
	defer ceiling.Stop()
	quiet := time.NewTimer(g.quiet)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-ceiling.C:
			return true
		case <-quiet.C:
			return true
		case <-g.woken:
			quiet.Reset(g.quiet)
		}
	}
}
