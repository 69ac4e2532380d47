package relay

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/secure"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// Options are what a Driver takes from outside.
type Options struct {
	// Clock keeps deadlines; it is the one of the other drivers. Required.
	Clock *wire.Clock
	// Done is told of every flow that has ended, once. nil: nobody.
	Done func(*compile.NetworkListener, *exchange.Flow)
	// Handshake is for a client's TLS handshake; 15 s when 0.
	Handshake time.Duration
	// Connect is for connecting to targets, all tries together; 10 s when 0. One try gets half of it.
	Connect time.Duration
	// Retire is how long the flows of a target group may go on that was given the weight 0; 10 s when 0. AWS speaks of a
	// short while.
	Retire time.Duration
	// Keys are for session tickets, so that all replicas can read them; nil: each Port has keys of its own.
	Keys *keyring.Keeper
	// Seed goes into the hash of flows; random when 0.
	Seed uint64
}

// Driver serves flows. It is safe for concurrent use and has no goroutines of its own.
type Driver struct {
	options Options
}

// New makes a Driver.
func New(o Options) *Driver {
	o.Handshake = cmp.Or(o.Handshake, 15*time.Second)
	o.Connect = cmp.Or(o.Connect, 10*time.Second)
	o.Retire = cmp.Or(o.Retire, 10*time.Second)
	o.Seed = cmp.Or(o.Seed, rand.Uint64())
	return &Driver{options: o}
}

// Port is what the flows of one socket share: the keys of TLS session tickets.
type Port struct {
	driver *Driver
	// newest is the listener that a TLS connection was accepted for last.
	newest atomic.Pointer[compile.NetworkListener]
	mu     sync.Mutex
	// tickets is made with the first configs, which are kept because they hold its keys.
	tickets *secure.Tickets
	configs map[secureKind]*configs
}

// Port makes what the flows of one socket share.
func (d *Driver) Port() *Port { return &Port{driver: d, configs: map[secureKind]*configs{}} }

// Accepted is a connection that was accepted for a listener.
type Accepted struct {
	TCP           *net.TCPConn
	Remote, Local netip.AddrPort
	Listener      *compile.NetworkListener
	// Moved counts bytes of both directions as they move; may be nil.
	Moved *atomic.Uint64
}

// Flow prepares to serve a connection. Run must be called then.
func (p *Port) Flow(a Accepted) *Flow {
	clock := p.driver.options.Clock
	f := &Flow{port: p, listener: a.Listener, now: clock.Since(), moved: a.Moved}
	if f.moved == nil {
		f.moved = &atomic.Uint64{}
	}
	f.life, f.end = context.WithCancel(context.Background()) // no request is behind it; Cut ends it
	f.client.init(wire.New(a.TCP, clock), a.TCP, a.TCP)
	f.conn = exchange.Conn{
		Remote: a.Remote, Local: a.Local, Port: uint16(a.Listener.Port),
		ID: [2]uint64{rand.Uint64(), rand.Uint64()}, // a name for logs, no secret
	}
	f.record.Conn, f.record.Start = &f.conn, clock.Time(f.now)
	return f
}
