//go:build !linux

package datagram

import (
	"net/netip"
	"syscall"
)

// batchSize is how many datagrams one call takes.
const batchSize = 1

// slot is the room of one datagram.
const slot = 64 << 10

// batch is what came in at once: here one datagram.
type batch struct {
	n     int
	next  [batchSize]int
	flows []*flow
	space [slot]byte
	size  int
	peer  netip.AddrPort
}

func newBatch(bool, bool) *batch { return &batch{} }

// route is how a client is reached.
type route struct{ client netip.AddrPort }

func (r *route) lead(client netip.AddrPort, _ netip.Addr, _ bool) { r.client = client }

// tellDestinations has nothing to ask for on this platform: answers leave from the address that the system picks.
func tellDestinations(syscall.RawConn, bool) error { return nil }

// forceRoom has no right to ask for on this platform.
func forceRoom(syscall.RawConn) {}

func (b *batch) from(int) netip.AddrPort { return b.peer }
func (b *batch) to(int) netip.Addr       { return netip.Addr{} }
func (b *batch) bytes(int) []byte        { return b.space[:b.size] }

// receive handles what comes from clients until an error.
func (s *Socket) receive(b *batch) error {
	for {
		n, peer, err := s.conn.ReadFromUDPAddrPort(b.space[:])
		if err != nil {
			return err
		}
		b.n, b.size, b.peer = 1, n, netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port())
		s.handle(b)
	}
}

// receive delivers what comes from the target until the flow ends.
func (f *flow) receive() {
	b := newBatch(false, false)
	for {
		n, err := f.target.Read(b.space[:])
		if err != nil {
			if f.ended.Load() || f.conn.CutOff() || !refused(err) {
				return
			}
			continue
		}
		b.n, b.size = 1, n
		f.deliver(b)
	}
}

// toTarget sends a flow's datagrams of the batch on.
func (b *batch) toTarget(f *flow) (packets, bytes, lost int) {
	n, err := f.target.Write(b.space[:b.size])
	if err != nil && refused(err) {
		n, err = f.target.Write(b.space[:b.size]) // the error was about an earlier one
	}
	if err != nil {
		return 0, 0, 1
	}
	return 1, n, 0
}

// toClient sends the batch to the flow's client.
func (b *batch) toClient(f *flow) (packets, bytes, lost int) {
	n, err := f.socket.conn.WriteToUDPAddrPort(b.space[:b.size], f.back.client)
	if err != nil {
		return 0, 0, 1
	}
	return 1, n, 0
}
