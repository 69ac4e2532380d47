package listen

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
)

// socket is one bound address.
type socket struct {
	set   *Set
	asked Placement
	bound netip.AddrPort
	tcp   *net.TCPListener
	// inherited says that tcp was another process's: it sets keep-alive probes on what it accepts.
	inherited bool
	// quic is the socket of UDP for HTTP/3; nil without.
	quic *net.UDPConn
	acceptor
	tls secured
	// stopQUIC ends the service of HTTP/3; nil without. altSvc tells clients of it.
	stopQUIC func(context.Context)
	altSvc   []byte
	// relay is for when the listener is one of a network load balancer.
	relay *relay.Port
	site  atomic.Pointer[site]
	// closing says that the socket is gone and its connections are to end with their next answer; ending that those that
	// wait for a request are to end too.
	closing, ending atomic.Bool

	mu      sync.Mutex
	clients map[netip.Addr]int
	open    int
}

// site is a listener of one snapshot with what the driver needs to know of it.
type site struct {
	snapshot    *compile.Snapshot
	listener    *compile.Listener
	config      *http1.Config
	idle        time.Duration
	head        time.Duration
	body, stall time.Duration
	// pause is how long a client may pause within a request head; 0: as long as the head may take.
	pause       time.Duration
	maxAge      time.Duration
	maxRequests int
}

func (s *Set) open(p Placement) (*socket, error) {
	tcp, inherited, err := s.bindTCP(p)
	if err != nil {
		return nil, err
	}
	k := &socket{set: s, asked: p, tcp: tcp, inherited: inherited, clients: map[netip.Addr]int{}}
	if a, ok := tcp.Addr().(*net.TCPAddr); ok {
		k.bound = a.AddrPort()
		k.bound = netip.AddrPortFrom(k.bound.Addr().Unmap(), k.bound.Port())
	}
	if err := k.acceptor.prepare(s, tcp); err != nil {
		return nil, errors.Join(err, tcp.Close())
	}
	k.tls.init(k)
	if s.options.Relay != nil {
		k.relay = s.options.Relay.Port()
	}
	k.openQUIC()
	s.tasks.Add(1)
	go k.accept()
	return k, nil
}

// leave stops accepting on a socket. Its connections are told so with their next answer.
func (s *Set) leave(k *socket) {
	if k.closing.Swap(true) {
		return
	}
	_ = k.tcp.Close() // it was only waiting
	k.acceptor.close()
	k.closeQUIC()
}

// close ends a socket. Its connections end when they are idle.
func (s *Set) close(k *socket) {
	s.leave(k)
	k.ending.Store(true)
	s.endGreetings(k)
	s.each(func(c *conn) {
		if c.socket == k {
			c.endIdle()
		}
	})
}

// accept takes connections until the socket is closed. Trouble such as too many open files passes: it waits a little
// longer each time, up to a second.
func (k *socket) accept() {
	defer k.set.tasks.Done()
	var wait time.Duration
	for {
		err := k.acceptNext()
		if err == nil {
			wait = 0
			continue
		}
		if k.closing.Load() || errors.Is(err, net.ErrClosed) {
			return
		}
		wait = min(max(2*wait, 5*time.Millisecond), time.Second)
		k.set.options.Logger.Warn("accept failed", "listener", k.bound.String(), "error", err, "wait", wait)
		time.Sleep(wait)
	}
}

// acceptTCP takes the next connection for a goroutine.
func (k *socket) acceptTCP() error {
	tcp, err := k.tcp.AcceptTCP()
	if err != nil {
		return err
	}
	if k.inherited {
		_ = tcp.SetKeepAlive(false) // a connection that is lost shows at its first read
	}
	k.take(tcp)
	return nil
}

// welcome counts a new connection in, and says whether it may stay.
func (k *socket) welcome(remote netip.AddrPort) bool {
	s := k.set
	s.stats.Accepted.Add(1)
	if k.admit(remote.Addr()) {
		return true
	}
	k.reject()
	return false
}

// reject counts a connection that is turned away.
func (k *socket) reject() {
	s := k.set
	s.stats.Rejected.Add(1)
	if site := k.current(); site != nil && s.options.Counters != nil {
		s.options.Counters(site.listener).Rejected()
	} else if l := k.network(); site == nil && l != nil {
		counters, _ := s.flowCounters(l)
		counters.Rejected()
	}
}

// take starts to serve a connection, unless there are too many.
func (k *socket) take(tcp *net.TCPConn) {
	remote := addrPort(tcp.RemoteAddr())
	if k.barred(remote.Addr()) {
		k.hold(tcp)
		return
	}
	if !k.welcome(remote) {
		_ = tcp.SetLinger(0) // the client is to notice at once
		_ = tcp.Close()
		return
	}
	if k.current() == nil {
		if l := k.network(); l != nil {
			k.takeFlow(tcp, remote, l)
			return
		}
	}
	if !k.greet(tcp, remote) {
		k.takeHTTP(tcp, remote, netip.AddrPort{})
	}
}

// takeHTTP starts to serve requests on a connection. said is where the client connected to as a peer in front has it.
func (k *socket) takeHTTP(tcp *net.TCPConn, remote, said netip.AddrPort) {
	c := newConn(k, remote, addrPort(tcp.LocalAddr()))
	c.info.Destination = said
	c.polled(tcp)
	k.enroll(c, func() { go c.run() })
}

// enroll puts a connection into the books and starts it.
func (k *socket) enroll(c *conn, start func()) {
	s := k.set
	s.stats.Open.Add(1)
	s.tasks.Add(1)
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	s.conns[c] = struct{}{}
	start()
}

func (k *socket) admit(client netip.Addr) bool {
	o := &k.set.options
	if open := k.set.admitted.Add(1); o.MaxOpen > 0 && open > int64(o.MaxOpen) || !k.admitHere(client, o) {
		k.set.admitted.Add(-1)
		return false
	}
	return true
}

// admitHere counts a connection of this socket, unless there are too many.
func (k *socket) admitHere(client netip.Addr, o *Options) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if o.MaxConnections > 0 && k.open >= o.MaxConnections {
		return false
	}
	if o.MaxPerClient > 0 {
		if k.clients[client] >= o.MaxPerClient {
			return false
		}
		k.clients[client]++
	}
	k.open++
	return true
}

func (k *socket) dismiss(client netip.Addr) {
	k.set.admitted.Add(-1)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.open--
	if k.set.options.MaxPerClient > 0 {
		if k.clients[client]--; k.clients[client] <= 0 {
			delete(k.clients, client)
		}
	}
}

// current is the socket's listener in the newest snapshot, nil when it is not in it.
func (k *socket) current() *site {
	snapshot := k.set.options.Snapshot()
	if snapshot == nil {
		return nil
	}
	if have := k.site.Load(); have != nil && have.snapshot == snapshot {
		return have
	}
	l := snapshot.Listener(k.asked.LoadBalancer, k.asked.Port)
	if l == nil {
		return nil
	}
	fresh := newSite(snapshot, l, &k.set.options.Timeouts)
	k.site.Store(fresh)
	return fresh
}

func newSite(snapshot *compile.Snapshot, l *compile.Listener, t *Timeouts) *site {
	settings := l.Settings
	return &site{
		snapshot: snapshot, listener: l, config: &l.HTTP1, idle: settings.KeepAliveIdle, pause: settings.IdleTimeout,
		head: settings.Head(t.Head), body: settings.Patience(t.Body), stall: settings.Stall(t.Stall),
		maxAge: settings.ClientKeepAlive, maxRequests: settings.KeepAliveRequests,
	}
}

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		ap := t.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}
