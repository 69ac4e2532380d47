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
	tls   secure
	// relay is for when the listener is one of a network load balancer.
	relay *relay.Port
	site  atomic.Pointer[site]
	// closing says that the socket is gone and its connections are to end.
	closing atomic.Bool

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
	body, stall time.Duration
	maxAge      time.Duration
	maxRequests int
}

func (s *Set) open(p Placement) (*socket, error) {
	network := "tcp4"
	if p.Address.Addr().Is6() && !p.Address.Addr().Is4In6() {
		network = "tcp6"
		if p.Address.Addr().IsUnspecified() {
			network = "tcp" // both families
		}
	}
	// Keep-alive probes of TCP are off: every connection has an idle timeout anyway.
	config := net.ListenConfig{KeepAlive: -1}
	l, err := config.Listen(context.Background(), network, p.Address.String())
	if err != nil {
		return nil, err
	}
	tcp := l.(*net.TCPListener)
	k := &socket{set: s, asked: p, tcp: tcp, clients: map[netip.Addr]int{}}
	if a, ok := tcp.Addr().(*net.TCPAddr); ok {
		k.bound = a.AddrPort()
		k.bound = netip.AddrPortFrom(k.bound.Addr().Unmap(), k.bound.Port())
	}
	k.tls.init(k)
	if s.options.Relay != nil {
		k.relay = s.options.Relay.Port()
	}
	s.tasks.Add(1)
	go k.accept()
	return k, nil
}

// close ends a socket. Its connections end when they are idle.
func (s *Set) close(k *socket) {
	k.closing.Store(true)
	_ = k.tcp.Close() // it was only waiting
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
		conn, err := k.tcp.AcceptTCP()
		if err == nil {
			wait = 0
			k.take(conn)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		wait = min(max(2*wait, 5*time.Millisecond), time.Second)
		k.set.options.Logger.Warn("accept failed", "listener", k.bound.String(), "error", err, "wait", wait)
		time.Sleep(wait)
	}
}

// take starts to serve a connection, unless there are too many.
func (k *socket) take(tcp *net.TCPConn) {
	s := k.set
	s.stats.Accepted.Add(1)
	remote := addrPort(tcp.RemoteAddr())
	if !k.admit(remote.Addr()) {
		s.stats.Rejected.Add(1)
		if site := k.current(); site != nil && s.options.Counters != nil {
			s.options.Counters(site.listener).Rejected()
		} else if l := k.network(); site == nil && l != nil {
			counters, _ := s.flowCounters(l)
			counters.Rejected()
		}
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
	c := newConn(k, tcp, remote)
	s.connsMu.Lock()
	s.conns[c] = struct{}{}
	s.connsMu.Unlock()
	s.stats.Open.Add(1)
	s.tasks.Add(1)
	go c.run()
}

func (k *socket) admit(client netip.Addr) bool {
	o := &k.set.options
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
	s := &site{
		snapshot: snapshot, listener: l, config: &l.HTTP1, idle: settings.KeepAliveIdle, body: t.Body, stall: t.Stall,
		maxAge: settings.ClientKeepAlive, maxRequests: settings.KeepAliveRequests,
	}
	if settings.IdleTimeout > 0 {
		s.body, s.stall = settings.IdleTimeout, settings.IdleTimeout
	}
	return s
}

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		ap := t.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}
