package datagram

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Socket is one bound address with its flows.
type Socket struct {
	driver *Driver
	port   Port
	conn   *net.UDPConn
	raw    syscall.RawConn
	local  netip.AddrPort
	// wild says that the socket is bound to no address of its own, so that each datagram has to tell which one it came to.
	wild bool
	// tasks are the flows' goroutines.
	tasks sync.WaitGroup

	// mu guards what follows. It is held for looking flows up, and not while anything is sent.
	mu     sync.Mutex
	closed bool
	table  map[key]*flow
	// flows are the same, each once, for sweeps and evictions; a flow knows its place.
	flows   []*flow
	clients map[netip.Addr]int
	sweeper *time.Timer
	// random chooses victims.
	random uint64
	// seen is the listener that counts were last asked for.
	seen   *compile.NetworkListener
	counts *exchange.Datagrams
}

// roomBytes is what the system is asked to keep of datagrams that nobody has read yet, and of those that could not leave yet.
const roomBytes = 4 << 20

// key tells flows apart. local is only set on sockets without an address of their own, server and named for flows of QUIC that
// are led by a connection id.
type key struct {
	client netip.AddrPort
	local  netip.Addr
	server uint64
	named  bool
}

// Open takes a bound socket over. Run must be called then.
func (d *Driver) Open(p Port) (*Socket, error) {
	s := &Socket{
		driver: d, port: p, conn: p.Conn, table: map[key]*flow{}, clients: map[netip.Addr]int{}, random: d.options.Seed,
		counts: &exchange.Datagrams{},
	}
	if a, ok := p.Conn.LocalAddr().(*net.UDPAddr); ok {
		s.local = a.AddrPort()
		s.local = netip.AddrPortFrom(s.local.Addr().Unmap(), s.local.Port())
	}
	s.wild = s.local.Addr().IsUnspecified()
	var err error
	if s.raw, err = p.Conn.SyscallConn(); err != nil {
		return nil, fmt.Errorf("serve datagrams at %s: %w", s.local, err)
	}
	if s.wild {
		if err := tellDestinations(s.raw, s.local.Addr().Is6()); err != nil {
			return nil, fmt.Errorf("serve datagrams at %s: %w", s.local, err)
		}
	}
	// More room than systems give by default, for bursts. Less of it works, too.
	_ = p.Conn.SetReadBuffer(roomBytes)
	_ = p.Conn.SetWriteBuffer(roomBytes)
	forceRoom(s.raw)
	return s, nil
}

// Address is what is bound.
func (s *Socket) Address() netip.AddrPort { return s.local }

// Run forwards datagrams until Close. No goroutine of the Socket is left afterwards.
func (s *Socket) Run() {
	b := newBatch(true, s.wild)
	for {
		err := s.receive(b)
		if errors.Is(err, net.ErrClosed) {
			break
		}
		s.driver.options.Logger.Warn("reading datagrams failed", "listener", s.local.String(), "error", err)
		time.Sleep(10 * time.Millisecond) // a socket that cannot be read must not take a processor
	}
	s.tasks.Wait()
}

// Close ends the socket and all its flows.
func (s *Socket) Close() {
	_ = s.conn.Close() // datagrams that nobody has read are lost anyway
	s.mu.Lock()
	s.closed = true
	if s.sweeper != nil {
		s.sweeper.Stop()
	}
	ended := s.flows
	for _, f := range ended {
		f.listed = false
		s.count(f.counts, -1)
	}
	s.flows, s.table, s.clients = nil, map[key]*flow{}, map[netip.Addr]int{}
	s.mu.Unlock()
	for _, f := range ended {
		f.end()
	}
}

// count keeps the number of flows that are there.
func (s *Socket) count(c *exchange.Datagrams, by int64) { c.Active.Add(by) }

// handle forwards a batch of datagrams from clients. A panic costs the batch and nothing else.
func (s *Socket) handle(b *batch) {
	defer func() {
		if r := recover(); r != nil {
			s.driver.options.Logger.Error("panic while forwarding datagrams", "listener", s.local.String(),
				"panic", r, "stack", string(debug.Stack()))
		}
	}()
	l := s.port.Listener()
	if l == nil {
		return
	}
	s.sort(b, l)
	for _, f := range b.flows {
		s.forward(b, f)
	}
}

// sort finds the flow of each datagram and chains those of one flow.
func (s *Socket) sort(b *batch, l *compile.NetworkListener) {
	b.flows = b.flows[:0]
	now := s.driver.options.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if s.seen != l && s.port.Counts != nil {
		s.counts = s.port.Counts(l)
	}
	s.seen = l
	for i := range b.n {
		f := s.find(b, i, l, now)
		if f == nil {
			continue
		}
		if !f.chained {
			f.chained, f.first, f.last = true, i, i
			f.heard.Store(int64(now))
			b.flows = append(b.flows, f)
			b.next[i] = -1
			continue
		}
		b.next[f.last], b.next[i] = i, -1
		f.last = i
	}
	for _, f := range b.flows {
		f.chained = false
	}
}

// forward sends a flow's datagrams of a batch to its target.
func (s *Socket) forward(b *batch, f *flow) {
	packets, bytes, lost := b.toTarget(f)
	f.counts.Packets.Add(uint64(packets))
	f.counts.Bytes.Add(uint64(bytes))
	f.counts.Dropped.Add(uint64(lost))
}

// Review looks at the listener as it is now. Flows whose target group has been given the weight 0 end after a short while,
// unless that is taken back; nothing else about a listener touches flows that are there.
func (s *Socket) Review() {
	l := s.port.Listener()
	if l == nil {
		return
	}
	end := int64(s.driver.options.Now() + s.driver.options.Retire)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.flows {
		if !l.Retired(f.group) {
			f.retireAt = 0
		} else if f.retireAt == 0 {
			f.retireAt = end
		}
	}
}
