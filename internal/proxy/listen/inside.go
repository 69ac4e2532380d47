package listen

import (
	"net"
	"net/netip"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// inside is the socket that serves a listener for HTTP of this Set; nil when there is none.
func (s *Set) inside(lb string, port int32) *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.sockets {
		if k.asked.LoadBalancer == lb && k.asked.Port == port && k.current() != nil {
			return k
		}
	}
	return nil
}

// handOver gives a connection to a network load balancer to the application load balancer behind it, when that is served
// here, too, and says whether it did. The connection is the client's own, so its address arrives and nothing is copied.
func (k *socket) handOver(tcp *net.TCPConn, remote netip.AddrPort, l *compile.NetworkListener) bool {
	t := k.relay.Application(l, remote, addrPort(tcp.LocalAddr()))
	if t == nil {
		return false
	}
	inner := k.set.inside(t.Listener())
	if inner == nil || inner == k {
		return false
	}
	counters, _ := k.set.flowCounters(l)
	counters.Opened()
	leave := t.Enter()
	k.dismiss(remote.Addr())
	inner.takeFrom(tcp, remote, func() {
		leave()
		counters.Closed()
	})
	return true
}

// takeFrom is take for a connection that came another way; gone is called when it has ended.
func (k *socket) takeFrom(tcp *net.TCPConn, remote netip.AddrPort, gone func()) {
	if k.barred(remote.Addr()) {
		k.hold(tcp)
		gone()
		return
	}
	if !k.welcome(remote) {
		_ = tcp.SetLinger(0) // the client is to notice at once
		_ = tcp.Close()
		gone()
		return
	}
	c := newConn(k, remote, addrPort(tcp.LocalAddr()))
	c.gone = gone
	c.polled(tcp)
	k.enroll(c, func() { go c.run() })
}
