package traffic

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// Surroundings are what load balancers send to and show to clients.
type Surroundings interface {
	Instance(id string) (world.Instance, bool)
	Subnet(id string) (world.Subnet, bool)
	SubnetAt(vpc string, a netip.Addr) (world.Subnet, bool)
	Certificate(arn string) (world.Certificate, bool)
	// WebACLOf is the web ACL that a load balancer is associated with, empty without one.
	WebACLOf(resource string) string
	SecurityGroup(id string) (world.SecurityGroup, bool)
	// UserPool is a user pool that rules log users in with, UserPoolSecret the secret of one of its clients, empty for none.
	UserPool(arn string) (world.UserPool, bool)
	UserPoolSecret(arn, client string) string
	// Version changes with everything that may change in the answers above.
	Version() uint64
}

// Options are what Traffic takes from outside.
type Options struct {
	// Store and World are required.
	Store *store.Store
	World Surroundings
	// CheckPace divides the intervals of health checks; 1 when 0.
	CheckPace int
	// Dial opens connections to targets; a plain dialer when nil.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Driver and Zone are those of proxy.Options.
	Driver, Zone string
	// Logger is told of what an operator has to know; nil drops it.
	Logger *slog.Logger
	// AccessLog gets one line per request; nil drops them.
	AccessLog io.Writer
	// LogFolder is where load balancers' logs are delivered to that ask for a bucket; empty: nowhere.
	LogFolder string
	// Metrics gets the proxy's collector; may be nil.
	Metrics prometheus.Registerer
	// Login is about logins and token checks.
	Login LoginOptions
	// Keys are for cookies, sessions and TLS tickets; made at random, and gone with Traffic, when nil.
	Keys *keyring.Keeper
	// DefaultCertificate is served where a listener's own has no content here; may be nil.
	DefaultCertificate *tls.Certificate
	// FilterLoopback has security groups hold for clients on this machine, too, which are always let in otherwise.
	FilterLoopback bool
	// Bind says where the listener of a load balancer's address and port is served; there itself when nil. LowPorts is for
	// those who may not bind low ports.
	Bind func(at netip.AddrPort) netip.AddrPort
	// LookEvery is how often sockets that could not be opened are tried again, and how often is asked whether the world has
	// changed; 5 s when 0.
	LookEvery time.Duration
}

// LoginOptions are those of the proxy.
type LoginOptions = proxy.LoginOptions

// LowPorts adds an offset to ports below 1024 and leaves others alone: with 8000, port 80 is served at 8080.
func LowPorts(offset uint16) func(netip.AddrPort) netip.AddrPort {
	return func(at netip.AddrPort) netip.AddrPort {
		if at.Port() >= 1024 {
			return at
		}
		return netip.AddrPortFrom(at.Addr(), at.Port()+offset)
	}
}

// Traffic follows a store and serves it. All methods may be called from any goroutine.
type Traffic struct {
	options Options
	server  *proxy.Server
	watch   *store.Watch
	stop    chan struct{}
	stopped chan struct{}
	once    sync.Once

	mu sync.Mutex
	// failures says for a load balancer, by ARN, why it cannot be served.
	failures map[string]string
	// settled is the version of the store that is served; moved is closed and replaced when it changes.
	settled uint64
	moved   chan struct{}
	// looked is the version of the world that was last compared with what is served; poke asks for that at once.
	looked uint64
	poke   chan struct{}

	// served are the models that the proxy has, by load balancer; world is the version that they were made with. Only the
	// loop touches them.
	served map[string]*model.Model
	world  uint64
}

// New begins to serve what is in the store and follows it. Close ends it.
func New(o Options) (*Traffic, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Bind == nil {
		o.Bind = func(at netip.AddrPort) netip.AddrPort { return at }
	}
	o.LookEvery = cmp.Or(o.LookEvery, 5*time.Second)
	server, err := proxy.New(proxy.Options{
		Logger: o.Logger, AccessLog: o.AccessLog, LogFolder: proxy.LogFolder{Path: o.LogFolder}, Metrics: o.Metrics, Dial: o.Dial, Driver: o.Driver, Zone: o.Zone, DefaultCertificate: o.DefaultCertificate,
		Keys:      o.Keys,
		Login:     logins(o.Login, o.World),
		CheckPace: o.CheckPace, FilterLoopback: o.FilterLoopback,
	})
	if err != nil {
		return nil, err
	}
	t := &Traffic{
		options: o, server: server, watch: o.Store.Watch(), stop: make(chan struct{}),
		stopped: make(chan struct{}), failures: map[string]string{}, moved: make(chan struct{}), poke: make(chan struct{}, 1), served: map[string]*model.Model{},
	}
	go t.follow()
	return t, nil
}

