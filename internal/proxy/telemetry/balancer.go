package telemetry

import (
	"sync/atomic"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// balancer are the series of one load balancer. Those of class nginx use only the connections.
type balancer struct {
	label       string
	nginx       bool
	connections Connections

	answers                                             statuses // made here
	redirects, fixed, noncompliant, grpc, ipv6, carried atomic.Uint64

	groups table[balancerGroup] // by target group ID
}

// balancerGroup are the series of a target group behind a load balancer.
type balancerGroup struct {
	id       string
	answers  statuses
	requests atomic.Uint64
	failed   atomic.Uint64
	latency  histogram
}

// Connections counts a load balancer's client connections. All methods may be called from any goroutine.
type Connections struct {
	active, busy                  atomic.Int64
	accepted, rejected, handshake atomic.Uint64
}

// Opened counts a connection that was accepted; Closed must follow.
func (c *Connections) Opened() { c.accepted.Add(1); c.active.Add(1) }

// Closed counts a connection that has ended.
func (c *Connections) Closed() { c.active.Add(-1) }

// Rejected counts a connection that was turned away.
func (c *Connections) Rejected() { c.rejected.Add(1) }

// HandshakeFailed counts a TLS handshake that did not succeed.
func (c *Connections) HandshakeFailed() { c.handshake.Add(1) }

// Busy counts a request (or stream) that has begun; Idle must follow.
func (c *Connections) Busy() { c.busy.Add(1) }

// Idle counts a request that has ended.
func (c *Connections) Idle() { c.busy.Add(-1) }

func newBalancer(l *compile.Listener) *balancer {
	e := entry{listener: l}
	return &balancer{label: string(e.appendLoadBalancer(nil)), nginx: l.Dialect == model.DialectNginx}
}

// observe counts an exchange as CloudWatch does: an answer is the load balancer's or the target's, never both, and
// requests only count when a target was chosen.
func (b *balancer) observe(x *exchange.Exchange, rule *compile.Rule) {
	b.carried.Add(uint64(max(x.Log.BytesIn, 0) + max(x.Log.BytesOut, 0)))
	if x.Conn != nil && x.Conn.Remote.Addr().Is6() && !x.Conn.Remote.Addr().Is4In6() {
		b.ipv6.Add(1)
	}
	if x.Request.Class != exchange.Compliant {
		b.noncompliant.Add(1)
	}
	if x.Request.Proto == exchange.HTTP2 && isGRPC(x) {
		b.grpc.Add(1)
	}
	made := x.Response.Made || x.Log.Status != 0
	if made {
		b.answers.add(bounded(status(x)))
		b.countAction(x, rule)
	}
	if len(x.Log.Attempts) == 0 {
		return
	}
	g := b.group(group(x, rule))
	g.requests.Add(1)
	for i := range x.Log.Attempts {
		if x.Log.Attempts[i].Status == 0 {
			g.failed.Add(1)
		}
	}
	if !made {
		g.answers.add(bounded(x.Response.Status))
	}
	if !x.Log.FirstByte.IsZero() && !x.Log.Sent.IsZero() {
		g.latency.observe(&timeBuckets, int64(x.Log.FirstByte.Sub(x.Log.Sent)))
	}
}

func (b *balancer) countAction(x *exchange.Exchange, rule *compile.Rule) {
	if rule == nil || rule.Model == nil || len(rule.Model.Actions) == 0 {
		return
	}
	switch a := &rule.Model.Actions[len(rule.Model.Actions)-1]; {
	case a.Redirect != nil && x.Response.Status/100 == 3:
		b.redirects.Add(1)
	case a.FixedResponse != nil && x.Response.Status == int(a.FixedResponse.StatusCode):
		b.fixed.Add(1)
	}
}

func (b *balancer) group(id string) *balancerGroup {
	return b.groups.get(id, func() *balancerGroup { return &balancerGroup{id: id} })
}

// statuses counts answers by status in a short list that is copied when a status is new.
type statuses struct {
	list atomic.Pointer[[]*statusCount]
}

type statusCount struct {
	status int16
	count  atomic.Uint64
}

func (s *statuses) add(status int16) {
	for {
		old := s.list.Load()
		if old != nil {
			for _, c := range *old {
				if c.status == status {
					c.count.Add(1)
					return
				}
			}
		}
		s.grow(old, status) // whoever wins a race, the next round finds the entry
	}
}

func (s *statuses) grow(old *[]*statusCount, status int16) {
	var list []*statusCount
	if old != nil {
		list = append(list, *old...)
	}
	list = append(list, &statusCount{status: status})
	s.list.CompareAndSwap(old, &list)
}

func (s *statuses) each(f func(status int16, count uint64)) {
	if list := s.list.Load(); list != nil {
		for _, c := range *list {
			f(c.status, c.count.Load())
		}
	}
}
