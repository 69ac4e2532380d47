package listen

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/hello"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/proxyproto"
)

// greeting is a connection that is looked at before anything is served on it: for a header of the PROXY protocol, and for
// the server name of a TLS client whose connection may have to be sent on undecrypted.
type greeting struct {
	socket   *socket
	tcp      *net.TCPConn
	listener *compile.Listener
	// remote is the peer, later the client that the peer has announced; said is where that one connected to.
	remote, said netip.AddrPort
	// admitted says that remote is counted as a client of the socket.
	admitted bool
}

// greets says whether connections to a listener have to be looked at first.
func greets(l *compile.Listener) bool { return l.ProxyProtocol != nil || l.TLS() && l.Passes() }

// greet starts to look at a connection that was admitted, and says whether it does.
func (k *socket) greet(tcp *net.TCPConn, remote netip.AddrPort) bool {
	site := k.current()
	if site == nil || !greets(site.listener) {
		return false
	}
	g := &greeting{socket: k, tcp: tcp, listener: site.listener, remote: remote, admitted: true}
	s := k.set
	s.connsMu.Lock()
	s.greetings[g] = struct{}{}
	s.connsMu.Unlock()
	s.tasks.Add(1)
	go g.run()
	return true
}

// run looks at the connection and gives it to who serves it.
func (g *greeting) run() {
	k, s := g.socket, g.socket.set
	defer s.tasks.Done()
	to, err := g.look()
	s.connsMu.Lock()
	delete(s.greetings, g)
	s.connsMu.Unlock()
	switch {
	case err != nil || k.ending.Load():
		// nginx closes the connection without a word.
		_ = g.tcp.Close() // nobody has been told anything
		if g.admitted {
			k.dismiss(g.remote.Addr())
		}
	case to != nil && k.relay != nil:
		k.takeFlow(g.tcp, g.remote, to)
	default:
		k.takeHTTP(g.tcp, g.remote, g.said)
	}
}

// look reads the header, if there has to be one, and peeks at the server name. to is where the connection is sent on to
// undecrypted; nil when it is served here.
func (g *greeting) look() (to *compile.NetworkListener, err error) {
	if p := g.listener.ProxyProtocol; p != nil {
		if err := g.header(p); err != nil {
			return nil, err
		}
	}
	if g.listener.TLS() && g.listener.Passes() {
		if to, err = g.serverName(); err != nil {
			return nil, err
		}
	}
	return to, g.tcp.SetReadDeadline(time.Time{})
}

// header takes the header off the connection. What it says counts when the peer is trusted.
func (g *greeting) header(p *compile.ProxyProtocol) error {
	if err := g.tcp.SetReadDeadline(time.Now().Add(p.Timeout)); err != nil {
		return err
	}
	var h proxyproto.Header
	n := 0
	if err := peek(g.tcp, proxyproto.MaxV2, func(b []byte) (enough bool, err error) {
		h, n, err = proxyproto.Parse(b)
		return n > 0, err
	}); err != nil {
		return fmt.Errorf("read PROXY protocol header: %w", err)
	}
	if _, err := io.CopyN(io.Discard, g.tcp, int64(n)); err != nil {
		return fmt.Errorf("read PROXY protocol header: %w", err)
	}
	if h.Local || !p.Believes(g.remote.Addr()) {
		return nil
	}
	// From now on the announced client is the one that is counted.
	g.socket.dismiss(g.remote.Addr())
	g.admitted = false
	g.remote, g.said = h.Source, h.Destination
	if g.admitted = g.socket.admit(g.remote.Addr()); !g.admitted {
		g.socket.reject()
		return errors.New("too many connections of one client")
	}
	return nil
}

// serverName peeks at what a TLS client asks for. It stays unread: whoever serves the connection begins with it.
func (g *greeting) serverName() (*compile.NetworkListener, error) {
	if err := g.tcp.SetReadDeadline(time.Now().Add(g.socket.set.options.Timeouts.Handshake)); err != nil {
		return nil, err
	}
	var to *compile.NetworkListener
	err := peek(g.tcp, hello.MaxBytes, func(b []byte) (enough bool, err error) {
		name, r := hello.ServerName(b)
		if r == hello.Named {
			to = g.listener.Passthrough(name)
		}
		return r != hello.More, nil
	})
	return to, err
}

// endGreetings ends the connections of a socket that are being looked at; all when it is nil.
func (s *Set) endGreetings(k *socket) {
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	for g := range s.greetings { // order does not matter
		if k == nil || g.socket == k {
			_ = g.tcp.SetReadDeadline(time.Unix(1, 0)) // it ends by itself otherwise
		}
	}
}
