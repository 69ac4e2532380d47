package aws

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/aws/apply"
	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/aws/resolve"
	"github.com/gwanmun/gwanmun/internal/aws/targets"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// StackID names what belongs together: one IngressGroup (controller ingress.k8s.aws, name "namespace/name" or the group's), or
// one Service (service.k8s.aws, "namespace/name").
type StackID = observe.StackID

// Checkpoints keep short texts beyond the end of the process, by a key that is a stack's.
type Checkpoints interface {
	// Load finds a text; false when there is none.
	Load(ctx context.Context, key string) (string, bool, error)
	Store(ctx context.Context, key, value string) error
	Delete(ctx context.Context, key string) error
}

// Options of a Realizer.
type Options struct {
	// Cluster is the name of the cluster: the value of the ownership tag. Needed.
	Cluster string
	// Policy bounds what may be taken away; everything when empty.
	Policy plan.Policy
	// ForeignTags are keys of tags that others manage (flag external-managed-tags).
	ForeignTags []string
	// Checkpoints may be nil: then every stack is read in depth after a start.
	Checkpoints Checkpoints
	// Resolver finds the VPC and what names stand for; Registrar keeps targets. Both are needed, and are to be the ones that
	// everybody else uses, because they remember.
	Resolver  *resolve.Resolver
	Registrar *targets.Registrar
	// SyncPeriod is how often a stack is compared with AWS although nothing has changed; 10 hours when 0. The looks of
	// different stacks are spread over it.
	SyncPeriod time.Duration
	// SweepKept is for how long a list of what the cluster owns serves stacks that nobody has touched, and for how long it is
	// believed that a stack is as it was left: a change that comes later looks at AWS first, and so mends what others did in
	// the meantime. 10 minutes when 0.
	SweepKept time.Duration
	// Logger hears of every change; slog.Default when nil.
	Logger *slog.Logger
	// Now is the clock, Random gives numbers from 0 to 1, Sleep waits; those of the system when nil.
	Now    func() time.Time
	Random func() float64
	Sleep  func(context.Context, time.Duration) error
	// Patience is how long a deletion waits for a resource that is still in use; the original's 20 seconds when 0.
	Patience time.Duration
}

const (
	defaultSyncPeriod = 10 * time.Hour
	defaultSweepKept  = 10 * time.Minute
)

// Realizer makes stacks true. It is safe for use by several goroutines; one stack is dealt with by one of them at a time.
// Only one process of a cluster may use one: the leader.
type Realizer struct {
	clients  *client.Clients
	o        Options
	observer *observe.Observer
	applier  *apply.Applier
	backend  backend
	states   states

	mu     sync.Mutex
	stacks map[StackID]*stack
}

// New makes a Realizer. It makes no call.
func New(c *client.Clients, o Options) *Realizer {
	o.SyncPeriod = cmp.Or(o.SyncPeriod, defaultSyncPeriod)
	o.SweepKept = cmp.Or(o.SweepKept, defaultSweepKept)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	r := &Realizer{clients: c, o: o, stacks: map[StackID]*stack{}}
	r.observer = observe.New(c, observe.Options{Cluster: o.Cluster, Now: o.Now})
	r.applier = apply.New(c, apply.Options{
		VPC: o.Resolver.VPC, Register: o.Registrar.Register, Deregister: o.Registrar.Deregister, Made: o.Registrar.Made,
		Tagged: r.tagged, Sleep: o.Sleep, Patience: o.Patience,
	})
	r.backend.users = map[StackID]bool{}
	o.Resolver.UseStacks(r.balancerOf)
	return r
}

// tagged follows the tags of load balancers and target groups, and forgets those that are gone.
func (r *Realizer) tagged(arn string, tags []model.Tag) {
	if tags == nil {
		r.observer.ForgetTags(arn)
		r.o.Registrar.Forget(arn)
		return
	}
	r.observer.NoteTags(arn, tags)
}

// Reset forgets everything that is remembered of AWS. It is for a process that becomes the leader: another one may have
// changed anything in the meantime.
func (r *Realizer) Reset() {
	r.mu.Lock()
	r.stacks = map[StackID]*stack{}
	r.mu.Unlock()
	r.observer.Forget()
	r.backend.forget()
	r.o.Registrar.Forget("")
}

// Stacks lists the stacks of the cluster that own something in AWS.
func (r *Realizer) Stacks(ctx context.Context) ([]StackID, error) {
	s, err := r.observer.Latest(ctx, 0, r.o.Now().Add(-r.o.SweepKept))
	if err != nil {
		return nil, err
	}
	return s.Stacks(), nil
}

func (r *Realizer) stack(id StackID) *stack {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stacks[id]
	if s == nil {
		s = &stack{}
		r.stacks[id] = s
	}
	return s
}
