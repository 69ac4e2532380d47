package targets

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Options of a Registrar.
type Options struct {
	// VPC finds the address ranges of the VPC: targets outside of them are registered for all zones. Nil means that all
	// targets are inside.
	VPC func(context.Context) (lookup.Network, error)
	// OtherVPC finds the ranges of a VPC that is not the cluster's, by id. Nil: groups are all in the cluster's.
	OtherVPC func(ctx context.Context, id string) (lookup.Network, error)
	// HealthyKept is for how long a target that was healthy is not asked about again; 5 minutes when 0.
	HealthyKept time.Duration
	// ListKept is for how long it is believed that a group has the targets that it had: a change that comes later asks AWS
	// first, and mends what others did in the meantime. 5 minutes when 0, as the original's.
	ListKept time.Duration
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

const (
	defaultHealthyKept = 5 * time.Minute
	defaultListKept    = 5 * time.Minute
)

// Registrar registers and deregisters. It remembers what it has done, so that changes in a row cost one call each and no
// reading. It is safe for use by several goroutines; one group is dealt with by one of them at a time.
type Registrar struct {
	clients *client.Clients
	o       Options

	mu     sync.Mutex
	groups map[string]*group
}

// New makes a Registrar. It makes no call.
func New(c *client.Clients, o Options) *Registrar {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.HealthyKept = cmp.Or(o.HealthyKept, defaultHealthyKept)
	o.ListKept = cmp.Or(o.ListKept, defaultListKept)
	return &Registrar{clients: c, o: o, groups: map[string]*group{}}
}

// group is what is known of one target group.
type group struct {
	mu sync.Mutex
	// have is what AWS has, without targets that are on their way out; it is believed until known, the zero time when nothing
	// was ever known.
	known   time.Time
	have    map[place]model.Target
	healthy map[place]time.Time
	// zonal is until when addresses are registered for the zones of their nodes, because AWS did not want them for all.
	zonal time.Time
}

// place is what AWS tells targets apart by.
type place struct {
	id   string
	port int32
}

func placeOf(t model.Target) place { return place{t.ID, t.Port} }

func (r *Registrar) group(arn string) *group {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.groups[arn]
	if g == nil {
		g = &group{have: map[place]model.Target{}, healthy: map[place]time.Time{}}
		r.groups[arn] = g
	}
	return g
}

// Made notes that a group was just created and has no targets.
func (r *Registrar) Made(arn string) {
	g := r.group(arn)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.known = r.o.Now().Add(r.o.ListKept)
}

// Forget drops what is known of a group, or of all with "".
func (r *Registrar) Forget(arn string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if arn == "" {
		clear(r.groups)
		return
	}
	delete(r.groups, arn)
}

// Want says what a group should have.
type Want struct {
	// ARN is the target group.
	ARN string
	// VPC is the id of the group's VPC when that is not the cluster's.
	VPC string
	// AllZones registers every address for all zones: the group's VPC is another account's, and nobody there says which
	// addresses it has.
	AllZones bool
	Targets  []model.Target
	// Checkpoint is what Outcome said last, if the caller kept it: when nothing has changed since, no call is made even by a
	// process that has just started.
	Checkpoint string
	// Changing is called once before the first change: whoever keeps checkpoints takes the old one away, so that a crash in
	// between hides nothing. May be nil.
	Changing func(context.Context) error
	// Max is the most targets that a group may have, those on their way out included; 0 is no limit.
	Max int
	// Shared says that other clusters register in the group too: only Own, which this cluster has registered, are ever
	// deregistered.
	Shared bool
	Own    []model.Target
	// Recheck asks AWS for the list whatever is remembered.
	Recheck bool
}

// Outcome is what Reconcile did.
type Outcome struct {
	Registered, Deregistered []model.Target
	// Left are targets that the limit left out.
	Left []model.Target
	// Checkpoint is to be kept by the caller and handed in next time.
	Checkpoint string
	// Own are the targets that this cluster has registered now.
	Own []model.Target
}

// Reconcile makes a group have the targets that it should have: what is not wanted goes first, then what is missing comes.
// Targets on their way out count as absent, so they are registered again if they are wanted.
func (r *Registrar) Reconcile(ctx context.Context, w Want) (Outcome, error) {
	g := r.group(w.ARN)
	g.mu.Lock()
	defer g.mu.Unlock()
	check := checkpoint(w)
	if err := r.learn(ctx, g, w, check); err != nil {
		return Outcome{}, err
	}
	wanted := map[place]bool{}
	for _, t := range w.Targets {
		wanted[placeOf(t)] = true
	}
	var out Outcome
	var add []model.Target
	for _, t := range sorted(w.Targets) {
		if _, ok := g.have[placeOf(t)]; !ok {
			add = append(add, t)
		}
	}
	drop := g.unwanted(w, wanted)
	room, err := r.room(ctx, w, add)
	if err != nil {
		return Outcome{}, err
	}
	add, out.Left = add[:room], add[room:]
	if len(add)+len(drop) > 0 && w.Changing != nil {
		if err := w.Changing(ctx); err != nil {
			return Outcome{}, err
		}
	}
	if err := r.deregister(ctx, w.ARN, g, drop); err != nil {
		return Outcome{}, err
	}
	out.Deregistered = drop
	if err := r.register(ctx, w, g, add); err != nil {
		return out, err
	}
	out.Registered, out.Checkpoint = add, check
	for _, t := range sorted(w.Targets) {
		if _, ok := g.have[placeOf(t)]; ok {
			out.Own = append(out.Own, t)
		}
	}
	if len(out.Left) > 0 {
		out.Checkpoint = "" // there may be room next time
	}
	return out, nil
}

// learn makes sure that it is known what the group has: by memory, by the checkpoint, or by asking. That nothing was to be
// changed makes memory no younger.
func (r *Registrar) learn(ctx context.Context, g *group, w Want, check string) error {
	now := r.o.Now()
	switch {
	case w.Recheck:
	case now.Before(g.known):
		return nil
	case w.Checkpoint != "" && w.Checkpoint == check:
		for _, t := range w.Targets {
			g.have[placeOf(t)] = t
		}
		if g.known.IsZero() {
			g.known = now.Add(r.o.ListKept)
		}
		return nil
	}
	list, err := r.list(ctx, w.ARN)
	if err != nil {
		return err
	}
	clear(g.have)
	for _, t := range list {
		g.have[placeOf(t)] = t
	}
	g.known = now.Add(r.o.ListKept)
	return nil
}

// room is how many of the missing targets the limit leaves room for. Targets on their way out count until they are gone, so
// AWS is asked; one that comes back takes the place that it has still.
func (r *Registrar) room(ctx context.Context, w Want, add []model.Target) (int, error) {
	if w.Max <= 0 || len(add) == 0 {
		return len(add), nil
	}
	out, err := r.clients.ELB.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: &w.ARN})
	if err != nil {
		return 0, awserr.Wrap("DescribeTargetHealth", w.ARN, err)
	}
	taken := 0
	for _, d := range out.TargetHealthDescriptions {
		if _, at := healthFrom(d); !slices.ContainsFunc(add, func(t model.Target) bool { return placeOf(t) == at }) {
			taken++
		}
	}
	return min(len(add), max(0, w.Max-taken)), nil
}

