package listen

import (
	"net"
	"net/netip"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// Clients that security groups do not let in get no answer. A program cannot keep the system from completing a TCP
// handshake, so such a connection is left open without a word for a while, and then forgotten; more than so many at a time
// are closed at once, so that they cannot take up all descriptors.
const (
	barredFor  = 20 * time.Second
	barredMost = 256
)

// bars says whether security groups keep a client out. Clients on this machine are let in unless the Set was told
// otherwise: they have no address that a security group could mean.
func (s *Set) bars(client netip.Addr) bool {
	return s.options.FilterLoopback || !client.Unmap().IsLoopback()
}

// barred says whether a client may not connect to the socket's listener.
func (k *socket) barred(client netip.Addr) bool {
	if !k.set.bars(client) {
		return false
	}
	if site := k.current(); site != nil {
		return !site.listener.Admits(client)
	}
	if l := k.network(); l != nil {
		return !l.Admits(client, false)
	}
	return false
}

// hold keeps the connection of a barred client without serving it.
func (k *socket) hold(tcp *net.TCPConn) {
	s := k.set
	if l := k.network(); l != nil && k.current() == nil {
		counters, _ := s.flowCounters(l)
		if c, ok := counters.(interface{ Blocked() }); ok {
			c.Blocked()
		}
	}
	_ = tcp.SetLinger(0) // when it ends nothing is left of it
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	if s.held == nil || len(s.held) >= barredMost {
		_ = tcp.Close() // nobody was served
		return
	}
	s.held[tcp] = time.AfterFunc(barredFor, func() {
		s.connsMu.Lock()
		defer s.connsMu.Unlock()
		delete(s.held, tcp)
		_ = tcp.Close() // as above
	})
}

// releaseHeld ends all connections of barred clients, for good.
func (s *Set) releaseHeld() {
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	for tcp, timer := range s.held { // order does not matter
		timer.Stop()
		_ = tcp.Close() // nobody was served
	}
	s.held = nil // none is held from now on
}

// admitsDatagrams says whether a client may begin a flow of datagrams.
func (s *Set) admitsDatagrams(l *compile.NetworkListener, client netip.Addr) bool {
	return !s.bars(client) || l.Admits(client, true)
}
