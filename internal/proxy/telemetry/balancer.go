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

	answers                                       statuses // made here
	redirects, redirectsTooLong, fixed, nonStrict atomic.Uint64
	dropped, forwarded, grpc, ipv6, ipv6Bytes     atomic.Uint64
	bytes, evaluations                            atomic.Uint64
	// charged are the evaluations beyond those that are free.
	charged atomic.Uint64

	authError, authFailure, authRefreshed, authSuccess, authTooLarge atomic.Uint64
	authTime                                                         histogram

	groups table[balancerGroup] // by target group ID
	lcus   window
}

// balancerGroup are the series of a target group behind a load balancer.
type balancerGroup struct {
	id                          string
	answers                     statuses
	requests, refused, tlsError atomic.Uint64
	latency                     histogram
}

// Connections counts a load balancer's client connections. All methods may be called from any goroutine.
type Connections struct {
	active, busy                  atomic.Int64
	accepted, rejected, handshake atomic.Uint64
	blocked                       atomic.Uint64
}

// Opened counts a connection that was accepted; Closed must follow.
func (c *Connections) Opened() { c.accepted.Add(1); c.active.Add(1) }

// Closed counts a connection that has ended.
func (c *Connections) Closed() { c.active.Add(-1) }

// Rejected counts a connection that was turned away.
func (c *Connections) Rejected() { c.rejected.Add(1) }

// Blocked counts a connection that security groups did not let in.
func (c *Connections) Blocked() { c.blocked.Add(1) }

// HandshakeFailed counts a TLS handshake that failed.
func (c *Connections) HandshakeFailed() { c.handshake.Add(1) }

// Busy counts a connection on which a request is under way; Idle must follow.
func (c *Connections) Busy() { c.busy.Add(1) }

// Idle ends what Busy began.
func (c *Connections) Idle() { c.busy.Add(-1) }

func newBalancer(l *compile.Listener) *balancer {
	e := entry{listener: l}
	return &balancer{label: string(e.appendLoadBalancer(nil)), nginx: l.Dialect == model.DialectNginx}
}

// freeEvaluations is how many rules ELB evaluates for each request without charging for them.
const freeEvaluations = 10

// observe counts an exchange as CloudWatch does: an answer is the load balancer's or the target's, never both, and
// requests only count when a target was chosen.
func (b *balancer) observe(x *exchange.Exchange, rule *compile.Rule) {
	bytes := uint64(max(x.Log.BytesIn, 0) + max(x.Log.BytesOut, 0))
	b.bytes.Add(bytes)
	if x.Conn != nil && x.Conn.Remote.Addr().Is6() && !x.Conn.Remote.Addr().Is4In6() {
		b.ipv6.Add(1)
		b.ipv6Bytes.Add(bytes)
	}
	if x.Request.Class != exchange.Compliant {
		b.nonStrict.Add(1)
	}
	if x.Request.GRPC() {
		b.grpc.Add(1)
	}
	if rule != nil && rule.Tried > 0 {
		b.evaluations.Add(uint64(rule.Tried))
		if rule.Tried > freeEvaluations {
			b.charged.Add(uint64(rule.Tried - freeEvaluations))
		}
	}
	if x.Log.Auth != 0 {
		b.countLogin(x)
	}
	sent := len(x.Log.Attempts) > 0
	switch {
	case x.Request.NamesDropped:
		b.dropped.Add(1)
	case x.Request.OddNames && sent:
		b.forwarded.Add(1)
	}
	made := x.Response.Made || x.Log.Status != 0
	if made {
		b.answers.add(bounded(status(x)))
		b.countAction(x)
	}
	if sent {
		b.group(group(x, rule)).observe(x, made)
	}
}

func (b *balancer) countAction(x *exchange.Exchange) {
	switch a := x.Log.Actions; {
	case a.Has(exchange.ActionRedirect) && x.Response.Status/100 == 3:
		b.redirects.Add(1)
	case a.Has(exchange.ActionRedirect) && x.Response.Status == 507:
		b.redirectsTooLong.Add(1)
	case a.Has(exchange.ActionFixedResponse):
		b.fixed.Add(1)
	}
}

func (b *balancer) countLogin(x *exchange.Exchange) {
	for _, one := range [...]struct {
		event exchange.AuthEvents
		count *atomic.Uint64
	}{
		{exchange.AuthSuccess, &b.authSuccess},
		{exchange.AuthFailure, &b.authFailure},
		{exchange.AuthError, &b.authError},
		{exchange.AuthRefreshed, &b.authRefreshed},
		{exchange.AuthClaimsTooLarge, &b.authTooLarge},
	} {
		if x.Log.Auth.Has(one.event) {
			one.count.Add(1)
		}
	}
	if x.Log.AuthTook > 0 {
		b.authTime.observe(&timeBuckets, int64(x.Log.AuthTook))
	}
}

func (b *balancer) group(id string) *balancerGroup {
	return b.groups.get(id, func() *balancerGroup { return &balancerGroup{id: id} })
}

// observe counts an exchange that went to a target, or was to go there.
func (g *balancerGroup) observe(x *exchange.Exchange, made bool) {
	g.requests.Add(1)
	for i := range x.Log.Attempts {
		switch a := &x.Log.Attempts[i]; {
		case a.Status != 0 || a.Made:
		case a.TLS:
			g.tlsError.Add(1)
		default:
			g.refused.Add(1)
		}
	}
	if !made {
		g.answers.add(bounded(x.Response.Status))
	}
	if !x.Log.FirstByte.IsZero() && !x.Log.Sent.IsZero() {
		g.latency.observe(&timeBuckets, int64(x.Log.FirstByte.Sub(x.Log.Sent)))
	}
}
