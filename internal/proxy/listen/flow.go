package listen

import (
	"net"
	"net/netip"
	"runtime/debug"
	"sync/atomic"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
)

// flow is a connection to a network load balancer, in the books of its Set.
type flow struct {
	set      *Set
	socket   *socket
	client   netip.Addr
	counters Counters
	*relay.Flow
}

// network is the socket's listener in the newest snapshot when it is one of a network load balancer, else nil.
func (k *socket) network() *compile.NetworkListener {
	snapshot := k.set.options.Snapshot()
	if snapshot == nil || k.relay == nil {
		return nil
	}
	return snapshot.Network(k.asked.LoadBalancer, k.asked.Port)
}

// flowCounters is where the connections of a network listener are counted.
func (s *Set) flowCounters(l *compile.NetworkListener) (Counters, *atomic.Uint64) {
	if s.options.FlowCounters == nil || l.Dialect == model.DialectNginx {
		return nobody{}, nil
	}
	return s.options.FlowCounters(l)
}

// takeFlow starts to serve a connection that was admitted.
func (k *socket) takeFlow(tcp *net.TCPConn, remote netip.AddrPort, l *compile.NetworkListener) {
	if k.handOver(tcp, remote, l) {
		return
	}
	s := k.set
	counters, bytes := s.flowCounters(l)
	f := &flow{set: s, socket: k, client: remote.Addr(), counters: counters}
	f.Flow = k.relay.Flow(relay.Accepted{
		TCP: tcp, Remote: remote, Local: addrPort(tcp.LocalAddr()), Listener: l, Moved: bytes,
	})
	s.connsMu.Lock()
	s.flows[f] = struct{}{}
	if s.cutting {
		f.Cut() // it was accepted just before the end
	}
	s.connsMu.Unlock()
	s.stats.Open.Add(1)
	s.tasks.Add(1)
	go f.run()
}

// run serves the flow until its end. A panic ends this one and no other.
func (f *flow) run() {
	defer f.leave()
	defer func() {
		if r := recover(); r != nil {
			f.set.stats.Panics.Add(1)
			f.set.options.Logger.Error("panic while serving a connection", "client", f.client.String(),
				"panic", r, "stack", string(debug.Stack()))
		}
	}()
	f.counters.Opened()
	defer f.counters.Closed()
	f.Run()
	if f.HandshakeFailed() {
		f.set.stats.HandshakeErrors.Add(1)
	}
}

// leave takes the flow out of the books.
func (f *flow) leave() {
	s := f.set
	s.connsMu.Lock()
	delete(s.flows, f)
	s.connsMu.Unlock()
	f.socket.dismiss(f.client)
	s.stats.Open.Add(-1)
	s.tasks.Done()
}

// Review has connections to network load balancers look at their listeners in the newest snapshot: those of a target
// group that was given the weight 0 end after a short while. Nothing else about a listener touches them.
func (s *Set) Review() {
	s.reviewPackets()
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	for f := range s.flows { // order does not matter
		f.Flow.Review(f.socket.network())
	}
}

// reviewPackets is Review for datagrams.
func (s *Set) reviewPackets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.packets {
		k.socket.Review()
	}
}

// cutFlows ends all flows at once.
func (s *Set) cutFlows() {
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	s.cutting = true
	for f := range s.flows { // order does not matter
		f.Cut()
	}
}
