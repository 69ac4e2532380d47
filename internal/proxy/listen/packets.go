package listen

import (
	"net"
	"net/netip"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/datagram"
)

// PlacementsOf are those of a listener of the model at an address: one for each kind of socket that its protocol needs.
func PlacementsOf(lb string, l *model.Listener, at netip.AddrPort) []Placement {
	var out []Placement
	if compile.CarriesStreams(l.Protocol) {
		out = append(out, Placement{LoadBalancer: lb, Port: l.Port, Address: at})
	}
	if compile.CarriesDatagrams(l.Protocol) {
		out = append(out, Placement{LoadBalancer: lb, Port: l.Port, Address: at, Datagrams: true})
	}
	return out
}

// packets is one bound address for datagrams.
type packets struct {
	asked  Placement
	conn   *net.UDPConn
	socket *datagram.Socket
}

// openPackets binds an address for datagrams and serves it.
func (s *Set) openPackets(p Placement) (*packets, error) {
	conn, err := s.bindUDP(p.name(), p.Address)
	if err != nil {
		return nil, err
	}
	socket, err := s.options.Datagrams.Open(datagram.Port{
		Conn: conn, Admit: s.admitsDatagrams,
		Listener: func() *compile.NetworkListener {
			snapshot := s.options.Snapshot()
			if snapshot == nil {
				return nil
			}
			return snapshot.Datagrams(p.LoadBalancer, p.Port)
		},
		Counts: s.options.DatagramCounts,
	})
	if err != nil {
		_ = conn.Close() // nothing was read from it
		return nil, err
	}
	s.tasks.Go(socket.Run)
	return &packets{p, conn, socket}, nil
}

// placePackets makes the sockets for datagrams what the list says, as Place does.
func (s *Set) placePackets(list []Placement) (failures []error) {
	wanted := map[Placement]bool{}
	for _, p := range list {
		wanted[p] = p.Datagrams
	}
	var kept []*packets
	for _, old := range s.packets {
		if wanted[old.asked] {
			kept = append(kept, old)
			wanted[old.asked] = false
		} else {
			old.socket.Close()
		}
	}
	s.packets = kept
	for _, p := range list {
		if !wanted[p] || s.options.Datagrams == nil {
			continue
		}
		wanted[p] = false
		k, err := s.openPackets(p)
		if err != nil {
			failures = append(failures, &BindError{Placement: p, Err: err})
			continue
		}
		s.packets = append(s.packets, k)
	}
	return failures
}
