package listen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/datagram"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// Placement says at which address a listener of the model is served.
type Placement struct {
	// LoadBalancer and Port name the listener: its load balancer's ID and its port in the model.
	LoadBalancer string
	Port         int32
	// Address is what to bind; port 0 takes any free one.
	Address netip.AddrPort
	// Datagrams asks for a socket of UDP in place of one of TCP. PlacementsOf says what a listener needs.
	Datagrams bool
}

// Options are what a Set takes from outside.
type Options struct {
	// Snapshot returns the newest snapshot; it is asked once per request. nil before there is one.
	Snapshot func() *compile.Snapshot
	// Forwarder serves the exchanges. Required.
	Forwarder *forward.Forwarder
	// Clock is the Forwarder's.
	Clock *wire.Clock
	// Logger is told of what an operator has to know. Required.
	Logger *slog.Logger
	// Counters returns where connections to a listener are counted; nil: nowhere.
	Counters func(*compile.Listener) Counters
	// Relay serves the connections of network load balancers; nil: they are reset.
	Relay *relay.Driver
	// FlowCounters returns where connections to a network load balancer's listener are counted, and their bytes as they
	// move; nil: nowhere.
	FlowCounters func(*compile.NetworkListener) (Counters, *atomic.Uint64)
	// Datagrams serves the datagrams of network load balancers; nil: they have no sockets. DatagramCounts returns where the
	// flows of a listener are counted; nil: nowhere.
	Datagrams      *datagram.Driver
	DatagramCounts func(*compile.NetworkListener) *exchange.Datagrams
	// FilterLoopback has security groups hold for clients on this machine, too, which are always let in otherwise.
	FilterLoopback bool
	// Keys are for session tickets, so that all replicas can read them; nil: each socket has keys of its own.
	Keys *keyring.Keeper
	// Handshaken is told of every TLS connection attempt that has ended, well or not; nil: nobody is. What it is given is
	// valid until it returns.
	Handshaken func(*compile.Listener, *exchange.Handshake)
	// HTTP2 drives connections whose client chose h2. nil: h2 is not offered.
	HTTP2 func(*Handoff)
	// HTTP3 begins to serve HTTP/3 on a socket of UDP and returns what ends that. nil: there is none.
	HTTP3 func(*QUIC) (stop func(context.Context), err error)
	// HTTP3Port is the port that clients are told for HTTP/3; the listener's when 0.
	HTTP3Port uint16
	// MaxConnections bounds the connections of one socket, MaxPerClient those of one client address on it. More are
	// closed at once. 0 is without bound.
	MaxConnections, MaxPerClient int
	// MaxOpen bounds the connections of all sockets together, so that descriptors are left for connections to targets. 0
	// is without bound.
	MaxOpen int
	// Inherited has sockets of a process that this one replaces; nil when it replaces nobody.
	Inherited Inheritance
	// Timeouts; zero members take the defaults.
	Timeouts Timeouts
	// Driver is how plain HTTP/1.1 is driven; empty for ParseDriver's choice.
	Driver Driver
}

// Counters count connections. They are safe for concurrent use.
type Counters interface {
	Opened()
	Closed()
	Rejected()
	HandshakeFailed()
	// Busy and Idle tell of a connection that begins and ends to be at work on a request. It begins and ends idle.
	Busy()
	Idle()
}

// nobody counts nothing.
type nobody struct{}

func (nobody) Opened()          {}
func (nobody) Closed()          {}
func (nobody) Rejected()        {}
func (nobody) HandshakeFailed() {}
func (nobody) Busy()            {}
func (nobody) Idle()            {}

// Timeouts of a client's connection that are no settings of a listener. Zero members take the defaults, which are
// nginx's.
type Timeouts struct {
	// Head is for a whole request head, from its first byte on (and for the first one from the accept on); 60 s.
	Head time.Duration
	// Body is between two reads of a body; 60 s, or the listener's idle timeout.
	Body time.Duration
	// BodyRate is how many bytes per second a body has to come at, on average over the time spent waiting for it, once that
	// has been Grace; 240, below 0 for none, and 10 s. What is slower is answered 408 in every dialect. Calls of gRPC are
	// left alone.
	BodyRate int
	Grace    time.Duration
	// Stall is for a client to take anything of a response; 60 s, or the listener's idle timeout.
	Stall time.Duration
	// Handshake is for TLS; 15 s.
	Handshake time.Duration
}

// DefaultBodyRate is Timeouts.BodyRate when nobody says.
const DefaultBodyRate = 240

// Slow says whether a body comes too slowly: so many bytes in the time spent waiting for it.
func (t *Timeouts) Slow(waited time.Duration, bytes int64) bool {
	return t.BodyRate > 0 && waited > t.Grace && float64(bytes) < waited.Seconds()*float64(t.BodyRate)
}

// BindError says that a placement could not be served. errors.Is sees the cause: syscall.EACCES, syscall.EADDRINUSE.
type BindError struct {
	Placement Placement
	Err       error
}

// Error names the address and what to do.
func (e *BindError) Error() string {
	remedy := "check that the address belongs to this machine"
	switch {
	case errors.Is(e.Err, syscall.EACCES):
		remedy = "take a port from 1024 on, or grant the right to bind low ports (CAP_NET_BIND_SERVICE)"
	case errors.Is(e.Err, syscall.EADDRINUSE):
		remedy = "stop what listens there, or take another port"
	}
	return fmt.Sprintf("serve listener %d of load balancer %s at %s: %v (%s)",
		e.Placement.Port, e.Placement.LoadBalancer, e.Placement.Address, e.Err, remedy)
}

