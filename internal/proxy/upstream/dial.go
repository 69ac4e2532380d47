package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// DialError says why there is no connection to a target.
type DialError struct {
	Address string
	// TLS says that the socket was connected and the TLS handshake failed.
	TLS bool
	// Timeout says that the time was up; otherwise the target refused.
	Timeout bool
	Err     error
}

// Error names the target and the step that failed.
func (e *DialError) Error() string {
	step := "connect to"
	if e.TLS {
		step = "speak TLS with"
	}
	return fmt.Sprintf("%s target %s: %v", step, e.Address, e.Err)
}

// Unwrap returns the cause.
func (e *DialError) Unwrap() error { return e.Err }

// Dial is Conn without a look at the idle connections, for a second try after an idle one turned out to be dead.
func (t *Target) Dial(timeout time.Duration) (*Conn, error) {
	t.outstanding.Add(1)
	t.requests.Add(1)
	c, err := t.dial(timeout)
	if err != nil {
		t.unreached()
		return nil, err
	}
	return c, nil
}

// unreached ends a request for which there was no connection.
func (t *Target) unreached() {
	t.errors.Add(1)
	t.refused.Add(1)
	t.outcome(0)
	t.leave()
}

func (t *Target) dial(timeout time.Duration) (*Conn, error) {
	ctx, cancel := context.WithTimeout(t.group.registry.life, timeout)
	defer cancel()
	return t.connect(ctx, Opening{}, false)
}

// connect makes a connection, with TLS where the group asks for it. flow says that it is for a flow, not for requests.
func (t *Target) connect(ctx context.Context, o Opening, flow bool) (*Conn, error) {
	r := t.group.registry
	began := r.options.Now()
	socket, err := r.options.Dial(ctx, "tcp", t.address)
	if err != nil {
		return nil, &DialError{Address: t.address, Timeout: timedOut(ctx, err), Err: err}
	}
	c := &Conn{Conn: socket, Target: t, socket: socket, born: began, flow: flow}
	if flow {
		if err := o.prepare(ctx, socket); err != nil {
			_ = socket.Close() // that it broke off is what there is to tell
			return nil, &DialError{Address: t.address, Timeout: timedOut(ctx, err), Err: err}
		}
	}
	if config := t.group.speaks(); config != nil {
		if len(o.ALPN) > 0 {
			config = config.Clone()
			config.NextProtos = o.ALPN
		}
		secure := tls.Client(socket, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = socket.Close() // the handshake's error is the one to tell
			return nil, &DialError{Address: t.address, TLS: true, Timeout: timedOut(ctx, err), Err: err}
		}
		c.Conn, c.secure = secure, true
	} else if tcp, ok := socket.(*net.TCPConn); ok {
		c.TCP = tcp
		if c.Raw, err = tcp.SyscallConn(); err != nil {
			_ = socket.Close() // as above
			return nil, &DialError{Address: t.address, Err: err}
		}
	}
	c.Connected = r.options.Now().Sub(began)
	t.enter(c)
	return c, nil
}

// enter puts a new connection into the target's books.
func (t *Target) enter(c *Conn) {
	t.liveMu.Lock()
	t.live[c] = struct{}{}
	t.liveMu.Unlock()
}

func timedOut(ctx context.Context, err error) bool {
	var n net.Error
	return errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &n) && n.Timeout()
}
