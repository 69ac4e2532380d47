package h2

import (
	"cmp"
	"log/slog"
	"sync"
	"time"

	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
	"github.com/gwanmun/gwanmun/internal/proxy/listen"
)

// Options are what a Driver takes from outside. The zero value works.
type Options struct {
	// Logger is told of panics; nothing is logged when nil.
	Logger *slog.Logger
	// Head is the time for the connection's beginning and for a header block that has begun; 60 s when 0.
	Head time.Duration
	// Body and Stall are the times for a client to send more of a body, and to take more of a response; 60 s when 0.
	// A listener with an idle timeout has that for both.
	Body, Stall time.Duration
	// BodyRate and Grace are those of listen.Timeouts. Calls of gRPC have no least rate: their streams may be quiet for long.
	BodyRate int
	Grace    time.Duration
	// MaxStreams is how many streams of a connection may be served at a time; 128 when 0, as nginx and ELB have it.
	MaxStreams int
	// MaxRequests is after how many requests a connection ends, unless the listener says; 10,000 when 0, as ELB's.
	MaxRequests int
	// Tick is how exact timeouts are; 250 ms when 0.
	Tick time.Duration
}

// Windows for what clients send: per stream, and per connection, which bounds the memory that a connection's bodies
// take.
const (
	streamWindow     = 256 << 10
	connectionWindow = 1 << 20
)

// Driver serves connections. Put its Serve into listen.Options.HTTP2.
type Driver struct {
	options Options
	pace    listen.Timeouts
	streams sync.Pool
	buffers codec.Buffers

	mu       sync.Mutex
	conns    map[*conn]struct{}
	sweeping bool
}

// New makes a Driver. It has no goroutine while it has no connection.
func New(o Options) *Driver {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Head = cmp.Or(o.Head, time.Minute)
	o.Body = cmp.Or(o.Body, time.Minute)
	o.Stall = cmp.Or(o.Stall, time.Minute)
	o.Grace = cmp.Or(o.Grace, 10*time.Second)
	o.BodyRate = cmp.Or(o.BodyRate, listen.DefaultBodyRate)
	o.MaxStreams = cmp.Or(o.MaxStreams, 128)
	o.MaxRequests = cmp.Or(o.MaxRequests, 10_000)
	o.Tick = cmp.Or(o.Tick, 250*time.Millisecond)
	d := &Driver{options: o, pace: listen.Timeouts{BodyRate: o.BodyRate, Grace: o.Grace}, conns: map[*conn]struct{}{}}
	d.streams.New = func() any { return newStream() }
	return d
}

// Serve drives a connection until its end. No goroutine of it is left when it returns.
func (d *Driver) Serve(h *listen.Handoff) {
	c := newConn(d, h)
	d.enter(c)
	defer d.leave(c)
	c.run()
}

func (d *Driver) enter(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conns[c] = struct{}{}
	if !d.sweeping {
		d.sweeping = true
		go d.sweep()
	}
}

func (d *Driver) leave(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, c)
}

// sweep looks after the timeouts of all connections. One goroutine for all costs less than timers for every wait.
func (d *Driver) sweep() {
	ticker := time.NewTicker(d.options.Tick)
	defer ticker.Stop()
	for range ticker.C {
		d.mu.Lock()
		list := make([]*conn, 0, len(d.conns))
		for c := range d.conns { // order does not matter
			list = append(list, c)
		}
		if len(list) == 0 {
			d.sweeping = false
			d.mu.Unlock()
			return
		}
		d.mu.Unlock()
		for _, c := range list {
			c.lookAfter()
		}
	}
}
