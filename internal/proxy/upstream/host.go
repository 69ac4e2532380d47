package upstream

import (
	"context"
	"net"
	"net/netip"
	"runtime"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Host is an event loop, as seen by one exchange that runs on it. What would wait elsewhere has to wait through it there,
// or leave it.
type Host interface {
	// Number tells loops apart, from 0 to Hosts-1. A connection stays on the loop that it was made on, and only
	// exchanges on that loop use it again.
	Number() int
	// Inline says that the exchange still runs on the loop: it is false after Block.
	Inline() bool
	// Block takes the exchange and its client's connection off the loop, for good: from now on it may wait like any
	// goroutine.
	Block()
	// Connect connects to address within that time, while the loop goes on. Reads and writes of the connection are only
	// for exchanges on this loop; it may be closed from anywhere.
	Connect(address netip.AddrPort, within time.Duration) (net.Conn, error)
	// Adopt has dial called elsewhere and takes over the TCP connection that it returns, as Connect would have made it. It
	// leaves the loop as Block does when the connection cannot live there.
	Adopt(dial func() (net.Conn, error)) (net.Conn, error)
}

// hosted is a connection that lives on an event loop.
type hosted interface {
	net.Conn
	// Quiet says that nothing has arrived and the peer has not ended its side.
	Quiet() bool
}

// maxHosts bounds how many event loops may share a registry: a target keeps a stack of connections for each.
const maxHosts = 64

// Hosts is how many event loops share a registry: one for each processor that Go uses when the process starts. More of them
// than processors would only see fewer events at a time.
var Hosts = min(runtime.GOMAXPROCS(0), maxHosts)

// Inline says whether requests to the group can be sent from an event loop: targets are spoken to in plain HTTP/1.1.
func (g *Group) Inline() bool { return g.settings.Load().inline() }

// ConnOn is Conn for an exchange on host; without one it is Conn.
func (t *Target) ConnOn(host Host, x *exchange.Exchange, timeout time.Duration) (*Conn, error) {
	if !t.stays(host) {
		return t.Conn(x, timeout)
	}
	if c := t.idleConn(x, host.Number()); c != nil {
		return c, nil
	}
	if after := t.group.racing(x); after > 0 {
		host.Block() // both have to be waited for
		return t.race(x, after, timeout)
	}
	return t.DialOn(host, timeout)
}

// DialOn is Dial for an exchange on host; without one it is Dial.
func (t *Target) DialOn(host Host, timeout time.Duration) (*Conn, error) {
	if !t.stays(host) {
		return t.Dial(timeout)
	}
	t.outstanding.Add(1)
	t.requests.Add(1)
	c, err := t.connectOn(host, timeout)
	if err != nil {
		t.unreached()
		return nil, err
	}
	return c, nil
}

// stays says whether an exchange on host can speak to the target from there. If not, it has left the loop.
func (t *Target) stays(host Host) bool {
	if host == nil || !host.Inline() {
		return false
	}
	if !t.group.Inline() {
		host.Block()
		return false
	}
	return true
}

// connectOn makes a connection that lives on host.
func (t *Target) connectOn(host Host, timeout time.Duration) (*Conn, error) {
	r := t.group.registry
	began := r.options.Now()
	socket, err := t.dialOn(host, timeout)
	if err != nil {
		return nil, &DialError{Address: t.address, Timeout: timedOut(context.Background(), err), Err: err}
	}
	c := &Conn{Conn: socket, Target: t, socket: socket, born: began}
	if _, ok := socket.(hosted); ok {
		c.shard = t.pool.hostedShard(host.Number())
	}
	c.Connected = r.options.Now().Sub(began)
	t.enter(c)
	return c, nil
}

func (t *Target) dialOn(host Host, timeout time.Duration) (net.Conn, error) {
	r := t.group.registry
	if address, err := netip.ParseAddrPort(t.address); err == nil && r.plain {
		return host.Connect(address, timeout)
	}
	return host.Adopt(func() (net.Conn, error) {
		ctx, cancel := context.WithTimeout(r.life, timeout)
		defer cancel()
		return r.options.Dial(ctx, "tcp", t.address)
	})
}
