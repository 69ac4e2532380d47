package proxy

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/filter"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/basicauth"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
	"github.com/gwanmun/gwanmun/internal/proxy/listen"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/h2"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/telemetry"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// Placement says at which address a listener of the model is served.
type Placement = listen.Placement

// BindError is what Place's error is made of, one for each placement that could not be served.
type BindError = listen.BindError

// Options are what a Server takes from outside. The zero value serves, and tells nobody.
type Options struct {
	// Logger is told of what an operator has to know; nil drops it.
	Logger *slog.Logger
	// AccessLog gets one line per request; nil drops them. AccessFormat says what they look like.
	AccessLog    io.Writer
	AccessFormat telemetry.Format
	// Metrics gets a collector; nil leaves requests uncounted.
	Metrics prometheus.Registerer
	// Dial opens connections to targets; a plain dialer when nil.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now is the clock of target groups; time.Now when nil.
	Now func() time.Time
	// DefaultCertificate is served where the model names none; may be nil.
	DefaultCertificate *tls.Certificate
	// Keys are for cookies, sessions and TLS tickets, shared by all replicas; when nil they are made at random and are
	// gone with the Server. A Keeper without a ring yet answers 503 where keys are needed.
	Keys *keyring.Keeper
	// MaxConnections bounds the connections of one socket, MaxPerClient those of one client address on it; 0 is
	// without bound.
	MaxConnections, MaxPerClient int
	// Timeouts of clients' connections; zero members take the defaults.
	Timeouts listen.Timeouts
}

// Server serves a model. All methods may be called from any goroutine.
type Server struct {
	options  Options
	registry *upstream.Registry
	log      *telemetry.AccessLog
	metrics  *telemetry.Metrics
	set      *listen.Set
	filters  []compile.FilterFactory

	snapshot atomic.Pointer[compile.Snapshot]

	// mu is held by Apply. held are the target groups of the current snapshot, a reference to each.
	mu   sync.Mutex
	held map[string]*upstream.Group
	down bool
}

// New makes a Server that serves nothing yet. Shutdown ends it.
func New(o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{options: o, held: map[string]*upstream.Group{}}
	var key [32]byte
	if _, err := rand.Read(key[:]); err != nil {
		return nil, err
	}
	keys := o.Keys
	if keys == nil {
		ring, err := keyring.Random()
		if err != nil {
			return nil, err
		}
		keys = &keyring.Keeper{}
		keys.Set(ring)
	}
	s.filters = filter.Order(filter.Tools{Verifier: basicauth.NewVerifier(key, runtime.GOMAXPROCS(0)), Keys: keys})
	s.registry = upstream.NewRegistry(upstream.Options{Dial: o.Dial, Now: o.Now, Logger: o.Logger})
	s.log = telemetry.NewAccessLog(telemetry.LogOptions{Out: o.AccessLog, Format: o.AccessFormat})
	s.metrics = telemetry.NewMetrics(telemetry.MetricsOptions{Groups: s.groupStates, Log: s.log})
	if o.Metrics != nil {
		if err := o.Metrics.Register(s.metrics); err != nil {
			s.log.Close()
			s.registry.Close()
			return nil, err
		}
	}
	clock := wire.NewClock()
	forwarder := forward.New(forward.Options{Clock: clock, Done: s.done})
	driver := h2.New(h2.Options{
		Logger: o.Logger, Head: o.Timeouts.Head, Body: o.Timeouts.Body, Stall: o.Timeouts.Stall,
	})
	s.set = listen.New(listen.Options{
		Snapshot: s.snapshot.Load, Forwarder: forwarder, Clock: clock, Logger: o.Logger,
		Counters: func(l *compile.Listener) listen.Counters { return s.metrics.Connections(l) },
		HTTP2:    driver.Serve,
		Relay:    relay.New(relay.Options{Clock: clock, Done: s.flowDone, Handshake: o.Timeouts.Handshake}),
		FlowCounters: func(l *compile.NetworkListener) (listen.Counters, *atomic.Uint64) {
			return s.metrics.Flows(l), s.metrics.FlowBytes(l)
		},
		MaxConnections: o.MaxConnections, MaxPerClient: o.MaxPerClient, Timeouts: o.Timeouts,
	})
	return s, nil
}

// done is told of every exchange that has ended.
func (s *Server) done(l *compile.Listener, x *exchange.Exchange) {
	if s.options.AccessLog != nil {
		s.log.Write(l, x)
	}
	if s.options.Metrics != nil {
		s.metrics.Observe(l, x)
	}
}

// flowDone is told of every connection to a network load balancer that has ended.
func (s *Server) flowDone(l *compile.NetworkListener, f *exchange.Flow) {
	if s.options.AccessLog != nil {
		s.log.WriteFlow(l, f)
	}
	if s.options.Metrics != nil {
		s.metrics.ObserveFlow(l, f)
	}
}

