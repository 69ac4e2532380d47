package telemetry

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// GroupState is what metrics show of a target group at scrape time.
type GroupState struct {
	ID string
	// LoadBalancers are those that forward to the group, as ResourceID names them: one, as a rule. Each has series of its
	// own.
	LoadBalancers []string
	// Hosts count targets by zone, Outstanding requests and tunnels under way.
	Hosts       []HostCount
	Outstanding int64
	// UnhealthyRouted counts requests sent while too few targets were healthy, NonSticky those of a group with stickiness
	// for which a target had to be chosen.
	UnhealthyRouted, NonSticky uint64
	// Anomalous and Mitigated count targets that fail too often, and those that get less for it.
	Anomalous, Mitigated int
	// Zones say whether there are enough healthy targets.
	Zones []ZoneHealth
	// Network says that the group stands behind a network load balancer.
	Network bool
}

// HostCount are the targets of a group in one zone.
type HostCount struct {
	Zone               string
	Healthy, Unhealthy int
}

// ZoneHealth says whether a group has enough healthy targets in a zone to send clients (DNS) and requests (Routing) there;
// a Zone without name is all of them.
type ZoneHealth struct {
	Zone         string
	DNS, Routing bool
}

// MetricsOptions are what Metrics take from outside.
type MetricsOptions struct {
	// Groups describes the target groups at scrape time; nil leaves their series out.
	Groups func() []GroupState
	// Log is the access log whose losses are shown; may be nil.
	Log *AccessLog
	// Now is the clock of capacity units; time.Now when nil.
	Now func() time.Time
	// ControllerClass, ControllerNamespace and ControllerPod are labels of all of ingress-nginx's series; empty ones
	// are left out.
	ControllerClass, ControllerNamespace, ControllerPod string
}

// Metrics counts exchanges and connections. Requests find their series by the pointer of their rule, without looking
// at labels, and count with atomics; texts are made at scrape time. It is a prometheus.Collector.
type Metrics struct {
	options MetricsOptions
	descs   descs

	// rules is a shortcut that may be emptied at any time; what it leads to is held by keys below.
	rules atomic.Pointer[sync.Map] // *compile.Rule -> *ruleSeries

	mu        sync.Mutex
	keys      map[ruleKey]*ruleSeries
	balancers table[balancer] // by load balancer ID
	networks  table[network]  // by load balancer ID and protocol

	requests         atomic.Uint64 // of class nginx, matched or not
	applied, refused atomic.Uint64
	appliedAt        atomic.Int64
	lastRefused      atomic.Bool
}

// NewMetrics makes metrics that nothing has been counted in. Register it with a prometheus.Registerer.
func NewMetrics(o MetricsOptions) *Metrics {
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Metrics{options: o, keys: map[ruleKey]*ruleSeries{}}
	m.rules.Store(&sync.Map{})
	constant := prometheus.Labels{}
	for name, value := range map[string]string{
		"controller_class": o.ControllerClass, "controller_namespace": o.ControllerNamespace, "controller_pod": o.ControllerPod,
	} {
		if value != "" {
			constant[name] = value
		}
	}
	m.descs = newDescs(constant)
	return m
}

// Observe counts an exchange that has ended. listener may be nil when none was found.
func (m *Metrics) Observe(listener *compile.Listener, x *exchange.Exchange) {
	if listener == nil {
		return
	}
	rule, _ := x.Rule.(*compile.Rule)
	if listener.Dialect != model.DialectNginx {
		m.balancer(listener).observe(x, rule)
		return
	}
	m.requests.Add(1)
	if rule == nil || rule.Source.Name == "" {
		return // as ingress-nginx: only what an Ingress asked for has series of its own
	}
	m.series(rule).find(methodIndex(x.Request.Method), bounded(status(x)), alternative(x, rule)).observe(x)
}

// series returns the series of a rule. A rule compiled anew has another pointer but the same labels, and goes on with
// the counts of the one before.
func (m *Metrics) series(rule *compile.Rule) *ruleSeries {
	cache := m.rules.Load()
	if s, ok := cache.Load(rule); ok {
		return s.(*ruleSeries)
	}
	key := keyOf(rule)
	m.mu.Lock()
	s := m.keys[key]
	if s == nil {
		s = &ruleSeries{key: key}
		m.keys[key] = s
	}
	m.mu.Unlock()
	cache.Store(rule, s)
	return s
}

func (m *Metrics) balancer(l *compile.Listener) *balancer {
	return m.balancers.get(l.LoadBalancer, func() *balancer { return newBalancer(l) })
}

// Connections returns the counters of a load balancer's client connections, to be kept by whoever accepts them.
func (m *Metrics) Connections(l *compile.Listener) *Connections { return &m.balancer(l).connections }

// Applied is to be called after every snapshot that was put into service or refused. It also lets go of the rules of
// snapshots before.
func (m *Metrics) Applied(at time.Time, ok bool) {
	m.lastRefused.Store(!ok)
	if !ok {
		m.refused.Add(1)
		return
	}
	m.applied.Add(1)
	m.appliedAt.Store(at.UnixNano())
	m.rules.Store(&sync.Map{})
}

// Forget drops the series of an Ingress that is gone.
func (m *Metrics) Forget(namespace, ingress string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.keys { // all that match go, in whatever order
		if key.namespace == namespace && key.ingress == ingress {
			delete(m.keys, key)
		}
	}
	m.rules.Store(&sync.Map{})
}

// ForgetGroup drops the series of a target group that is gone.
func (m *Metrics) ForgetGroup(id string) {
	for _, b := range m.balancers.values() {
		b.groups.drop(id)
	}
}

// ForgetLoadBalancer drops the series of a load balancer that is gone.
func (m *Metrics) ForgetLoadBalancer(id string) {
	m.balancers.drop(id)
	for _, p := range []model.ListenerProtocol{model.TCP, model.TLS, model.UDP, model.TCPUDP, model.QUIC, model.TCPQUIC} {
		m.networks.drop(networkKey(id, p))
	}
}
