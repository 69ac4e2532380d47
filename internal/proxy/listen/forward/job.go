package forward

import (
	"io"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// Sizes of a job's buffers.
const (
	headSpace = 4 << 10
	// inSpace is what the first read from a target may bring: the head and a body of usual size in one call.
	inSpace = 16 << 10
	// keepSpace is the largest buffer that a job keeps for the next exchange.
	keepSpace = 64 << 10
)

// job is one exchange with a target group. It is kept with its buffers and used again and again.
type job struct {
	f     *Forwarder
	l     *compile.Listener
	x     *exchange.Exchange
	s     Stream
	group *upstream.Group
	// host is the event loop that the exchange runs on, nil for none.
	host upstream.Host

	policy                   *model.Policy
	connect, sending, answer time.Duration
	responseLimit            int

	// head is the request's head as it goes out; payload is what of the body was read before a target was asked.
	head, payload []byte
	requestBody
	sender sender

	// ended says that run has come to its end.
	ended bool
	// conn and up are the connection of the attempt under way.
	conn  *upstream.Conn
	up    *wire.Wire
	began time.Time
	far
	// asked says that the request was sent, or as much of it as goes out before the answer is read; sent that bytes
	// of it may have reached the target; received that something came back.
	asked, sent, received bool
	// lost is the client's write error that came up while waiting for the target.
	lost error

	space   []byte
	in      http1.Buffer
	body    http1.Body
	framing http1.Framing
}

func newJob(f *Forwarder) *job {
	return &job{f: f}
}

// furnish makes the buffers that are needed from the time on when a target is asked: a client may have many requests wait
// whose bodies never come.
func (j *job) furnish() {
	if j.space == nil {
		j.space = make([]byte, inSpace)
	}
	if j.head == nil {
		j.head = make([]byte, 0, headSpace)
	}
}

// nothing is the policy of exchanges whose rule has none.
var nothing = &model.Policy{}

func (j *job) begin(l *compile.Listener, x *exchange.Exchange, s Stream, group *upstream.Group) {
	j.l, j.x, j.s, j.group, j.ended = l, x, s, group, false
	j.host = host(s)
	j.policy = nothing
	if rule, ok := x.Rule.(*compile.Rule); ok && rule.Policy != nil {
		j.policy = rule.Policy
	}
	j.setLimits()
	j.lost = nil
	j.far = far{multi: group.Version() != model.HTTP1}
	j.requestBody = requestBody{}
}

// setLimits takes the rule's timeouts, or the dialect's: nginx 5, 60 and 60 seconds; ELB 10 seconds and the idle
// timeout, which is one for both directions.
func (j *job) setLimits() {
	j.connect, j.sending, j.answer = 5*time.Second, time.Minute, time.Minute
	j.responseLimit = http1.ResponseHeadNginx
	if j.l.Dialect != model.DialectNginx {
		j.connect, j.responseLimit = 10*time.Second, http1.ResponseHeadELB
		if s := j.l.Settings; s != nil && s.IdleTimeout > 0 {
			j.sending, j.answer = s.IdleTimeout, s.IdleTimeout
		}
	}
	t := &j.policy.Timeouts
	setMillis(&j.connect, t.ConnectMillis)
	setMillis(&j.sending, t.SendMillis)
	setMillis(&j.answer, t.ReadMillis)
	if n := j.policy.ResponseHeadLimit; n > 0 {
		j.responseLimit = int(min(n, 1<<20))
	}
}

func setMillis(d *time.Duration, millis int64) {
	if millis > 0 {
		*d = time.Duration(millis) * time.Millisecond
	}
}

// abandon closes the target's connection.
func (j *job) abandon() {
	if st := j.stream; st != nil {
		j.s.Attach(nil)
		st.Abandon()
		j.shared.Close()
		return
	}
	if c := j.conn; c != nil {
		j.conn = nil
		j.s.Attach(nil)
		_ = c.Close() // the panic is what matters
	}
}

// end lets go of everything that belongs to the exchange.
func (j *job) end() {
	j.l, j.x, j.s, j.group, j.policy, j.host = nil, nil, nil, nil, nil, nil
	j.conn, j.up, j.lost, j.far = nil, nil, nil, far{}
	j.requestBody = requestBody{}
	j.in.Reset(nil, nil)
	if cap(j.head) > keepSpace {
		j.head = make([]byte, 0, headSpace)
	}
	if cap(j.payload) > keepSpace {
		j.payload = nil
	}
}

// Read reads from the target for the response's buffer. The first call sends the request. What the client has not been
// sent yet goes out before any wait.
func (j *job) Read(p []byte) (n int, err error) {
	if err := j.s.Flush(); err != nil {
		j.lost = err
		return 0, err
	}
	if j.asked {
		if !j.sender.busy() {
			j.up.ReadWithin(j.answer)
		}
		n, err = j.up.Read(p)
		if !j.sender.busy() {
			// The time that a slow client takes is not the target's.
			j.up.ReadWithin(0)
		}
	} else {
		j.asked = true
		n, j.sent, err = j.up.Ask(j.head, j.payload, p, j.answer, j.conn.Reused)
	}
	if n > 0 {
		j.received = true
	}
	return n, err
}

var _ io.Reader = (*job)(nil)
