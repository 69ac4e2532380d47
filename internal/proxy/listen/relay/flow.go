package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// maxTries bounds how many targets are asked for one flow.
const maxTries = 4

// Flow is one connection on its way through a network load balancer.
type Flow struct {
	port     *Port
	listener *compile.NetworkListener
	conn     exchange.Conn
	record   exchange.Flow
	// now is when the flow began, on the clock.
	now            time.Duration
	client, target side
	upstream       *upstream.Conn
	moved          *atomic.Uint64
	// life ends with Cut: a target that is being connected to is given up.
	life context.Context
	end  context.CancelFunc

	mu sync.Mutex
	// group is the ID of the target group, retiring what ends the flow when that has lost its weight.
	group    string
	retiring *time.Timer
	// cut says that Cut was called, ended that record.Reset and record.Error are settled.
	cut, ended bool
	// crashed is what a direction panicked with.
	crashed error
}

// Run serves the flow until its end. It may panic; the connections are closed then too.
func (f *Flow) Run() {
	orderly := false
	defer func() {
		if !orderly {
			f.fail(exchange.ResetByBalancer, "failure")
		}
		f.close()
	}()
	f.serve()
	orderly = true
}

func (f *Flow) serve() {
	if f.listener.TLS() && !f.secure() {
		return
	}
	key := f.key()
	group, _ := f.listener.Choose(f.conn.Remote.Addr(), key.Hash, key.Source).(*upstream.Group)
	if group == nil || !group.Ready() {
		f.fail(exchange.ResetByBalancer, "no targets")
		return
	}
	f.join(group.ID())
	if f.connect(group, key) {
		f.relay()
	}
}

// HandshakeFailed says, after Run, that the client's TLS handshake did not succeed.
func (f *Flow) HandshakeFailed() bool { return f.record.HandshakeFailed }

// Cut ends the flow at once: both sides are reset.
func (f *Flow) Cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut = true
	f.end()
	f.client.wire.Cancel()
	if f.target.wire != nil {
		f.target.wire.Cancel()
	}
}

// key is what group and target are chosen by.
func (f *Flow) key() *upstream.Flow {
	return f.port.driver.key(f.listener, f.conn.Remote, f.conn.Local)
}

func (d *Driver) key(l *compile.NetworkListener, remote, local netip.AddrPort) *upstream.Flow {
	key := &upstream.Flow{
		Hash:   upstream.HashFlow(d.options.Seed, remote, local),
		Source: upstream.HashSource(remote.Addr()), CrossZone: l.CrossZone,
	}
	if l.TLS() {
		key.Source = key.Hash // stickiness by source address is not for TLS listeners
	}
	return key
}

// Application is the target of a connection when that is an application load balancer; nil otherwise. Whoever serves that
// one, too, can hand it the connection as it came: so it sees the client's own address, as behind an NLB.
func (p *Port) Application(l *compile.NetworkListener, remote, local netip.AddrPort) *upstream.Target {
	if l.TLS() {
		return nil
	}
	key := p.driver.key(l, remote, local)
	group, _ := l.Choose(remote.Addr(), key.Hash, key.Source).(*upstream.Group)
	if group == nil || !group.Application() {
		return nil
	}
	return group.PickFlow(key)
}

// connect finds a target that takes the connection. The first one is the flow's own; when it refuses or does not answer,
// the next ones are those that would have been its own without it.
func (f *Flow) connect(group *upstream.Group, key *upstream.Flow) bool {
	d := f.port.driver
	opening := upstream.Opening{}
	if group.ProxyProtocol() {
		opening.Preface = appendPreface(nil, f.conn.Remote, f.conn.Local)
	}
	if p := f.conn.TLS; p != nil && p.NegotiatedProtocol != "" {
		// What the client speaks is what the target gets, so nothing else may be agreed on with it.
		opening.ALPN = []string{p.NegotiatedProtocol}
	}
	reason := "no targets"
	began := d.options.Clock.Since()
	for range maxTries {
		left := d.options.Connect - (d.options.Clock.Since() - began)
		t := group.PickFlow(key)
		if t == nil || left <= 0 || f.life.Err() != nil {
			break
		}
		opening.Within = min(left, d.options.Connect/2)
		f.record.Target = t.Address()
		conn, err := t.Open(f.life, opening)
		if err == nil {
			f.attach(conn)
			return true
		}
		key.Tried = append(key.Tried, t)
		var dial *upstream.DialError
		switch {
		case errors.As(err, &dial) && dial.TLS:
			reason, f.record.TargetTLSFailed = "target TLS handshake failed", true
		case dial != nil && dial.Timeout:
			reason = "target connect timeout"
		case errors.Is(err, syscall.EADDRNOTAVAIL):
			reason, f.record.NoPort = "no port left", true
		default:
			reason = "target refused"
		}
	}
	f.fail(exchange.ResetByBalancer, reason)
	return false
}

// attach makes a connection the flow's target side.
func (f *Flow) attach(c *upstream.Conn) {
	f.upstream = c
	w := wire.NewRaw(c.Conn, c.Raw, f.port.driver.options.Clock)
	socket, conn := c.Socket(), c.Conn
	c.Conn = w // closing the connection has to go through the wire, which the clock holds on to otherwise
	if secure, ok := conn.(*tls.Conn); ok {
		f.record.TargetProtocol = secure.ConnectionState().NegotiatedProtocol
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.target.init(w, conn, socket)
	if f.cut {
		w.Cancel()
	}
}

// join notes the flow's target group.
func (f *Flow) join(group string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.group, f.record.Group = group, group
}

// Review looks at the listener as it is now; nil when it is gone. A flow whose target group has been given the weight 0
// ends after a short while, unless that is taken back.
func (f *Flow) Review(l *compile.NetworkListener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch retired := l != nil && f.group != "" && l.Retired(f.group); {
	case retired && f.retiring == nil && f.life.Err() == nil:
		f.retiring = time.AfterFunc(f.port.driver.options.Retire, f.Cut)
	case !retired && f.retiring != nil:
		f.retiring.Stop() // when it has run already, the flow is over
		f.retiring = nil
	}
}

// fail notes how the flow ends, unless that is known already: the first reason counts.
func (f *Flow) fail(by exchange.Reset, reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	f.ended = true
	if f.cut && by == exchange.ResetByBalancer {
		reason = "cut off"
	}
	f.record.Reset, f.record.Error = by, reason
}

// flushWithin is how long what one side has sent may take to arrive at the other one after the first has broken off.
const flushWithin = time.Second

// close ends both sides in the way that the flow ended, and tells of it.
func (f *Flow) close() {
	f.end()
	f.Review(nil)
	switch f.record.Reset {
	case exchange.ResetByClient:
		wire.Flush(f.target.raw, flushWithin)
	case exchange.ResetByTarget:
		wire.Flush(f.client.raw, flushWithin)
	}
	broken := f.record.Reset != exchange.ResetNone
	if c := f.upstream; c != nil {
		if broken {
			c.Reset()
		} else {
			_ = c.Close() // both sides have ended
		}
	}
	if broken {
		f.client.wire.Reset()
	} else {
		_ = f.client.wire.Close() // as above
	}
	d := f.port.driver
	f.record.End = d.options.Clock.Time(d.options.Clock.Since())
	if d.options.Done != nil {
		d.options.Done(f.listener, &f.record)
	}
}
