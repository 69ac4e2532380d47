package proxy

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
	"github.com/gwanmun/gwanmun/internal/proxy/action/oidc"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/filter"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/basicauth"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
	"github.com/gwanmun/gwanmun/internal/proxy/listen"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/datagram"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/h2"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/telemetry"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// Placement says at which address a listener of the model is served.
type Placement = listen.Placement

// PlacementsOf are those that a listener of the model needs at an address.
func PlacementsOf(lb string, l *model.Listener, at netip.AddrPort) []Placement {
	return listen.PlacementsOf(lb, l, at)
}

// BindError is what Place's error is made of, one for each placement that could not be served.
type BindError = listen.BindError

// DefaultBodyRate is Options.BodyRate when nobody says.
const DefaultBodyRate = listen.DefaultBodyRate

// Options are what a Server takes from outside. The zero value serves, and tells nobody.
type Options struct {
	// Logger is told of what an operator has to know; nil drops it.
	Logger *slog.Logger
	// AccessLog gets one line per request; nil drops them. AccessFormat says what they look like.
	AccessLog    io.Writer
	AccessFormat telemetry.Format
	// LogFolder is where load balancers' logs are delivered to that ask for a bucket.
	LogFolder LogFolder
	// Inspector judges requests to load balancers with a web ACL; nil lets all pass. InspectBudget bounds an inspection;
	// 1 s when 0.
	Inspector     exchange.Inspector
	InspectBudget time.Duration
	// Metrics gets a collector; nil leaves requests uncounted.
	Metrics prometheus.Registerer
	// Dial opens connections to targets; a plain dialer when nil.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now is the clock of target groups and logins; time.Now when nil.
	Now func() time.Time
	// Zone, Outliers, RaceAfter and CheckPace are those of upstream.Options: the availability zone that the Server runs in,
	// when targets that fail get a pause, when a second target is connected to, and how much faster than asked targets are
	// checked.
	Zone      string
	Outliers  upstream.Outliers
	RaceAfter time.Duration
	CheckPace int
	// DefaultCertificate is served where the model names none; may be nil.
	DefaultCertificate *tls.Certificate
	// Keys are for cookies, sessions and TLS tickets, shared by all replicas; when nil they are made at random and are
	// gone with the Server. A Keeper without a ring yet answers 503 where keys are needed.
	Keys *keyring.Keeper
	// Login is about logins and token checks.
	Login LoginOptions
	// MaxConnections bounds the connections of one socket, MaxPerClient those of one client address on it; 0 is
	// without bound.
	MaxConnections, MaxPerClient int
	// MaxOpen bounds the connections of all sockets together. 0 is half of the descriptors that the process may open, less
	// 256: one for a client, one for its target. Below 0 is without bound.
	MaxOpen int
	// FilterLoopback has security groups of load balancers hold for clients on this machine, too, which are always let in
	// otherwise.
	FilterLoopback bool
	// Timeouts of clients' connections; zero members take the defaults. BodyRate, when it is not 0, is that of Timeouts.
	Timeouts listen.Timeouts
	BodyRate int
	// Inherited has the sockets of a process that this one replaces; nil when it replaces nobody.
	Inherited listen.Inheritance
	// Driver names what moves the bytes of plain HTTP/1.1: "goroutines", or "loop" on Linux. When empty the environment
	// variable GWANMUN_DRIVER says, else it is the best that the platform has. Other names are an error.
	Driver string
	// HTTP3 serves HTTP/3 beside TLS listeners of class nginx, on the same port of UDP, and tells clients of it by Alt-Svc.
	HTTP3 bool
	// HTTP3Port is the port that clients are told for HTTP/3; the listener's, which is 443 for class nginx, when 0.
	HTTP3Port uint16
}

// Server serves a model. All methods may be called from any goroutine.
type Server struct {
	options  Options
	registry *upstream.Registry
	log      *telemetry.AccessLog
	metrics  *telemetry.Metrics
	set      *listen.Set
	filters  []compile.FilterFactory
	// providers asks identity providers, for logins and token checks.
	providers *idp.Client
	logins    *oidc.Logins
	// deliveries is nil without a folder for logs; balancers are the load balancers that units speak of. mu guards it.
	deliveries *telemetry.Deliveries
	balancers  map[string][]string
	owners     owners

	snapshot atomic.Pointer[compile.Snapshot]

	// mu is held by Apply. held are the target groups of the current snapshot, a reference to each.
	mu   sync.Mutex
	held map[string]*upstream.Group
	// speech is which security policies the groups that Apply is about are spoken to with.
	speech map[string]string
	down   bool
}

