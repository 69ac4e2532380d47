package datagram

import (
	"context"
	"errors"
	"net/netip"
	"syscall"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// connectWithin bounds making a socket towards a target. Nothing is sent for it, so it only takes long when a name has to be
// looked up.
const connectWithin = time.Second

// find is the flow of a datagram, a new one when it is the first; nil when it is to be dropped. The lock is held.
func (s *Socket) find(b *batch, i int, l *compile.NetworkListener, now time.Duration) *flow {
	k := key{client: b.from(i)}
	if s.wild {
		k.local = b.to(i)
	}
	if l.QUIC() {
		return s.findQUIC(k, b.bytes(i), l, now)
	}
	if f := s.table[k]; f != nil {
		return f
	}
	return s.begin(k, l, now, nil)
}

// begin starts a flow, to a target that is picked when none is given.
func (s *Socket) begin(k key, l *compile.NetworkListener, now time.Duration, t *upstream.Target) *flow {
	client := k.client.Addr()
	if s.port.Admit != nil && !s.port.Admit(l, client) {
		s.counts.Blocked.Add(1)
		return nil
	}
	if t == nil {
		if t = s.pick(k, l); t == nil {
			s.counts.Rejected.Add(1)
			return nil
		}
	}
	network := networkOf(client)
	if s.clients[network] >= s.driver.options.MaxPerClient {
		s.counts.Rejected.Add(1)
		return nil
	}
	if len(s.flows) >= s.driver.options.MaxFlows {
		s.evict()
	}
	c, err := t.OpenDatagrams(context.Background(), connectWithin) // no request is behind it
	if err != nil && len(s.flows) > 0 {
		// As a rule there are too many open files.
		s.evict()
		c, err = t.OpenDatagrams(context.Background(), connectWithin)
	}
	if err != nil {
		if errors.Is(err, syscall.EADDRNOTAVAIL) {
			s.counts.NoPort.Add(1)
		}
		s.counts.Rejected.Add(1)
		return nil
	}
	f := newFlow(s, k, c, now)
	if f == nil {
		_ = c.Close() // nothing was sent on it
		s.counts.Rejected.Add(1)
		return nil
	}
	f.network = network
	s.list(f)
	s.tasks.Go(f.run)
	return f
}

// pick chooses the target of a flow by hash, as for connections.
func (s *Socket) pick(k key, l *compile.NetworkListener) *upstream.Target {
	local := s.local
	if k.local.IsValid() {
		local = netip.AddrPortFrom(k.local, local.Port())
	}
	choice := upstream.Flow{
		Hash:   upstream.HashFlow(s.driver.options.Seed, k.client, local),
		Source: upstream.HashSource(k.client.Addr()), CrossZone: l.CrossZone,
	}
	g, _ := l.Choose(k.client.Addr(), choice.Hash, choice.Source).(*upstream.Group)
	if g == nil {
		return nil
	}
	return g.PickFlow(&choice)
}

// networkOf is what flows are counted by: an address, or the network of IPv6 that one customer has.
func networkOf(a netip.Addr) netip.Addr {
	if a.Is4() {
		return a
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}

// list enters a flow.
func (s *Socket) list(f *flow) {
	s.table[f.key] = f
	f.place, f.listed = len(s.flows), true
	s.flows = append(s.flows, f)
	s.clients[f.network]++
	f.counts = s.counts
	f.counts.Opened.Add(1)
	s.count(f.counts, 1)
	if s.sweeper == nil {
		s.sweeper = time.AfterFunc(s.driver.sweepEvery(), s.sweep)
	}
}

// unlist takes a flow out, if it is in.
func (s *Socket) unlist(f *flow) {
	if !f.listed {
		return
	}
	f.listed = false
	last := len(s.flows) - 1
	s.flows[f.place] = s.flows[last]
	s.flows[f.place].place = f.place
	s.flows[last] = nil
	s.flows = s.flows[:last]
	delete(s.table, f.key)
	if f.aliased {
		delete(s.table, f.alias)
	}
	if s.clients[f.network]--; s.clients[f.network] <= 0 {
		delete(s.clients, f.network)
	}
	s.count(f.counts, -1)
}

// victims is how many flows are looked at to find one that may go.
const victims = 8

// evict ends the flow that needs its place least, of some at random: one that was never answered, or was quiet for longest.
func (s *Socket) evict() {
	var worst *flow
	for range victims {
		s.random = s.random*6364136223846793005 + 1442695040888963407
		f := s.flows[(s.random>>33)%uint64(len(s.flows))]
		if worst == nil || f.lesser(worst) {
			worst = f
		}
	}
	s.unlist(worst)
	worst.counts.Evicted.Add(1)
	worst.end()
}

// sweepEvery is how often flows are looked at.
func (d *Driver) sweepEvery() time.Duration {
	return max(min(d.options.Idle, d.options.Answer, d.options.Retire)/8, 5*time.Millisecond)
}

// sweepPiece is how many flows are looked at before others may have the lock.
const sweepPiece = 1024

// sweep ends the flows whose time is over.
func (s *Socket) sweep() {
	for from := 0; ; {
		var over []*flow
		s.mu.Lock()
		now := s.driver.options.Now()
		piece := s.flows[min(from, len(s.flows)):min(from+sweepPiece, len(s.flows))]
		for _, f := range piece {
			if f.over(now) {
				over = append(over, f)
			}
		}
		from += len(piece) - len(over)
		for _, f := range over {
			s.unlist(f)
		}
		done := len(piece) == 0
		if done {
			s.sweeper = nil
			if len(s.flows) > 0 && !s.closed {
				s.sweeper = time.AfterFunc(s.driver.sweepEvery(), s.sweep)
			}
		}
		s.mu.Unlock()
		for _, f := range over {
			f.end()
		}
		if done {
			return
		}
	}
}
