package upstream

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream/h2"
)

// Options are what a Registry takes from outside. The zero value works.
type Options struct {
	// Dial opens connections to targets and for health checks. A plain net.Dialer when nil.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Random spreads health checks and first picks over time and targets; math/rand's generator when nil.
	Random func() uint64
	// Logger is told of targets that change their health. Nothing is logged when nil.
	Logger *slog.Logger
	// Limits bounds idle connections; zero members take the defaults.
	Limits Limits
	// Zone is the availability zone that the proxy runs in: groups without cross-zone load balancing, which network load
	// balancers have off unless told otherwise, use their targets of this zone and those whose zone is not known, and
	// answer 503 or reset when there are none. Empty: the proxy stands for all zones of its load balancers,
	// and each request for one of those that clients would find by DNS.
	Zone string
	// Outliers says when targets that fail in a row get a pause; the zero value never.
	Outliers Outliers
	// RaceAfter is how long connecting to a target of class nginx may take before another one is tried beside it; the first
	// connection is used. 0 is never.
	RaceAfter time.Duration
	// CheckPace divides the intervals of health checks; 1 when 0. More is for tests and demonstrations.
	CheckPace int
	// Checked is told of every health check that has ended, from the check's own goroutine: it must return soon. May be
	// nil.
	Checked func(c HealthCheck)
	// Probe carries out health checks over HTTP/2 (protocol versions GRPC and HTTP2); the registry's own when nil.
	Probe ProbeFunc
}

// Limits bounds connections that wait for their next request. The defaults are ingress-nginx's upstream-keepalive-*.
type Limits struct {
	// IdlePerGroup is how many idle connections a group keeps; 320 when 0.
	IdlePerGroup int64
	// Linger is how long a connection beyond IdlePerGroup is kept all the same: between two requests of a burst it is idle
	// for moments, and closing it means to dial for the next one. The sweep closes it afterwards, within a sixth of
	// IdleTimeout. None lingers when 0.
	Linger time.Duration
	// IdleTimeout closes a connection that waited this long; 60 seconds when 0.
	IdleTimeout time.Duration
	// MaxRequests closes a connection after so many requests; 10,000 when 0.
	MaxRequests int64
	// MaxAge closes a connection after the request that ends past this age; 1 hour when 0.
	MaxAge time.Duration
}

// Registry holds target groups by ID. Groups survive snapshots: a new snapshot acquires its groups before the old one
// releases its own, so that connections, health and counters of what both use are kept.
type Registry struct {
	options Options
	// life ends dials and health checks when the registry closes. It is the root of all contexts here, because none
	// of this work belongs to a single request.
	life   context.Context
	end    context.CancelFunc
	tasks  sync.WaitGroup
	closed atomic.Bool
	// keeper makes the connections that carry many requests.
	keeper *h2.Keeper
	// plain says that nobody else's Dial is used.
	plain bool

	mu     sync.Mutex
	groups map[string]*Group
	// speeches are what security policies stand for towards targets, by name: there are few.
	speeches map[string]*tls.Config
}

// NewRegistry makes an empty registry and starts its sweeper of idle connections; Close ends it.
func NewRegistry(o Options) *Registry {
	plain := o.Dial == nil
	if plain {
		dialer := &net.Dialer{KeepAlive: 60 * time.Second}
		o.Dial = dialer.DialContext
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Uint64
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Limits.IdlePerGroup = cmp.Or(o.Limits.IdlePerGroup, 320)
	o.Limits.IdleTimeout = cmp.Or(o.Limits.IdleTimeout, time.Minute)
	o.Limits.MaxRequests = cmp.Or(o.Limits.MaxRequests, 10_000)
	o.Limits.MaxAge = cmp.Or(o.Limits.MaxAge, time.Hour)
	o.CheckPace = max(o.CheckPace, 1)
	o.Outliers.Pause = cmp.Or(o.Outliers.Pause, 30*time.Second)
	o.Outliers.LongestPause = cmp.Or(o.Outliers.LongestPause, 5*time.Minute)
	o.Outliers.Share = cmp.Or(o.Outliers.Share, 50)
	r := &Registry{options: o, groups: map[string]*Group{}, speeches: map[string]*tls.Config{}, plain: plain}
	r.keeper = h2.NewKeeper(h2.Options{
		Now: o.Now, Idle: o.Limits.IdleTimeout, MaxAge: o.Limits.MaxAge, MaxRequests: o.Limits.MaxRequests,
	})
	if o.Probe == nil {
		r.options.Probe = func(ctx context.Context, p Probe) (int, error) {
			return r.keeper.Probe(ctx, p.Conn, h2.Probe{Authority: p.Authority, Path: p.Path, TLS: p.TLS, GRPC: p.GRPC})
		}
	}
	r.life, r.end = context.WithCancel(context.Background())
	r.tasks.Go(r.sweep)
	r.tasks.Go(r.watch)
	return r
}

// Acquire returns the group of that ID with its settings brought up to date, and takes a reference to it that Release
// gives back. A group that did not exist starts with the targets of tg; one that did keeps its own, because targets
// come by SetTargets and those in a model may be older.
func (r *Registry) Acquire(tg *model.TargetGroup) *Group { return r.group(tg, 1) }

// Group is Acquire without a reference. A group that nothing refers to answers requests, but its targets are not
// checked and show as unused.
func (r *Registry) Group(tg *model.TargetGroup) *Group { return r.group(tg, 0) }

func (r *Registry) group(tg *model.TargetGroup, references int) *Group {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.groups[tg.ID]
	if g == nil {
		g = newGroup(r, tg)
		r.groups[tg.ID] = g
	}
	g.adjust(newSettings(tg), references)
	return g
}

// Lookup returns the group of that ID, nil when there is none. It takes no reference.
func (r *Registry) Lookup(id string) *Group {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.groups[id]
}

// SetTargets replaces the targets of a group and says whether there is a group of that ID.
func (r *Registry) SetTargets(id string, targets []model.Target) bool {
	g := r.Lookup(id)
	if g != nil {
		g.SetTargets(targets)
	}
	return g != nil
}

// Groups returns all groups, ordered by ID.
func (r *Registry) Groups() []*Group {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*Group, 0, len(r.groups))
	for _, g := range r.groups {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b *Group) int { return cmp.Compare(a.id, b.id) })
	return list
}

// State describes all groups, ordered by ID.
func (r *Registry) State() []GroupState {
	groups := r.Groups()
	states := make([]GroupState, len(groups))
	for i, g := range groups {
		states[i] = g.State()
	}
	return states
}

// Close ends health checks and closes idle connections at once; connections in use close when their request ends.
// It returns when no goroutine of the registry is left. A dial that is under way is given up.
func (r *Registry) Close() {
	r.closed.Store(true)
	r.end()
	for _, g := range r.Groups() {
		g.shut()
	}
	r.tasks.Wait()
}

// release drops a group that nothing refers to any more.
func (r *Registry) release(g *Group) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !g.dropReference() {
		return
	}
	if r.groups[g.id] == g {
		delete(r.groups, g.id)
	}
	g.shut()
}

// sweep closes idle connections whose time is over. Taking a connection looks at its age too; the sweep is for those
// that nobody takes.
func (r *Registry) sweep() {
	every := max(r.options.Limits.IdleTimeout/6, time.Millisecond)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-r.life.Done():
			return
		case <-ticker.C:
			now := r.options.Now()
			for _, g := range r.Groups() {
				g.sweep(now)
			}
		}
	}
}
