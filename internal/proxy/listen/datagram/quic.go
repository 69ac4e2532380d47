package datagram

import (
	"encoding/binary"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// Connection ids that lead to a target hold a byte of 0, the 8 bytes of its server id and 7 bytes of its own choice (the
// plain form of QUIC-LB).
const (
	routableBytes = 16
	quicVersion1  = 1
	longHeader    = 0x80
)

// destination is what a datagram of QUIC says about where it goes.
type destination struct {
	// server is the server id, if named.
	server uint64
	named  bool
	// first says that the datagram may be the first of a connection, whose id the client has chosen itself.
	first bool
}

// destinationOf reads the first packet of a datagram (RFC 8999, RFC 9000 section 17); ok is false when it is none of version 1.
func destinationOf(b []byte) (d destination, ok bool) {
	if len(b) == 0 {
		return d, false
	}
	id := b[1:]
	if b[0]&longHeader != 0 {
		const head = 1 + 4 + 1
		if len(b) < head || binary.BigEndian.Uint32(b[1:]) != quicVersion1 {
			return d, false
		}
		length := int(b[5])
		if length > 20 || len(b) < head+length {
			return d, false
		}
		id = b[head : head+length]
		const initial, zeroRTT = 0, 1
		kind := b[0] >> 4 & 3
		d.first = kind == initial || kind == zeroRTT
		if len(id) != routableBytes {
			return d, true
		}
	}
	if len(id) >= routableBytes && id[0] == 0 {
		d.server, d.named = binary.BigEndian.Uint64(id[1:]), true
	}
	return d, true
}

// findQUIC is find for QUIC: what names a target goes there, whatever address it comes from; a first packet goes where the
// addresses lead; everything else is dropped.
func (s *Socket) findQUIC(k key, b []byte, l *compile.NetworkListener, now time.Duration) *flow {
	d, ok := destinationOf(b)
	if !ok {
		s.counts.Unroutable.Add(1)
		return nil
	}
	byAddress := s.table[k]
	if d.named {
		named := k
		named.server, named.named = d.server, true
		if f := s.table[named]; f != nil {
			return f
		}
		if byAddress != nil && byAddress.serves(d.server) {
			// The connection began on this flow; its server must not see another port of ours.
			if byAddress.aliased {
				delete(s.table, byAddress.alias)
			}
			byAddress.alias, byAddress.aliased = named, true
			s.table[named] = byAddress
			return byAddress
		}
		if t := server(l, d.server); t != nil {
			return s.begin(named, l, now, t)
		}
	}
	switch {
	case d.first && byAddress != nil, byAddress != nil && byAddress.nameless():
		return byAddress
	case d.first:
		return s.begin(k, l, now, nil)
	}
	s.counts.Unroutable.Add(1)
	return nil
}

// server finds the target of a server id among the target groups of a listener.
func server(l *compile.NetworkListener, id uint64) (t *upstream.Target) {
	l.Groups(func(g exchange.Group) bool {
		if group, ok := g.(*upstream.Group); ok {
			t = group.QUICTarget(id)
		}
		return t == nil
	})
	return t
}

// serves says whether the flow's target has a server id.
func (f *flow) serves(server uint64) bool {
	id, ok := f.conn.Target.QUICServerID()
	return ok && id == server
}

// nameless says that the flow's target has no server id: connections stay with it as long as their addresses stay.
func (f *flow) nameless() bool {
	_, ok := f.conn.Target.QUICServerID()
	return !ok
}
