package forward

import (
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// Options are what a Forwarder takes from outside.
type Options struct {
	// Clock keeps the deadlines of connections; all drivers share one.
	Clock *wire.Clock
	// Done is told of every exchange that has ended, once, with x complete: access log and metrics. x and what it
	// points to are only valid during the call. nil: nobody.
	Done func(l *compile.Listener, x *exchange.Exchange)
}

// Forwarder serves exchanges. It is safe for concurrent use.
type Forwarder struct {
	options Options
	jobs    sync.Pool
}

// New makes a Forwarder.
func New(o Options) *Forwarder {
	f := &Forwarder{options: o}
	f.jobs.New = func() any { return newJob(f) }
	return f
}

// Serve decides the request in x and writes the response to s. When it returns, the response has been finished or
// aborted, x.Response holds the final head and x.Log what happened; the body of the request may not have been read to
// its end. The driver completes x.Log's byte counts and calls Done.
func (f *Forwarder) Serve(l *compile.Listener, x *exchange.Exchange, s Stream) {
	if r := &x.Request; len(r.Target) == 1 && r.Target[0] == '*' {
		// OPTIONS * asks about the server as a whole, and that is us.
		x.Respond(200, nil)
		respond(l, x, s)
		return
	}
	if l.Costly(x) {
		leaveLoop(s)
	}
	rule := l.Match(x)
	if rule.Blocking() {
		leaveLoop(s)
	}
	if l.Run(rule, x) == exchange.Respond {
		respond(l, x, s)
		return
	}
	group, ok := x.Group.(*upstream.Group)
	if !ok {
		l.Fail(x, 503)
		respond(l, x, s)
		return
	}
	if l.Mismatch(x, group.Version()) != "" {
		x.Log.Error = "protocol version of the target group"
		l.Fail(x, 464)
		x.Group = group // for logs
		respond(l, x, s)
		return
	}
	if !group.Inline() {
		leaveLoop(s)
	}
	j := f.jobs.Get().(*job)
	j.begin(l, x, s, group)
	defer f.release(j)
	j.run()
	j.ended = true
}

// release takes a job back, or ends what it left open when a panic runs through: then it may be in any state.
func (f *Forwarder) release(j *job) {
	if !j.ended {
		j.abandon()
		return
	}
	j.end()
	f.jobs.Put(j)
}

// Refuse answers a request that never got as far as Decide: its head was malformed, too long or too late.
func (f *Forwarder) Refuse(l *compile.Listener, x *exchange.Exchange, s Stream, status int) {
	l.Fail(x, status)
	x.Response.Close = true
	respond(l, x, s)
}

// RefuseWith is Refuse with another page in place of the dialect's.
func (f *Forwarder) RefuseWith(l *compile.Listener, x *exchange.Exchange, s Stream, status int, page []byte) {
	l.Fail(x, status)
	x.Response.Local, x.Response.ContentLength = page, int64(len(page))
	x.Response.Close = true
	respond(l, x, s)
}

// Done ends an exchange: it stamps the end and tells the log. Drivers call it once per exchange, refused ones too.
func (f *Forwarder) Done(l *compile.Listener, x *exchange.Exchange) {
	x.Log.End = f.now()
	if x.Start.IsZero() {
		x.Start = x.Log.End // refused before anything was read of it
	}
	if f.options.Done != nil {
		f.options.Done(l, x)
	}
}

// now reads the clock; reading only the monotonic one is half of what time.Now costs.
func (f *Forwarder) now() time.Time { return f.options.Clock.Now() }

// respond writes a response that was made here.
func respond(l *compile.Listener, x *exchange.Exchange, s Stream) {
	l.Finish(x)
	announce(x)
	err := s.Head(x)
	if err == nil && len(x.Response.Local) > 0 {
		err = s.Write(x.Response.Local)
	}
	if err == nil {
		err = s.Finish()
	}
	if err != nil {
		clientLost(l, x)
		s.Abort()
	}
}

// announce tells the client of HTTP/3.
func announce(x *exchange.Exchange) {
	if x.Conn != nil && x.Conn.AltSvc != nil {
		x.Response.Header.Set("Alt-Svc", x.Conn.AltSvc)
	}
}

// clientLost notes that the client went away before the end.
func clientLost(l *compile.Listener, x *exchange.Exchange) {
	if x.Log.Error == "" {
		x.Log.Error = "client closed"
	}
	if x.Log.Status == 0 {
		x.Log.Status = lostStatus(l)
	}
}

// lostStatus is what access logs show when the client left before the response was complete.
func lostStatus(l *compile.Listener) int {
	if l.Dialect == model.DialectNginx {
		return 499
	}
	return 460
}
