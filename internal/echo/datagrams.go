package echo

import (
	"encoding/json"
	"net"
	"net/netip"
	"strings"
	"sync"
)

// Datagrams is a running stand-in pod that answers datagrams: each with the JSON that a request would get.
type Datagrams struct {
	identity Identity
	conn     net.PacketConn
	served   sync.WaitGroup
}

// StartDatagrams answers what comes to a socket, which Close closes. The answer tells who sent the datagram and how long it
// was; its text, up to 1 KiB of it, is the path.
func StartDatagrams(conn net.PacketConn, id Identity) *Datagrams {
	d := &Datagrams{identity: id, conn: conn}
	d.served.Go(d.serve)
	return d
}

// Address is where it listens.
func (d *Datagrams) Address() netip.AddrPort {
	if a, ok := d.conn.LocalAddr().(*net.UDPAddr); ok {
		return a.AddrPort()
	}
	return netip.AddrPort{}
}

// Identity says which pod it stands for.
func (d *Datagrams) Identity() Identity { return d.identity }

// Close stops answering.
func (d *Datagrams) Close() error {
	err := d.conn.Close()
	d.served.Wait()
	return err
}

func (d *Datagrams) serve() {
	b := make([]byte, 1<<16)
	for {
		n, peer, err := d.conn.ReadFrom(b)
		if err != nil {
			return // Close has closed it
		}
		const longest = 1 << 10
		answer, err := json.Marshal(Answer{
			Service: d.identity.Service, Namespace: d.identity.Namespace, Pod: d.identity.Pod, Node: d.identity.Node,
			Method: "UDP", Path: strings.ToValidUTF8(string(b[:min(n, longest)]), "?"), Proto: "UDP",
			RemoteAddr: peer.String(), BodySize: int64(n), StandIn: true,
		})
		if err == nil {
			_, _ = d.conn.WriteTo(answer, peer) // whoever asked may be gone
		}
	}
}
