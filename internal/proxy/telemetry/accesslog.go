package telemetry

import (
	"io"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/telemetry/bucket"
)

// Format says what access-log lines look like.
type Format uint8

// Formats.
const (
	// FormatDialect is ingress-nginx's upstreaminfo for its listeners and ELB's 34 fields for the others.
	FormatDialect Format = iota
	// FormatJSON is one object with everything that is known, for all listeners.
	FormatJSON
)

// LogOptions are what an AccessLog takes from outside.
type LogOptions struct {
	// Out gets whole lines, many at once. A nil Out drops everything.
	Out    io.Writer
	Format Format
	// Location is the time zone of nginx's $time_local; UTC when nil.
	Location *time.Location
	// Buffer bounds the bytes that wait for Out; lines that find no room are dropped and counted. 1 MiB when 0.
	Buffer int
	// Deliveries get the lines of load balancers that asked for it; nil delivers nothing.
	Deliveries *Deliveries
	// Delay is how long a line may wait for others to be written with it; 20 ms when 0.
	Delay time.Duration
}

// AccessLog writes lines without ever making a request wait: producers copy their line into a buffer, one goroutine
// writes. Two buffers change places, one fills while the other is written.
type AccessLog struct {
	out      io.Writer
	format   Format
	location *time.Location
	delay    time.Duration
	limit    int
	clock    stamps
	// deliveries may be nil.
	deliveries *Deliveries
	formats    formats

	dropped atomic.Uint64
	failed  atomic.Uint64

	mu     sync.Mutex
	filled []byte
	spare  []byte
	closed bool

	begun  chan struct{} // the first line is in an empty buffer
	urgent chan struct{} // the buffer is half full
	done   chan struct{}
	quit   chan struct{}
}

// NewAccessLog starts the writer; Close ends it.
func NewAccessLog(o LogOptions) *AccessLog {
	l := &AccessLog{
		out: o.Out, format: o.Format, location: o.Location, delay: o.Delay, limit: o.Buffer, deliveries: o.Deliveries,
		begun: make(chan struct{}, 1), urgent: make(chan struct{}, 1), done: make(chan struct{}), quit: make(chan struct{}),
	}
	if l.location == nil {
		l.location = time.UTC
	}
	if l.delay <= 0 {
		l.delay = 20 * time.Millisecond
	}
	if l.limit <= 0 {
		l.limit = 1 << 20
	}
	if l.out == nil {
		l.closed = true
		close(l.done)
		return l
	}
	go l.run()
	return l
}

// lines are buffers to format into before the short moment under the lock.
var lines = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }} // a pool is no state: it may be emptied at any time

// Write logs one exchange that has ended. listener may be nil when none was found. It never blocks on the output.
func (l *AccessLog) Write(listener *compile.Listener, x *exchange.Exchange) {
	e := entry{listener: listener, x: x, log: l}
	e.rule, _ = x.Rule.(*compile.Rule)
	elb := listener == nil || listener.Dialect != model.DialectNginx
	to := (*bucket.Log)(nil)
	if elb && listener != nil {
		to = l.deliveries.access(listener.LoadBalancer)
	}
	policy := policyOf(listener, e.rule)
	if l.out == nil && to == nil || policy.NoAccessLog || l.formats.skipped(policy, x.Request.Target) {
		return
	}
	b := lines.Get().(*[]byte)
	if to != nil {
		*b = append(e.appendELB((*b)[:0]), '\n')
		to.Append(node(x.Conn), *b)
	}
	if l.out != nil {
		if to == nil || l.format == FormatJSON {
			*b = append(l.line(e, policy, elb, (*b)[:0]), '\n')
		}
		l.put(*b)
	}
	release(b)
}

// line appends a line for Out in the format that the policy, the options or the dialect ask for.
func (l *AccessLog) line(e entry, policy *model.Policy, elb bool, b []byte) []byte {
	if policy.LogFormat != "" && !elb {
		if own := l.formats.of(policy); own != nil {
			return own.line(e, b)
		}
	}
	switch {
	case l.format == FormatJSON:
		return e.appendJSON(b)
	case !elb:
		return e.appendNginx(b)
	}
	return e.appendELB(b)
}

// node is the address of the load balancer that a connection came to.
func node(c *exchange.Conn) netip.Addr {
	if c == nil {
		return netip.Addr{}
	}
	return c.Local.Addr()
}

// release gives a buffer back, unless a line has made it very large.
func release(b *[]byte) {
	if cap(*b) <= 64<<10 {
		lines.Put(b)
	}
}

// WriteFlow logs one connection to a TLS listener of a network load balancer that has ended. As on AWS, those to TCP
// listeners are not logged.
func (l *AccessLog) WriteFlow(listener *compile.NetworkListener, f *exchange.Flow) {
	if !listener.TLS() {
		return
	}
	to := l.deliveries.access(listener.LoadBalancer)
	if l.out == nil && to == nil {
		return
	}
	b := lines.Get().(*[]byte)
	if l.out != nil {
		if l.format == FormatJSON {
			*b = l.appendFlowJSON((*b)[:0], listener, f)
		} else {
			*b = l.appendFlow((*b)[:0], listener, f)
		}
		*b = append(*b, '\n')
		l.put(*b)
	}
	if to != nil {
		if l.out == nil || l.format == FormatJSON {
			*b = append(l.appendFlow((*b)[:0], listener, f), '\n')
		}
		to.Append(node(f.Conn), *b)
	}
	release(b)
}

func (l *AccessLog) put(line []byte) {
	l.mu.Lock()
	if l.closed || len(l.filled)+len(line) > l.limit {
		l.mu.Unlock()
		l.dropped.Add(1)
		return
	}
	before := len(l.filled)
	l.filled = append(l.filled, line...)
	after := len(l.filled)
	l.mu.Unlock()
	if before == 0 {
		signal(l.begun)
	}
	if half := l.limit / 2; before < half && after >= half {
		signal(l.urgent)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Dropped counts the lines that were lost: the buffer was full, or the output failed.
func (l *AccessLog) Dropped() uint64 { return l.dropped.Load() }

// Failed counts writes that the output refused.
func (l *AccessLog) Failed() uint64 { return l.failed.Load() }

// Close writes what waits and ends the writer. Lines that come later are dropped and counted.
func (l *AccessLog) Close() {
	l.mu.Lock()
	already := l.closed
	l.closed = true
	l.mu.Unlock()
	if !already {
		close(l.quit)
	}
	<-l.done
}

func (l *AccessLog) run() {
	defer close(l.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-l.quit:
			l.flush()
			return
		case <-l.begun:
		}
		timer.Reset(l.delay)
		select {
		case <-timer.C:
		case <-l.urgent:
		case <-l.quit:
		}
		l.flush()
	}
}

// flush writes everything that is there now.
func (l *AccessLog) flush() {
	l.mu.Lock()
	full := l.filled
	l.filled, l.spare = l.spare[:0], nil
	l.mu.Unlock()
	if len(full) > 0 {
		if _, err := l.out.Write(full); err != nil {
			l.failed.Add(1)
			l.dropped.Add(countLines(full))
		}
	}
	l.mu.Lock()
	l.spare = full[:0]
	l.mu.Unlock()
}

func countLines(b []byte) uint64 {
	n := uint64(0)
	for _, c := range b {
		if c == '\n' {
			n++
		}
	}
	return n
}