// Unwrap returns the cause.
func (e *BindError) Unwrap() error { return e.Err }

// Set is all sockets with their connections.
type Set struct {
	options Options
	works   sync.Pool
	date    date
	// loops is nil with the goroutine driver.
	loops *loops

	// mu guards sockets; Place and Shutdown hold it.
	mu      sync.Mutex
	sockets []*socket
	packets []*packets
	closed  bool

	connsMu sync.Mutex
	conns   map[*conn]struct{}
	flows   map[*flow]struct{}
	// greetings are connections that are looked at first, held those of clients that are not let in.
	greetings map[*greeting]struct{}
	held      map[*net.TCPConn]*time.Timer
	// cutting says that flows are not to go on.
	cutting bool
	// tasks are accept loops and connections.
	tasks sync.WaitGroup

	// admitted counts the connections that MaxOpen bounds.
	admitted atomic.Int64

	// life ends when what still runs is cut off.
	life context.Context
	cut  context.CancelFunc

	stats Stats
}

// Stats counts connections. All members only grow, but Open.
type Stats struct {
	Accepted, Rejected, Panics atomic.Uint64
	// Handshakes are those of TLS that succeeded, HandshakeErrors those that did not.
	Handshakes, HandshakeErrors atomic.Uint64
	Open                        atomic.Int64
}

// New makes a Set without sockets.
func New(o Options) *Set {
	o.Timeouts.Head = cmp.Or(o.Timeouts.Head, time.Minute)
	o.Timeouts.Body = cmp.Or(o.Timeouts.Body, time.Minute)
	o.Timeouts.BodyRate = cmp.Or(o.Timeouts.BodyRate, DefaultBodyRate)
	o.Timeouts.Grace = cmp.Or(o.Timeouts.Grace, 10*time.Second)
	o.Timeouts.Stall = cmp.Or(o.Timeouts.Stall, time.Minute)
	o.Timeouts.Handshake = cmp.Or(o.Timeouts.Handshake, 15*time.Second)
	s := &Set{
		options: o, conns: map[*conn]struct{}{}, flows: map[*flow]struct{}{},
		greetings: map[*greeting]struct{}{}, held: map[*net.TCPConn]*time.Timer{},
	}
	s.works.New = func() any { return newWork() }
	s.life, s.cut = context.WithCancel(context.Background())
	if s.options.Driver == "" {
		var err error
		if s.options.Driver, err = ParseDriver(""); err != nil {
			o.Logger.Warn("the environment names no driver", "error", err)
			s.options.Driver = Goroutines
		}
	}
	s.loops = newLoops(s)
	return s
}

// Stats returns the counters; they are live.
func (s *Set) Stats() *Stats { return &s.stats }

// Place makes the sockets what the list says: those that are in it already are kept with their connections, others are
// closed (their idle connections at once, busy ones after their response; those of network load balancers, of which nobody
// knows what they carry, end by themselves), new ones are opened. What cannot be bound is left out; the error joins a
// *BindError for each.
func (s *Set) Place(list []Placement) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("place listeners: the proxy is shutting down")
	}
	var kept []*socket
	for _, old := range s.sockets {
		if slices.Contains(list, old.asked) {
			kept = append(kept, old)
		} else {
			s.close(old)
		}
	}
	s.sockets = kept
	failures := s.placePackets(list)
	for _, p := range list {
		if p.Datagrams {
			continue
		}
		if slices.ContainsFunc(s.sockets, func(k *socket) bool { return k.asked == p }) {
			continue
		}
		k, err := s.open(p)
		if err != nil {
			failures = append(failures, &BindError{Placement: p, Err: err})
			continue
		}
		s.sockets = append(s.sockets, k)
	}
	return errors.Join(failures...)
}

// Addresses returns what is served, with the addresses that are really bound, by load balancer and port.
func (s *Set) Addresses() []Placement {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Placement, 0, len(s.sockets))
	for _, k := range s.sockets {
		p := k.asked
		p.Address = k.bound
		list = append(list, p)
	}
	for _, k := range s.packets {
		p := k.asked
		p.Address = k.socket.Address()
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Placement) int {
		return cmp.Or(cmp.Compare(a.LoadBalancer, b.LoadBalancer), cmp.Compare(a.Port, b.Port),
			a.Address.Compare(b.Address))
	})
	return list
}

// Drain stops accepting, and waits until no connection is left, or ctx ends. Connections that wait for a request are not
// closed, so that none that is on its way is lost: each next answer asks the client to close. Shutdown must follow.
func (s *Set) Drain(ctx context.Context) {
	s.mu.Lock()
	s.closed = true
	for _, k := range s.sockets {
		s.leave(k)
	}
	s.mu.Unlock()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for s.stats.Open.Load() > 0 {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Shutdown stops accepting, closes idle connections and lets busy ones finish the response they are at; connections of
// network load balancers go on. When ctx ends before they have, they are cut, and ctx's error is returned. No goroutine
// of the Set is left afterwards.
func (s *Set) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	for _, k := range s.sockets {
		s.close(k)
	}
	s.sockets = nil
	for _, k := range s.packets {
		k.socket.Close()
	}
	s.packets = nil
	s.mu.Unlock()
	s.endGreetings(nil)
	s.releaseHeld()

	done := make(chan struct{})
	go func() {
		s.tasks.Wait()
		s.loops.stop()
		relay.CloseFreePipes()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.each(func(c *conn) { c.cut() })
	s.cutFlows()
	s.cut()
	<-done
	return ctx.Err()
}

// each calls f for every connection.
func (s *Set) each(f func(*conn)) {
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	for c := range s.conns { // order does not matter
		f(c)
	}
}