// unwanted are the targets that have to go, in order.
func (g *group) unwanted(w Want, wanted map[place]bool) []model.Target {
	var out []model.Target
	for at, t := range g.have {
		own := !w.Shared || slices.ContainsFunc(w.Own, func(o model.Target) bool { return placeOf(o) == at })
		if !wanted[at] && own {
			out = append(out, t)
		}
	}
	return sorted(out)
}

// list asks which targets a group has, without those on their way out.
func (r *Registrar) list(ctx context.Context, arn string) ([]model.Target, error) {
	out, err := r.clients.ELB.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: &arn})
	if err != nil {
		return nil, awserr.Wrap("DescribeTargetHealth", arn, err)
	}
	return observe.TargetsFrom(out.TargetHealthDescriptions), nil
}

// Clean deregisters all targets of a group, or only own ones of a group that other clusters use too. A group that is gone
// is clean.
func (r *Registrar) Clean(ctx context.Context, arn string, shared bool, own []model.Target) error {
	_, err := r.Reconcile(ctx, Want{ARN: arn, Shared: shared, Own: own, Recheck: true})
	if err != nil && !awserr.Is(err, "TargetGroupNotFound") {
		return err
	}
	r.Forget(arn)
	return nil
}

func sorted(list []model.Target) []model.Target {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b model.Target) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), cmp.Compare(a.Port, b.Port))
	})
	return slices.CompactFunc(out, func(a, b model.Target) bool { return placeOf(a) == placeOf(b) })
}
