package datagram

import (
	"net"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// flow is the datagrams between one client and its target.
type flow struct {
	socket *Socket
	key    key
	// alias is a second key, of a flow of QUIC that began before its target was named.
	alias   key
	aliased bool
	network netip.Addr
	// group is the ID of the target group.
	group  string
	conn   *upstream.Conn
	target *net.UDPConn
	raw    syscall.RawConn
	back   route
	counts *exchange.Datagrams
	born   time.Duration
	// heard is when a datagram last came, either way; answered that the target has sent one.
	heard    atomic.Int64
	answered atomic.Bool
	ended    atomic.Bool

	// The socket's lock guards what follows.
	place    int
	listed   bool
	retireAt int64
	// Only who sorts a batch uses these: the flow's datagrams in it.
	chained     bool
	first, last int
}

// newFlow makes a flow on a connection to its target; nil when that is none of the system's sockets.
func newFlow(s *Socket, k key, c *upstream.Conn, now time.Duration) *flow {
	target, ok := c.Socket().(*net.UDPConn)
	if !ok {
		return nil
	}
	raw, err := target.SyscallConn()
	if err != nil {
		return nil
	}
	f := &flow{socket: s, key: k, conn: c, target: target, raw: raw, group: c.Target.Group().ID(), born: now}
	f.back.lead(k.client, k.local, s.local.Addr().Is6())
	f.heard.Store(int64(now))
	return f
}

// run takes the target's datagrams to the client until the flow ends.
func (f *flow) run() {
	defer f.leave()
	defer func() {
		if r := recover(); r != nil {
			f.socket.driver.options.Logger.Error("panic while forwarding datagrams", "client", f.key.client.String(),
				"panic", r, "stack", string(debug.Stack()))
		}
	}()
	f.receive()
}

// deliver sends a batch of the target's datagrams to the client.
func (f *flow) deliver(b *batch) {
	f.heard.Store(int64(f.socket.driver.options.Now()))
	if !f.answered.Load() {
		f.answered.Store(true)
	}
	packets, bytes, lost := b.toClient(f)
	f.counts.Packets.Add(uint64(packets))
	f.counts.Bytes.Add(uint64(bytes))
	f.counts.Dropped.Add(uint64(lost))
}

// leave takes the flow out of the books when its connection has ended by itself, because its target's time is over.
func (f *flow) leave() {
	s := f.socket
	s.mu.Lock()
	s.unlist(f)
	s.mu.Unlock()
	f.end()
}

// end closes the connection, which ends run.
func (f *flow) end() {
	if !f.ended.Swap(true) {
		_ = f.conn.Close() // datagrams under way may be lost as on any network
	}
}

// over says whether the flow's time is over.
func (f *flow) over(now time.Duration) bool {
	o := &f.socket.driver.options
	switch {
	case now-time.Duration(f.heard.Load()) >= o.Idle:
		return true
	case !f.answered.Load() && now-f.born >= o.Answer:
		return true
	}
	return f.retireAt > 0 && int64(now) >= f.retireAt
}

// lesser says whether the flow needs its place less than another one.
func (f *flow) lesser(o *flow) bool {
	if a, b := f.answered.Load(), o.answered.Load(); a != b {
		return b
	}
	return f.heard.Load() < o.heard.Load()
}