// New makes a Server that serves nothing yet. Shutdown ends it.
func New(o Options) (*Server, error) {
	o.Timeouts.BodyRate = cmp.Or(o.BodyRate, o.Timeouts.BodyRate)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	way, unknown := listen.ParseDriver(o.Driver)
	if unknown != nil {
		return nil, unknown
	}
	http3, missing := o.http3()
	if missing != nil {
		return nil, missing
	}
	s := &Server{options: o, held: map[string]*upstream.Group{}, balancers: map[string][]string{}}
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
	s.providers, s.logins = openLogins(&o, keys)
	s.filters = filter.Order(filter.Tools{
		Verifier: basicauth.NewVerifier(key, runtime.GOMAXPROCS(0)), Keys: keys,
		Logins: s.logins, Providers: s.providers, Now: o.Now,
		Inspector: o.Inspector, InspectBudget: o.InspectBudget,
	})
	clock := wire.NewClock()
	now := o.Now
	if now == nil {
		now = clock.Now // which costs half of what time.Now does
	}
	s.registry = upstream.NewRegistry(upstream.Options{
		Dial: o.Dial, Now: now, Logger: o.Logger, Checked: s.checked,
		Limits: upstream.Limits{Linger: time.Second},
		Zone:   o.Zone, Outliers: o.Outliers, RaceAfter: o.RaceAfter, CheckPace: o.CheckPace,
	})
	var err error
	if s.deliveries, err = openDeliveries(&o); err != nil {
		s.registry.Close()
		return nil, err
	}
	s.log = telemetry.NewAccessLog(telemetry.LogOptions{Out: o.AccessLog, Format: o.AccessFormat, Deliveries: s.deliveries})
	s.metrics = telemetry.NewMetrics(telemetry.MetricsOptions{Groups: s.groupStates, Log: s.log})
	if o.Metrics != nil {
		if err := o.Metrics.Register(s.metrics); err != nil {
			s.log.Close()
			s.registry.Close()
			return nil, errors.Join(err, s.closeDeliveries())
		}
	}
	forwarder := forward.New(forward.Options{Clock: clock, Done: s.done})
	driver := h2.New(h2.Options{
		Logger: o.Logger, Head: o.Timeouts.Head, Body: o.Timeouts.Body, Stall: o.Timeouts.Stall, Grace: o.Timeouts.Grace,
		BodyRate: o.Timeouts.BodyRate,
	})
	s.set = listen.New(listen.Options{
		Snapshot: s.snapshot.Load, Forwarder: forwarder, Clock: clock, Logger: o.Logger,
		Counters: func(l *compile.Listener) listen.Counters { return s.metrics.Connections(l) },
		HTTP2:    driver.Serve,
		HTTP3:    http3,
		Relay:    relay.New(relay.Options{Clock: clock, Done: s.flowDone, Handshake: o.Timeouts.Handshake, Keys: keys}),
		Keys:     keys, Handshaken: s.handshaken,
		FlowCounters: func(l *compile.NetworkListener) (listen.Counters, *atomic.Uint64) {
			return s.metrics.Flows(l), s.metrics.FlowBytes(l)
		},
		Datagrams:      datagram.New(datagram.Options{Now: clock.Since, Logger: o.Logger}),
		DatagramCounts: s.metrics.Datagrams, FilterLoopback: o.FilterLoopback,
		MaxConnections: o.MaxConnections, MaxPerClient: o.MaxPerClient, MaxOpen: maxOpen(o.MaxOpen), Timeouts: o.Timeouts, Driver: way, Inherited: o.Inherited, HTTP3Port: o.HTTP3Port,
	})
	if o.Metrics != nil {
		if err := o.Metrics.Register(loopMetrics{s.set.Loops}); err != nil {
			return nil, errors.Join(err, s.Shutdown(context.Background()))
		}
	}
	return s, nil
}