// groupStates is what metrics show of target groups.
func (s *Server) groupStates() []telemetry.GroupState {
	states := s.registry.State()
	out := make([]telemetry.GroupState, len(states))
	for i := range states {
		g := &states[i]
		out[i] = telemetry.GroupState{ID: g.ID, Healthy: g.Healthy, UnhealthyRouted: g.UnhealthyRouted, Network: g.Network}
		for j := range g.Targets {
			t := &g.Targets[j]
			out[i].Outstanding += t.Outstanding
			if t.State == upstream.Unhealthy || t.State == upstream.UnhealthyDraining {
				out[i].Unhealthy++
			}
		}
	}
	return out
}

// Apply puts units into service in place of those with the same keys, and takes others out. The target groups of a unit
// get the targets that its model holds. It returns the diagnostics of what was compiled. Requests that are under way end as they were decided; the next ones, on old connections too,
// see the new snapshot. The cost follows what changes.
func (s *Server) Apply(changed []compile.Unit, removed []string) []diag.Diagnostic {
	s.mu.Lock()
	defer s.mu.Unlock()
	deps := compile.Deps{Group: s.group, Filters: s.filters, DefaultCertificate: s.options.DefaultCertificate}
	next, diags := compile.Apply(s.snapshot.Load(), changed, removed, deps)
	// Targets first: no request may meet a new rule with the targets of before.
	for _, u := range changed {
		s.retarget(u.Model)
	}
	s.snapshot.Store(next)
	if slices.ContainsFunc(changed, hasNetwork) {
		s.set.Review()
	}
	for _, id := range next.Dropped() {
		if g := s.held[id]; g != nil {
			delete(s.held, id)
			g.Release()
		}
	}
	s.metrics.Applied(time.Now(), true)
	return diags
}

// hasNetwork says whether a unit is about a network load balancer.
func hasNetwork(u compile.Unit) bool {
	return u.Model != nil && slices.ContainsFunc(u.Model.LoadBalancers, func(lb model.LoadBalancer) bool {
		return lb.Type == model.Network
	})
}

// group gives the compiler the handle of a target group. The Server holds one reference to each group of the current
// snapshot, whatever the number of units that use it.
func (s *Server) group(tg *model.TargetGroup) exchange.Group {
	if s.held[tg.ID] != nil {
		return s.registry.Group(tg)
	}
	g := s.registry.Acquire(tg)
	s.held[tg.ID] = g
	return g
}

// retarget gives the groups of a changed unit the targets that it came with.
func (s *Server) retarget(m *model.Model) {
	if m == nil {
		return
	}
	for i := range m.TargetGroups {
		if g := s.held[m.TargetGroups[i].ID]; g != nil {
			g.SetTargets(m.TargetGroups[i].Targets)
		}
	}
}

// SetTargets replaces the targets of a target group between two changes of its unit, and says whether there is such a
// group.
func (s *Server) SetTargets(group string, targets []model.Target) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[group] != nil && s.registry.SetTargets(group, targets)
}

// Place opens, keeps and closes sockets until they are those of the list. The error joins a *BindError for each
// placement that could not be served; errors.Is sees their causes. The others are served.
func (s *Server) Place(list []Placement) error { return s.set.Place(list) }

// Addresses returns what is served, with the addresses that are really bound.
func (s *Server) Addresses() []Placement { return s.set.Addresses() }

// Snapshot is what is served now, nil before the first Apply. It never changes.
func (s *Server) Snapshot() *compile.Snapshot { return s.snapshot.Load() }

// Explain says what would happen to a request, without sending anything.
func (s *Server) Explain(lb string, port int32, p compile.Probe) *compile.Trace {
	snapshot := s.snapshot.Load()
	if snapshot == nil {
		return &compile.Trace{LoadBalancer: lb, Port: port}
	}
	return snapshot.Explain(lb, port, p)
}

// Health describes a target group, and says whether there is one of that ID.
func (s *Server) Health(group string) (upstream.GroupState, bool) {
	g := s.registry.Lookup(group)
	if g == nil {
		return upstream.GroupState{}, false
	}
	return g.State(), true
}

// Groups describes all target groups, by ID.
func (s *Server) Groups() []upstream.GroupState { return s.registry.State() }

// Metrics are the Server's counters, for those who know more than it does: objects that are gone.
func (s *Server) Metrics() *telemetry.Metrics { return s.metrics }

// Connections are the counts of clients' connections; they are live.
func (s *Server) Connections() *listen.Stats { return s.set.Stats() }

// Shutdown stops accepting, lets running requests end until ctx does, and closes everything. It may be called once.
// No goroutine of the Server is left afterwards.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	again := s.down
	s.down = true
	s.mu.Unlock()
	if again {
		return errors.New("shut down the proxy: it is shut down already")
	}
	err := s.set.Shutdown(ctx)
	s.registry.Close()
	s.log.Close()
	if s.options.Metrics != nil {
		s.options.Metrics.Unregister(s.metrics)
	}
	return err
}
