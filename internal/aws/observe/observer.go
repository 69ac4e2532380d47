package observe

import (
	"cmp"
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/gwanmun/gwanmun/internal/aws/client"
)

// Options of an Observer.
type Options struct {
	// Cluster is the value of the ownership tag. What carries another one, or none, is never looked at.
	Cluster string
	// TagsKept is how long the tags of a load balancer or target group are believed; 20 minutes when 0.
	TagsKept time.Duration
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

const defaultTagsKept = 20 * time.Minute

// Observer reads AWS. It is safe for use by several goroutines.
type Observer struct {
	clients *client.Clients
	cluster string
	now     func() time.Time
	kept    time.Duration

	flight singleflight.Group
	mu     sync.Mutex
	latest *Sweep
	// begun counts sweeps; those up to forgotten are not believed any more.
	begun, forgotten int64
	tags             map[string]cachedTags
}

// New makes an Observer. It makes no call.
func New(c *client.Clients, o Options) *Observer {
	now := o.Now
	if now == nil {
		now = time.Now
	}
	return &Observer{
		clients: c, cluster: o.Cluster, now: now, kept: cmp.Or(o.TagsKept, defaultTagsKept), tags: map[string]cachedTags{},
	}
}

// Mark is a point among the sweeps: those that begin later show everything that was changed before it.
func (o *Observer) Mark() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.begun
}

// Latest is a sweep that was begun after a mark and is not older than a time; a new one is taken when there is none. Whoever
// asks while one is being taken gets the same one, if it was begun late enough.
func (o *Observer) Latest(ctx context.Context, mark int64, since time.Time) (*Sweep, error) {
	o.mu.Lock()
	latest := o.latest
	mark = max(mark, o.forgotten)
	o.mu.Unlock()
	if latest != nil && latest.number > mark && !latest.Taken.Before(since) {
		return latest, nil
	}
	for {
		s, err := o.Sweep(ctx)
		if err != nil || s.number > mark {
			return s, err
		}
	}
}

// Sweep lists everything that this cluster owns. Callers at the same time share one.
func (o *Observer) Sweep(ctx context.Context) (*Sweep, error) {
	ch := o.flight.DoChan("sweep", func() (any, error) {
		// The calls must not end because the first of several callers went away.
		s, err := o.sweep(context.WithoutCancel(ctx))
		if err != nil {
			return nil, err
		}
		o.mu.Lock()
		o.latest = s
		o.mu.Unlock()
		return s, nil
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-ch:
		if r.Err != nil {
			return nil, r.Err
		}
		s, _ := r.Val.(*Sweep)
		return s, nil
	}
}

// Forget drops all that is remembered: what AWS holds is read anew.
func (o *Observer) Forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.latest, o.forgotten = nil, o.begun
	clear(o.tags)
}