// done is told of every exchange that has ended.
func (s *Server) done(l *compile.Listener, x *exchange.Exchange) {
	if s.options.AccessLog != nil || s.deliveries != nil {
		s.log.Write(l, x)
	}
	if s.options.Metrics != nil {
		s.metrics.Observe(l, x)
	}
}

// flowDone is told of every connection to a network load balancer that has ended.
func (s *Server) flowDone(l *compile.NetworkListener, f *exchange.Flow) {
	if l.Dialect == model.DialectNginx {
		return // what ingress-nginx passes through it neither logs nor counts
	}
	if s.options.AccessLog != nil || s.deliveries != nil {
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
		out[i] = groupState(&states[i])
		out[i].LoadBalancers = s.owners.of(out[i].ID)
	}
	return out
}

// Apply puts units into service in place of those with the same keys, and takes others out. The target groups of a unit
// get the targets that its model holds. It returns the diagnostics of what was compiled. Requests that are under way end as they were decided; the next ones, on old connections too,
// see the new snapshot. The cost follows what changes.
func (s *Server) Apply(changed []compile.Unit, removed []string) []diag.Diagnostic {
	s.mu.Lock()
	defer s.mu.Unlock()
	deps := compile.Deps{
		Group: s.group, Filters: s.filters, DefaultCertificate: s.options.DefaultCertificate,
		Logs: s.deliveries != nil, Inspected: s.options.Inspector != nil,
	}
	s.speech = speech(changed)
	s.speak(s.speech)
	gone := s.follow(changed, removed) // before the first check, which begins as soon as a group is acquired
	next, diags := compile.Apply(s.snapshot.Load(), changed, removed, deps)
	// Targets first: no request may meet a new rule with the targets of before.
	for _, u := range changed {
		s.retarget(u.Model)
	}
	s.snapshot.Store(next)
	if slices.ContainsFunc(changed, hasNetwork) {
		s.set.Review()
	}
	s.leave(gone)
	for _, id := range next.Dropped() {
		s.metrics.ForgetGroup(id)
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
	if policy := s.speech[tg.ID]; policy != "" {
		s.registry.Group(tg).Speak(policy) // before the first check
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
	s.stand(m)
}

// stand tells the groups behind network load balancers which port they stand behind.
func (s *Server) stand(m *model.Model) {
	for i := range m.LoadBalancers {
		if m.LoadBalancers[i].Type != model.Network {
			continue
		}
		for j := range m.LoadBalancers[i].Listeners {
			l := &m.LoadBalancers[i].Listeners[j]
			for _, id := range l.TargetGroups() {
				if g := s.held[id]; g != nil {
					g.Behind(l.Port)
				}
			}
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
func (s *Server) Place(list []Placement) error {
	if s.deliveries != nil {
		for _, p := range list {
			s.deliveries.Node(p.LoadBalancer, p.Address.Addr())
		}
	}
	return s.set.Place(list)
}

// Addresses returns what is served, with the addresses that are really bound.
func (s *Server) Addresses() []Placement { return s.set.Addresses() }

// Sockets are all sockets, for a process that replaces this one: it gets them as Options.Inherited, by their names, and
// places the same listeners. When it serves, Shutdown lets this one end what it has begun. HTTP/3 and datagrams belong to
// the process that read their first packets, and begin anew in the other one.
func (s *Server) Sockets() ([]OpenSocket, error) { return s.set.Sockets() }

// OpenSocket is a socket that can be handed over.
type OpenSocket = listen.OpenSocket

// Inheritance has the sockets of a process that this one replaces.
type Inheritance = listen.Inheritance

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

// Drain stops accepting, and waits until clients have closed their connections, which each next answer asks them to, or
// until ctx ends. Idle connections are not closed: a request may be on its way. Shutdown must follow.
func (s *Server) Drain(ctx context.Context) { s.set.Drain(ctx) }

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
	s.providers.Close()
	s.registry.Close()
	s.log.Close()
	err = errors.Join(err, s.closeDeliveries())
	if s.options.Metrics != nil {
		s.options.Metrics.Unregister(s.metrics)
		s.options.Metrics.Unregister(loopMetrics{s.set.Loops})
	}
	return err
}
