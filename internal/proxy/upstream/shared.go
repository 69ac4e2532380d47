package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream/h2"
)

// Shared is a request's place on an HTTP/2 connection to a target, which carries others at the same time. Whoever got it
// from Target.Share calls Open, once; ends the stream that it returns; calls Report; and then Close.
type Shared struct {
	// Target is where the connection leads.
	Target *Target
	// Reused and Connected are as those of Conn.
	Reused    bool
	Connected time.Duration

	link *link
}

// Open sends a request. It must be called exactly once.
func (s *Shared) Open(r h2.Request) *h2.Stream { return s.link.http2.Open(r) }

// TLS says whether the connection is encrypted.
func (s *Shared) TLS() bool { return s.link.conn.secure }

// Report is Conn.Report.
func (s *Shared) Report(status int, took time.Duration) { s.link.conn.Report(status, took) }

// CutOff is Conn.CutOff.
func (s *Shared) CutOff() bool { return s.link.conn.CutOff() }

// Close ends the request.
func (s *Shared) Close() { s.Target.leave() }

// link is a connection that carries many requests.
type link struct {
	conn  *Conn
	http2 *h2.Conn
}

// links are the connections of a target that speaks HTTP/2. There is one as long as it has room for all requests.
type links struct {
	mu   sync.Mutex
	list []*link
	// opening is the connection that is being made, nil when none is.
	opening *opening
}

// opening is a connection that is being made, for whoever asks meanwhile.
type opening struct {
	done chan struct{}
	err  error
	// expected counts the requests that wait for it.
	expected int
}

const (
	// maxLinks bounds the connections to a target that allows few streams on each.
	maxLinks = 256
	// perOpening is how many requests wait for one connection before another one is made.
	perOpening = 100
)

// Share returns a place for one request on a connection to the target, which is made when there is none with room. The
// error is a *DialError.
func (t *Target) Share(timeout time.Duration) (Shared, error) {
	t.outstanding.Add(1)
	t.requests.Add(1)
	l, fresh, err := t.link(timeout)
	if err != nil {
		t.unreached()
		return Shared{}, err
	}
	s := Shared{Target: t, Reused: !fresh, link: l}
	if fresh {
		s.Connected = l.conn.Connected
	}
	return s, nil
}

var (
	errNoStreams   = errors.New("the target allows no streams")
	errConnectLate = errors.New("no connection in time")

	errOtherProtocol = errors.New("the target chose another protocol than HTTP/2")
)

// link finds or makes a connection and reserves a stream on it.
func (t *Target) link(timeout time.Duration) (l *link, fresh bool, err error) {
	began := t.group.registry.options.Now()
	for {
		t.links.mu.Lock()
		if l := t.links.reserve(); l != nil {
			t.links.mu.Unlock()
			return l, false, nil
		}
		if o := t.links.opening; o != nil && o.expected < perOpening {
			o.expected++
			t.links.mu.Unlock()
			if err := t.awaitOpening(o, timeout); err != nil {
				return nil, false, err
			}
			if t.group.registry.options.Now().Sub(began) < timeout {
				continue
			}
			return nil, false, &DialError{Address: t.address, Timeout: true, Err: errConnectLate}
		}
		if len(t.links.list) >= maxLinks {
			t.links.mu.Unlock()
			return nil, false, &DialError{Address: t.address, Err: errNoStreams}
		}
		o := &opening{done: make(chan struct{})}
		t.links.opening = o
		t.links.mu.Unlock()
		l, err := t.openLink(timeout, o)
		return l, true, err
	}
}

// awaitOpening waits for a connection that somebody else makes.
func (t *Target) awaitOpening(o *opening, timeout time.Duration) error {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-o.done:
		return o.err
	case <-timer.C:
		return &DialError{Address: t.address, Timeout: true, Err: errConnectLate}
	}
}

// openLink makes a connection, with a stream reserved on it, and tells those who wait.
func (t *Target) openLink(timeout time.Duration, o *opening) (*link, error) {
	ctx, cancel := context.WithTimeout(t.group.registry.life, timeout)
	defer cancel()
	c, err := t.connect(ctx, Opening{ALPN: []string{"h2"}}, false)
	if err == nil && !speaksHTTP2(c.Conn) {
		c.discard()
		err = &DialError{Address: t.address, TLS: true, Err: errOtherProtocol}
	}
	var l *link
	if err == nil {
		l = &link{conn: c}
		l.http2 = t.group.registry.keeper.Open(c.Conn, func() { t.unlink(l) })
		if !l.http2.Reserve() {
			err = &DialError{Address: t.address, Err: errNoStreams}
		}
	}
	t.links.mu.Lock()
	if err == nil {
		t.links.list = append(t.links.list, l)
	}
	if t.links.opening == o {
		t.links.opening = nil
	}
	t.links.mu.Unlock()
	o.err = err
	close(o.done)
	if l == nil {
		return nil, err
	}
	if err != nil || t.removed.Load() || t.group.closed.Load() {
		l.http2.Retire() // nobody else would: the target went away meanwhile
	}
	return l, err
}

// speaksHTTP2 says whether a target in TLS took to HTTP/2. One that knows nothing of such choices gets the benefit of the
// doubt, as in plain text.
func speaksHTTP2(c net.Conn) bool {
	secure, ok := c.(*tls.Conn)
	if !ok {
		return true
	}
	chosen := secure.ConnectionState().NegotiatedProtocol
	return chosen == "h2" || chosen == ""
}

// reserve reserves a stream on the newest connection that has room. The lock is held.
func (k *links) reserve() *link {
	for _, l := range slices.Backward(k.list) {
		if l.http2.Reserve() {
			return l
		}
	}
	return nil
}

// unlink is called when a connection is over.
func (t *Target) unlink(l *link) {
	t.links.mu.Lock()
	t.links.list = slices.DeleteFunc(t.links.list, func(other *link) bool { return other == l })
	t.links.mu.Unlock()
	l.conn.discard()
}

// retire lets the requests on all connections come to their end and takes no more.
func (k *links) retire() {
	k.mu.Lock()
	list := slices.Clone(k.list)
	k.list = nil
	k.mu.Unlock()
	for _, l := range list {
		l.http2.Retire()
	}
}

// Version is the HTTP version that the group's targets speak.
func (g *Group) Version() model.ProtocolVersion { return g.settings.Load().version }
