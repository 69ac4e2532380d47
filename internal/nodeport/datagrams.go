package nodeport

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// flowIdle ends a flow of datagrams on which nothing came for so long, as kube-proxy's connection tracking does.
const flowIdle = 2 * time.Minute

// maxFlows bounds the flows of one port; more are dropped.
const maxFlows = 4096

// Datagrams is one node port of one node for UDP. Its methods may be called from any goroutine.
type Datagrams struct {
	conn      net.PacketConn
	dialer    Dial
	endpoints atomic.Pointer[[]netip.AddrPort]
	next      uint64
	work      sync.WaitGroup

	mu     sync.Mutex
	flows  map[string]net.Conn
	closed bool
}

// OpenDatagrams serves a socket, which Close closes. A nil dial is a plain one.
func OpenDatagrams(conn net.PacketConn, dial Dial) *Datagrams {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	d := &Datagrams{conn: conn, dialer: dial, flows: map[string]net.Conn{}}
	d.endpoints.Store(&[]netip.AddrPort{})
	d.work.Go(d.receive)
	return d
}

// SetEndpoints replaces where flows go; those that are there stay where they are.
func (d *Datagrams) SetEndpoints(list []netip.AddrPort) { d.endpoints.Store(&list) }

// Close ends the port and its flows. It returns when nothing of it is left.
func (d *Datagrams) Close() {
	_ = d.conn.Close() // what nobody has read is lost anyway
	d.mu.Lock()
	d.closed = true
	for _, c := range d.flows { // all are closed, in whatever order
		_ = c.Close() // as above
	}
	d.mu.Unlock()
	d.work.Wait()
}

func (d *Datagrams) receive() {
	b := make([]byte, 1<<16)
	for {
		n, client, err := d.conn.ReadFrom(b)
		if err != nil {
			return // Close has closed it
		}
		if to := d.flow(client); to != nil {
			_, _ = to.Write(b[:n]) // a lost datagram is nothing new to its client
		}
	}
}

// flow is the connection to an endpoint for a client, nil when there can be none.
func (d *Datagrams) flow(client net.Addr) net.Conn {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.flows[client.String()]; c != nil {
		return c
	}
	endpoints := *d.endpoints.Load()
	if d.closed || len(endpoints) == 0 || len(d.flows) >= maxFlows {
		return nil
	}
	d.next++
	c, err := d.dialer(context.Background(), "udp", endpoints[d.next%uint64(len(endpoints))].String()) // sends nothing
	if err != nil {
		return nil
	}
	d.flows[client.String()] = c
	d.work.Go(func() { d.answer(client, c) })
	return c
}

// answer takes an endpoint's datagrams to the client until none has come for a while.
func (d *Datagrams) answer(client net.Addr, from net.Conn) {
	b := make([]byte, 1<<16)
	for {
		if from.SetReadDeadline(time.Now().Add(flowIdle)) != nil {
			break
		}
		n, err := from.Read(b)
		if err != nil {
			break
		}
		_, _ = d.conn.WriteTo(b[:n], client) // as above
	}
	d.mu.Lock()
	delete(d.flows, client.String())
	d.mu.Unlock()
	_ = from.Close() // it may be closed already
}