// Close stops accepting, lets running requests end until ctx does, and closes everything.
func (t *Traffic) Close(ctx context.Context) error {
	t.once.Do(func() {
		t.watch.Stop()
		close(t.stop)
	})
	<-t.stopped
	return t.server.Shutdown(ctx)
}

// Server is the proxy behind it, for explain and counters.
func (t *Traffic) Server() *proxy.Server { return t.server }

// Settle waits until what is in the store and the world now is served.
func (t *Traffic) Settle(ctx context.Context) error {
	version, world := t.options.Store.Version(), t.options.World.Version()
	select {
	case t.poke <- struct{}{}:
	default: // somebody has asked already
	}
	for {
		t.mu.Lock()
		done, moved := t.settled >= version && t.looked >= world, t.moved
		t.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.stop:
			return errors.New("the traffic of load balancers has ended")
		case <-moved:
		}
	}
}

// follow is the loop: one change after another.
func (t *Traffic) follow() {
	defer close(t.stopped)
	look := time.NewTicker(t.options.LookEvery)
	defer look.Stop()
	for {
		select {
		case <-t.stop:
			return
		case <-t.watch.Wake():
			t.take(t.watch.Take())
		case <-look.C:
			t.look()
		case <-t.poke:
			t.look()
		}
	}
}

// look follows what nobody tells: a world that has changed, a port that has become free.
func (t *Traffic) look() {
	if v := t.options.World.Version(); v != t.world {
		all := &store.Changes{LoadBalancers: map[string]bool{}}
		for arn := range t.served {
			all.LoadBalancers[arn] = true
		}
		t.take(all)
		t.world = v
	}
	t.mu.Lock()
	t.looked = t.world
	close(t.moved)
	t.moved = make(chan struct{})
	t.mu.Unlock()
	if t.failing() {
		t.place()
	}
}

// take carries out changes: load balancers that changed, or whose groups did, are compiled when that makes a difference to
// the proxy; where only targets changed they alone are replaced.
func (t *Traffic) take(c *store.Changes) {
	var changed []compile.Unit
	var removed []string
	targets := map[string]bool{}
	t.options.Store.View(func(s *store.State) {
		stale := maps.Clone(c.LoadBalancers)
		for g := range c.TargetGroups {
			for _, lb := range s.Users(g) {
				stale[lb] = true
			}
		}
		for _, arn := range slices.Sorted(maps.Keys(stale)) {
			b := s.LoadBalancer(arn)
			if b == nil {
				removed = append(removed, arn)
				continue
			}
			if m := t.unit(s, b); !reflect.DeepEqual(m, t.served[arn]) {
				changed = append(changed, compile.Unit{Key: arn, Model: m})
			}
		}
		maps.Copy(targets, c.Targets)
		for g := range targets {
			if slices.ContainsFunc(s.Users(g), func(lb string) bool { return stale[lb] }) || len(s.Users(g)) == 0 {
				delete(targets, g) // done with its load balancer
			}
		}
	})
	for _, arn := range removed {
		delete(t.served, arn)
	}
	for _, u := range changed {
		t.served[u.Key] = u.Model
	}
	if len(changed)+len(removed) > 0 {
		for _, d := range t.server.Apply(changed, removed) {
			t.options.Logger.Warn("a load balancer is not served as asked", "code", string(d.Code), "object", d.Object.String(), "detail", d.Text)
		}
		t.place()
	}
	for _, g := range slices.Sorted(maps.Keys(targets)) {
		t.retarget(g)
	}
	t.mu.Lock()
	t.settled = max(t.settled, c.Version)
	close(t.moved)
	t.moved = make(chan struct{})
	t.mu.Unlock()
}

// retarget replaces the targets of a group that is served.
func (t *Traffic) retarget(arn string) {
	t.options.Store.View(func(s *store.State) {
		g := s.TargetGroup(arn)
		if g == nil {
			return
		}
		targets := t.targets(s, g, s.Users(arn))
		t.server.SetTargets(arn, targets)
		for _, lb := range s.Users(arn) {
			t.remember(lb, arn, targets)
		}
	})
}

// remember notes the targets of a group in what the proxy has. The model that the proxy was given stays as it is.
func (t *Traffic) remember(lb, group string, targets []model.Target) {
	if t.served[lb] == nil {
		return
	}
	m := *t.served[lb]
	m.TargetGroups = slices.Clone(m.TargetGroups)
	for i := range m.TargetGroups {
		if m.TargetGroups[i].ID == group {
			m.TargetGroups[i].Targets = targets
		}
	}
	t.served[lb] = &m
}
