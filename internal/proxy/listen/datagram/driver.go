package datagram

import (
	"cmp"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Options are what a Driver takes from outside.
type Options struct {
	// Now is the time since any fixed moment; it never goes back. Required.
	Now func() time.Duration
	// Logger is told of what an operator has to know. Required.
	Logger *slog.Logger
	// Idle ends a flow on which nothing came either way; 120 s when 0, which is an NLB's.
	Idle time.Duration
	// Answer ends a flow whose target has not sent anything for so long after its first datagram; 30 s when 0, which is an
	// NLB's.
	Answer time.Duration
	// Retire is how long the flows of a target group may go on that was given the weight 0; 10 s when 0. AWS speaks of a
	// short while.
	Retire time.Duration
	// MaxFlows bounds the flows of one socket: a new one then takes the place of one that was quiet for long. 65,536 when 0.
	MaxFlows int
	// MaxPerClient bounds those of one client address (of one /64 of IPv6), whose further ones are not begun; a quarter
	// of MaxFlows when 0.
	MaxPerClient int
	// Seed goes into the hash of flows; random when 0.
	Seed uint64
}

// Driver serves sockets. It is safe for concurrent use and has no goroutines of its own.
type Driver struct{ options Options }

// New makes a Driver.
func New(o Options) *Driver {
	o.Idle = cmp.Or(o.Idle, 120*time.Second)
	o.Answer = cmp.Or(o.Answer, 30*time.Second)
	o.Retire = cmp.Or(o.Retire, 10*time.Second)
	o.MaxFlows = cmp.Or(o.MaxFlows, 1<<16)
	o.MaxPerClient = cmp.Or(o.MaxPerClient, max(o.MaxFlows/4, 1))
	o.Seed = cmp.Or(o.Seed, rand.Uint64())
	return &Driver{options: o}
}

// Port is a bound address and what belongs to it.
type Port struct {
	// Conn is the socket; the Socket owns it.
	Conn *net.UDPConn
	// Listener returns the listener in the newest snapshot; nil when there is none: nothing is forwarded then.
	Listener func() *compile.NetworkListener
	// Admit says whether a client may begin a flow; nil lets everyone.
	Admit func(*compile.NetworkListener, netip.Addr) bool
	// Counts returns where the flows of a listener are counted; nil: nowhere.
	Counts func(*compile.NetworkListener) *exchange.Datagrams
}
