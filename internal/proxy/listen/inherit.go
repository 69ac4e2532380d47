package listen

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// Inheritance has the sockets of a process that this one replaces. Both methods return nil when there is none of that name.
type Inheritance interface {
	TCP(name string) (*net.TCPListener, error)
	UDP(name string) (*net.UDPConn, error)
}

// OpenSocket is a socket that can be handed over to a process that replaces this one.
type OpenSocket struct {
	// Name tells the sockets of a Set apart, by what they are for.
	Name string
	// Datagrams says that it is a socket of UDP.
	Datagrams bool
	Conn      syscall.RawConn
}

// name is by what a socket is handed over: its purpose and the address as it was asked for, which may leave the port open.
func (p Placement) name() string {
	return fmt.Sprintf("%s:%d at %s", p.LoadBalancer, p.Port, p.Address)
}

// quicName is the name of the socket of UDP that belongs to one of TCP.
func (p Placement) quicName() string { return p.name() + " for HTTP/3" }

// family is the network to bind an address with: udp or tcp with 4 or 6, or both families for [::].
func family(network string, a netip.Addr) string {
	switch {
	case !a.Is6() || a.Is4In6():
		return network + "4"
	case a.IsUnspecified():
		return network
	}
	return network + "6"
}

// bindTCP takes a listening socket over, or opens it.
func (s *Set) bindTCP(p Placement) (tcp *net.TCPListener, inherited bool, err error) {
	if in := s.options.Inherited; in != nil {
		if tcp, err = in.TCP(p.name()); tcp != nil || err != nil {
			return tcp, true, err
		}
	}
	// Keep-alive probes of TCP are off: every connection has an idle timeout anyway.
	config := net.ListenConfig{KeepAlive: -1}
	l, err := config.Listen(context.Background(), family("tcp", p.Address.Addr()), p.Address.String())
	if err != nil {
		return nil, false, err
	}
	return l.(*net.TCPListener), false, nil
}

// bindUDP takes a socket of UDP over, or opens it.
func (s *Set) bindUDP(name string, address netip.AddrPort) (*net.UDPConn, error) {
	if in := s.options.Inherited; in != nil {
		if udp, err := in.UDP(name); udp != nil || err != nil {
			return udp, err
		}
	}
	var config net.ListenConfig
	conn, err := config.ListenPacket(context.Background(), family("udp", address.Addr()), address.String())
	if err != nil {
		return nil, err
	}
	return conn.(*net.UDPConn), nil
}

// Sockets are all sockets, to be handed over. They stay this Set's: who has handed them over calls Shutdown.
func (s *Set) Sockets() ([]OpenSocket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []OpenSocket
	add := func(name string, datagrams bool, c syscall.Conn) error {
		raw, err := c.SyscallConn()
		if err != nil {
			return fmt.Errorf("hand over %s: %w", name, err)
		}
		out = append(out, OpenSocket{Name: name, Datagrams: datagrams, Conn: raw})
		return nil
	}
	for _, k := range s.sockets {
		if err := add(k.asked.name(), false, k.tcp); err != nil {
			return nil, err
		}
		if k.quic == nil {
			continue
		}
		if err := add(k.asked.quicName(), true, k.quic); err != nil {
			return nil, err
		}
	}
	for _, k := range s.packets {
		if err := add(k.asked.name(), true, k.conn); err != nil {
			return nil, err
		}
	}
	return out, nil
}
