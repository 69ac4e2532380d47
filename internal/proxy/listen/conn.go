package listen

import (
	"crypto/tls"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// Phases of a connection, as Shutdown sees them.
const (
	idle int32 = iota
	busy
	ended
)

// conn is a client's connection that speaks HTTP/1.
type conn struct {
	set    *Set
	socket *socket
	// wire is replaced when the connection leaves its loop; Set.connsMu guards that against others who look at it.
	wire *wire.Wire
	// loop is the event loop that the connection lives on, nil when it has a goroutine.
	loop eventLoop
	// tls is nil on plain connections.
	tls *tls.Conn
	// below is what tls reads from.
	below *handshake
	info  exchange.Conn
	born  time.Duration
	// site is what the request under way is served by.
	site     *site
	counters Counters
	// gone is called when the connection has ended; may be nil.
	gone    func()
	working bool
	served  int
	phase   atomic.Int32

	work *work
	// fd is the socket while a callback of Loop runs; direct says that one does, so that reads must not wait.
	fd     uintptr
	direct bool
	// slow says that the request whose head has been read may have to wait for the client: it is handled outside of
	// the callback. over says that the connection is to be closed.
	slow, over bool
	// drained says that the last read took all there was: there is no point in trying again before the system says
	// that there is more.
	drained, probing bool
	// timing is what the deadline of reads is for, since what began.
	timing timing
	// first is the byte that ended an idle wait without a buffer; held says that Read has not given it out yet.
	first [1]byte
	held  bool
	// linger says that what the client still sends is to be read before the close; aborted that the client must
	// notice that its response is not complete.
	linger, aborted bool
	// stopBody says that nobody wants the rest of the request's body.
	stopBody atomic.Bool

	onReadable func(fd uintptr) bool
}

type timing uint8

const (
	timingNothing timing = iota
	timingIdle
	timingHead
)

// errAgain says that there is nothing to read yet.
var errAgain = wire.ErrAgain

func newConn(k *socket, remote, local netip.AddrPort) *conn {
	c := &conn{set: k.set, socket: k}
	c.info = exchange.Conn{
		Remote: remote, Local: local, Port: uint16(k.asked.Port),
		ID: [2]uint64{rand.Uint64(), rand.Uint64()}, // a name for logs, no secret
	}
	c.born = k.set.options.Clock.Coarse()
	c.phase.Store(busy)
	c.counters = nobody{}
	return c
}

// polled makes the connection one of the goroutine driver.
func (c *conn) polled(tcp *net.TCPConn) {
	c.wire = wire.New(tcp, c.set.options.Clock)
	c.onReadable = c.readable
}

// run serves the connection until its end, in a goroutine of its own. A panic ends this connection and no other.
func (c *conn) run() {
	defer c.leave()
	defer c.contain()
	if !c.begin() {
		return
	}
	defer c.count(false, true)
	if c.site.listener.TLS() {
		// Nobody waits for a handshake when the socket closes.
		if c.phase.Store(idle); c.socket.ending.Load() || !c.shakeHands() {
			return
		}
	}
	c.serve()
}

// contain keeps a panic to this connection.
func (c *conn) contain() {
	if r := recover(); r != nil {
		c.panicked(r, debug.Stack())
	}
}

func (c *conn) panicked(r any, stack []byte) {
	c.set.stats.Panics.Add(1)
	c.set.options.Logger.Error("panic while serving a connection", "client", c.info.Remote.String(),
		"panic", r, "stack", string(stack))
	c.work = nil // it may be in any state
	c.wire.Reset()
}

// begin is the beginning of a connection. It is false when there is nothing to serve.
func (c *conn) begin() bool {
	c.site = c.socket.current()
	if c.site == nil {
		c.wire.Reset()
		return false
	}
	if f := c.set.options.Counters; f != nil {
		c.counters = f(c.site.listener)
	}
	c.counters.Opened()
	c.wire.WriteStall(c.site.stall)
	if c.loop != nil {
		c.expectHead()
	}
	return true
}

// leave takes the connection out of the books.
func (c *conn) leave() {
	c.close()
	s := c.set
	s.connsMu.Lock()
	delete(s.conns, c)
	s.connsMu.Unlock()
	c.socket.dismiss(c.info.Remote.Addr())
	s.stats.Open.Add(-1)
	if c.gone != nil {
		c.gone()
	}
	s.tasks.Done()
}

// close ends the connection.
func (c *conn) close() {
	if c.tls != nil && !c.aborted {
		_ = c.tls.Close() // says goodbye to the client if it still listens
	}
	_ = c.wire.Close() // nothing depends on it any more
}

// serve reads and answers requests until the connection is to be closed.
func (c *conn) serve() {
	c.expectHead()
	for !c.over {
		if c.tls == nil && c.wire.Direct() {
			if err := c.wire.Loop(c.onReadable); err != nil {
				c.lost(err)
				break
			}
		} else {
			c.readBlocking()
		}
		if c.slow {
			c.slow = false
			c.handle()
		}
	}
	c.finally()
}

// finally is what is left to do before the close.
func (c *conn) finally() {
	if c.linger {
		c.lingering()
	}
	c.giveWork()
}

// readable is called whenever there may be something to read on a plain connection. Requests that need nothing more
// from the client are answered right here: the wait for the next one then needs no preparation.
func (c *conn) readable(fd uintptr) (done bool) {
	c.fd, c.direct, c.drained = fd, true, false
	defer func() { c.direct = false }()
	for {
		err := c.step()
		switch {
		case c.over || c.slow:
			return true
		case err == errAgain:
			c.over = !c.await()
			return c.over
		case err != nil:
			c.lost(err)
			return true
		}
	}
}

// readBlocking is one round of reading for connections that cannot be read directly.
func (c *conn) readBlocking() {
	if c.work == nil {
		// The wait for the first byte holds no buffer.
		n, err := c.firstByte()
		if err == nil && n == 0 {
			return
		}
		if err != nil {
			c.lost(err)
			return
		}
		if !c.wake() {
			c.over = true
			return
		}
		c.held = true
	}
	for {
		err := c.step()
		switch {
		case c.over:
			return
		case err != nil:
			c.lost(err)
			return
		case c.timing == timingNothing && c.work.buf.Buffered() == 0:
			c.over = !c.await()
			return
		}
	}
}

// source is what bytes are read from when waiting is allowed.
func (c *conn) source() io.Reader {
	if c.tls != nil {
		return c.tls
	}
	return c.wire
}

// Read reads for the request's buffer.
func (c *conn) Read(p []byte) (int, error) {
	if c.held {
		c.held = false
		p[0] = c.first[0]
		// The rest of what came with it is there already; nothing complete is one byte long, so waiting is no loss.
		n, _ := c.source().Read(p[1:]) // an error comes again
		return n + 1, nil
	}
	if !c.direct {
		return c.source().Read(p)
	}
	if c.loop != nil {
		return c.wire.Port().ReadNow(p)
	}
	if c.drained {
		return 0, errAgain
	}
	n, again, err := wire.ReadNow(c.fd, p)
	if again {
		return 0, errAgain
	}
	// The first requests of a connection are read until there is nothing more: so the end of a client that sends one
	// request and its end at once is seen at once. Later Probe has to find it.
	c.drained = err == nil && n < len(p) && c.served >= 2
	return n, err
}

// await prepares the wait for more bytes and says whether to wait at all.
func (c *conn) await() bool {
	w := c.work
	if w != nil && w.buf.Buffered() > 0 {
		c.expectHead()
		return true
	}
	c.giveWork()
	if c.drained {
		c.probing = true
		c.wire.Probe(true)
	}
	if c.served > 0 { // the first head's time runs since the accept
		c.wire.ReadWithin(c.site.idle)
		c.timing = timingIdle
	}
	c.count(false, false)
	c.phase.Store(idle)
	if c.socket.ending.Load() {
		// Nobody may have seen that this connection is idle now.
		return !c.phase.CompareAndSwap(idle, ended)
	}
	return true
}

// wake leaves the idle phase. It is false when the connection was ended meanwhile.
func (c *conn) wake() bool {
	c.count(true, false)
	if c.phase.Load() == busy {
		return true
	}
	if c.probing {
		c.probing = false
		c.wire.Probe(false)
	}
	return c.phase.CompareAndSwap(idle, busy)
}

// count tells the counters what the connection is at.
func (c *conn) count(working, gone bool) {
	if c.working != working {
		c.working = working
		if working {
			c.counters.Busy()
		} else {
			c.counters.Idle()
		}
	}
	if gone {
		c.counters.Closed()
	}
}

// expectHead starts the time in which a request's head has to be complete. Where a listener's idle timeout is shorter than
// that, each byte begins it anew.
func (c *conn) expectHead() {
	whole := c.site.head
	if pause := c.site.pause; pause > 0 && pause < whole {
		if c.work != nil && !c.work.x.Start.IsZero() {
			whole -= c.now().Sub(c.work.x.Start)
		}
		c.timing = timingHead
		c.wire.ReadWithin(max(min(pause, whole), 1))
		return
	}
	if c.timing != timingHead {
		c.timing = timingHead
		c.wire.ReadWithin(whole)
	}
}

// now reads the clock.
func (c *conn) now() time.Time {
	clock := c.set.options.Clock
	return clock.Time(clock.Since())
}

// endIdle ends the connection if it waits for a request.
func (c *conn) endIdle() {
	if c.phase.CompareAndSwap(idle, ended) {
		c.wire.Cancel()
	}
}

// cut ends the connection whatever it is doing.
func (c *conn) cut() {
	c.phase.Store(ended)
	c.wire.Cut()
}
