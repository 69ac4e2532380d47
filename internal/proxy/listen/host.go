package listen

import (
	"net"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// eventLoop is the loop that a connection lives on: package loop, where the platform has it.
type eventLoop interface {
	Number() int
	Connect(address netip.AddrPort, within time.Duration) (net.Conn, error)
	// Adopt returns a wire.Port, or what dial returned when that cannot live on the loop.
	Adopt(dial func() (net.Conn, error)) (net.Conn, error)
	// Leave takes the connection and the task that calls it off the loop.
	Leave(port wire.Port) (net.Conn, error)
	Spawn(f func()) (wait func())
}

// host is a connection as the upstream.Host of its exchange.
type host struct{ *conn }

var (
	_ upstream.Host  = host{}
	_ forward.Hosted = (*output)(nil)
)

func (h host) Number() int { return h.loop.Number() }

func (h host) Inline() bool { return h.loop != nil }

func (h host) Connect(address netip.AddrPort, within time.Duration) (net.Conn, error) {
	return h.loop.Connect(address, within)
}

func (h host) Adopt(dial func() (net.Conn, error)) (net.Conn, error) {
	made, err := h.loop.Adopt(dial)
	if _, ok := made.(wire.Port); err == nil && !ok {
		h.Block()
	}
	return made, err
}

// Block turns the connection into one of the goroutine driver, which it stays until its end.
func (h host) Block() {
	c := h.conn
	made, err := c.loop.Leave(c.wire.Port())
	if err != nil {
		// There are no more descriptors, say. What is to be written fails, and the client sees the connection break off.
		c.set.options.Logger.Warn("a connection is lost on its way off its event loop", "error", err)
		var other net.Conn
		made, other = net.Pipe()
		_ = other.Close() // so that nobody waits for it
	}
	if tcp, ok := made.(*net.TCPConn); ok {
		_ = tcp.SetKeepAlive(false) // as for connections that were accepted by package net; it does no harm
	}
	w := wire.New(made, c.set.options.Clock)
	w.WriteStall(c.site.stall)
	c.set.connsMu.Lock()
	c.wire, c.loop, c.onReadable = w, nil, c.readable
	ended := c.phase.Load() == ended
	c.set.connsMu.Unlock()
	if ended {
		w.Cut()
	}
}

// Host is the loop that the exchange runs on.
func (o *output) Host() upstream.Host {
	if o.conn.loop == nil {
		return nil
	}
	return host{o.conn}
}

// Spawn runs f in a task of the loop, or in a goroutine.
func (o *output) Spawn(f func()) (wait func()) {
	if l := o.conn.loop; l != nil {
		return l.Spawn(f)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	return func() { <-done }
}

// Turn is the whole of a connection's life on an event loop: it is called when something has arrived or time is up, and
// the first time when the connection is new. Between two turns the connection is idle, or in the middle of a head.
func (c *conn) Turn(cause error) {
	over := true
	defer func() {
		if r := recover(); r != nil {
			c.panicked(r, debug.Stack())
			over = true
		}
		if over {
			c.count(false, true)
			c.leave()
		}
	}()
	over = c.turn(cause)
}

// turn reads and answers requests until there is nothing to read. over says that the connection is to be closed.
func (c *conn) turn(cause error) (over bool) {
	if c.site == nil && !c.begin() {
		return true
	}
	c.direct = true
	if cause != nil {
		c.lost(cause)
	}
	for !c.over {
		err := c.step()
		switch {
		case c.loop == nil && !c.over:
			go c.goOn()
			return false
		case c.over:
		case err == errAgain:
			if c.await() {
				return false
			}
			c.over = true
		case err != nil:
			c.lost(err)
		}
	}
	c.direct = false
	c.finally()
	return true
}

// goOn serves a connection that has left its loop until its end.
func (c *conn) goOn() {
	defer c.leave()
	defer c.contain()
	defer c.count(false, true)
	c.serve()
}
