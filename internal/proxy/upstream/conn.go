package upstream

import (
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Conn is a connection to a target that carries one request at a time. Whoever got it from Target.Conn owns it until
// it calls exactly one of Reuse and Close, and must not touch it afterwards.
type Conn struct {
	// Conn is what to read from and write to: the socket, or TLS on top of it. Do not call its Close.
	net.Conn
	// TCP is the socket when targets are spoken to in plain text, for splice; nil with TLS or a dialer that gave
	// something else.
	TCP *net.TCPConn
	// Raw is TCP's raw access, made once; nil when TCP is.
	Raw syscall.RawConn
	// Target is where the connection leads.
	Target *Target
	// Reused says that the connection served a request before: the target may have closed it meanwhile, so that a
	// failure before the first byte of an answer says nothing about the target. Connected is how long connecting
	// (with TLS) took, 0 when reused.
	Reused    bool
	Connected time.Duration
	// Driver is for whoever uses the connection: buffers and callbacks that should live as long as it does.
	Driver any

	socket   net.Conn // underneath TLS, or the same as Conn
	secure   bool     // TLS
	flow     bool     // made by Open: the whole connection is one flow
	doubtful bool     // see Doubt
	probe    func(fd uintptr)
	alive    bool
	born     time.Time
	since    time.Time // idle since
	requests int64
	shard    uint8
	cutOff   atomic.Bool
}

// freshEnough is how short an idle time makes a look at the socket pointless: under load connections are taken again
// within microseconds, and the system call would be most of the cost of taking one. Sockets without TLS are looked at by
// whoever sends the request (wire.Wire.Ask, Quiet), right before that; here only those are sorted out that waited for long.
const freshEnough, freshSocket = time.Millisecond, time.Second

// stale says whether a connection that was idle for so long has to be looked at, which host's connections do for nothing.
func (c *Conn) stale(idle time.Duration, host int) bool {
	fresh := freshEnough
	if c.Raw != nil {
		fresh = freshSocket
	}
	return (idle > fresh || host != noHost || c.doubtful) && !c.Quiet()
}

// Conn returns a connection to the target for one request: an idle one, newest first, or a new one that must be ready
// (TLS too) within timeout. The error is a *DialError. With Options.RaceAfter the connection may lead to another target.
func (t *Target) Conn(x *exchange.Exchange, timeout time.Duration) (*Conn, error) {
	if c := t.idleConn(x, noHost); c != nil {
		return c, nil
	}
	if after := t.group.racing(x); after > 0 {
		return t.race(x, after, timeout)
	}
	return t.Dial(timeout)
}

// idleConn takes an idle connection that can be used, of the event loop of that number or noHost; nil when there is none.
func (t *Target) idleConn(x *exchange.Exchange, host int) *Conn {
	limits := &t.group.registry.options.Limits
	for {
		c := t.pool.take(x.Random[0], host)
		if c == nil {
			return nil
		}
		now := t.group.registry.options.Now()
		idle := now.Sub(c.since)
		if idle >= limits.IdleTimeout || c.cutOff.Load() || c.stale(idle, host) {
			c.discard()
			continue
		}
		t.outstanding.Add(1)
		t.requests.Add(1)
		c.Reused, c.Connected, c.doubtful = true, 0, false
		return c
	}
}

// Doubt has the connection looked at before its next request, however soon that comes: a target that sends a body where
// there must be none (HEAD, 204, 304) would have it taken for the next response.
func (c *Conn) Doubt() { c.doubtful = true }

// Report tells how a request went: the target's status, 0 when it failed without one, and how long the target took
// from connecting to the end of its answer. Call it before Reuse or Close, once per request.
func (c *Conn) Report(status int, took time.Duration) {
	t := c.Target
	class := status / 100
	if class < 1 || class > 5 {
		class = 0
		t.errors.Add(1)
	}
	t.classes[class].Add(1)
	t.outcome(status)
	if g := t.group; g.settings.Load().algorithm == EWMA {
		t.latency.observe(took, g.registry.options.Now())
	}
}

// Reuse gives the connection back for the next request. Only do that when the whole request was sent, the whole
// response was read, nothing came after it, and both sides may keep the connection; deadlines must be cleared.
// Connections that are past their time are closed instead.
func (c *Conn) Reuse() {
	t := c.Target
	g := t.group
	limits := &g.registry.options.Limits
	now := g.registry.options.Now()
	c.requests++
	c.since = now
	switch {
	case t.removed.Load(), g.closed.Load(), c.cutOff.Load(), c.requests >= limits.MaxRequests,
		now.Sub(c.born) >= limits.MaxAge, c.secure != g.TLS():
		c.Close()
		return
	}
	t.leave()
	if !t.pool.push(c, limits) {
		c.discard()
		return
	}
	// The target may have been removed between the look and the push; then nobody else empties the pool.
	if t.removed.Load() || g.closed.Load() {
		t.pool.drain()
	}
}

// Close closes the connection and ends the request on it.
func (c *Conn) Close() error {
	c.discard()
	c.Target.leave()
	return nil
}

// CutOff says that the connection was closed from here because its target's deregistration delay is over, or because the
// target of a network load balancer has become unhealthy.
func (c *Conn) CutOff() bool { return c.cutOff.Load() }

// discard closes a connection that counts as no request.
func (c *Conn) discard() {
	t := c.Target
	t.liveMu.Lock()
	delete(t.live, c)
	t.liveMu.Unlock()
	_ = c.Conn.Close() // nothing is lost: what mattered was read before
}

// cut closes the socket under whoever uses the connection.
func (c *Conn) cut() {
	c.cutOff.Store(true)
	if tcp, ok := c.socket.(*net.TCPConn); ok && c.flow {
		_ = tcp.SetLinger(0) // the target is to see a reset; if it cannot be, it sees an end
	}
	_ = c.socket.Close()
}

// Quiet says whether an idle connection is still open and has nothing to say. A target that closed it, or that sent
// something unasked, makes it unfit: those bytes would be taken for the next request's answer.
func (c *Conn) Quiet() bool {
	if h, ok := c.socket.(hosted); ok {
		return h.Quiet()
	}
	raw, ok := c.socket.(syscall.Conn)
	if !ok {
		return true
	}
	if c.probe == nil {
		c.probe = func(fd uintptr) { c.alive = silent(fd) }
	}
	rc := c.Raw
	if rc == nil {
		var err error
		if rc, err = raw.SyscallConn(); err != nil {
			return false
		}
	}
	c.alive = false
	return rc.Control(c.probe) == nil && c.alive
}
