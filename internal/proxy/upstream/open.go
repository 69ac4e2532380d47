package upstream

import (
	"context"
	"net"
	"time"
)

// Opening says how to connect to a target for one flow.
type Opening struct {
	// Within bounds connecting, TLS included.
	Within time.Duration
	// Preface is sent before anything else, also before TLS: a header of the PROXY protocol.
	Preface []byte
	// ALPN are the protocols to offer to targets that are spoken to in TLS.
	ALPN []string
}

// Open connects to the target for a flow of a network load balancer: a connection that carries nothing else before or
// after. It counts as one request that lasts as long as the connection. When the target's time is over the connection is
// reset. The error is a *DialError.
func (t *Target) Open(ctx context.Context, o Opening) (*Conn, error) {
	// The registry's end gives up dials whose caller has not noticed yet.
	ctx, cancel := context.WithTimeout(ctx, o.Within)
	defer cancel()
	stop := context.AfterFunc(t.group.registry.life, cancel)
	defer stop()
	t.outstanding.Add(1)
	t.requests.Add(1)
	c, err := t.connect(ctx, o, true)
	if err != nil {
		t.errors.Add(1)
		t.refused.Add(1)
		t.leave()
		if context.Cause(ctx) != context.Canceled { // who gives up has nothing against the target
			t.doubted()
		}
		return nil, err
	}
	t.trusted()
	return c, nil
}

// Reset closes the connection so that the target sees it as broken off, and ends what runs on it.
func (c *Conn) Reset() {
	if tcp, ok := c.socket.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the target sees a plain end
	}
	_ = c.socket.Close() // first, so that TLS says no goodbye
	c.Close()
}

// Socket is the connection to the target below TLS.
func (c *Conn) Socket() net.Conn { return c.socket }

// prepare sets up the socket of a flow before anything is sent on it.
func (o *Opening) prepare(ctx context.Context, socket net.Conn) error {
	if tcp, ok := socket.(*net.TCPConn); ok {
		// The peers' keep-alives tell whether the flow is alive; ours would hide that it is not.
		_ = tcp.SetKeepAlive(false) // nothing is lost if it stays on
	}
	if len(o.Preface) == 0 {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := socket.SetWriteDeadline(deadline); err != nil {
			return err
		}
	}
	if _, err := socket.Write(o.Preface); err != nil {
		return err
	}
	return socket.SetWriteDeadline(time.Time{})
}
