package listen

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// unread are requests that are answered while their client still sends, and goes on to send for a while, reading nothing.
var unread = []struct {
	name string
	// send is everything that the client sends; pause comes after the first line break behind the head, drip between pieces.
	head, body  string
	pause, drip time.Duration
	status      int
	// elb says that nginx does not answer.
	elb bool
	// logged is the reason in the log, where that is told apart.
	logged string
}{
	{
		name: "a body that trickles", head: "Content-Length: 100000", body: strings.Repeat("x", 60), drip: 40 * time.Millisecond,
		status: 408, logged: "request body slower than the least rate",
	},
	{
		name: "a small body that trickles", head: "Content-Length: 1000", body: strings.Repeat("x", 60), drip: 40 * time.Millisecond,
		status: 408, logged: "request body slower than the least rate",
	},
	{
		name: "chunks that trickle", head: "Transfer-Encoding: chunked", body: strings.Repeat("1\r\nx\r\n", 20), drip: 10 * time.Millisecond,
		status: 408, logged: "request body slower than the least rate",
	},
	{
		name: "a body that pauses", head: "Content-Length: 3000000", pause: 1500 * time.Millisecond, body: strings.Repeat("x", 2_000_000),
		status: 408, elb: true, logged: "request body timeout",
	},
	{name: "a body that is announced too large", head: "Content-Length: 5000000", body: strings.Repeat("x", 5_000_000), status: 413},
	{
		name: "a body that grows too large", head: "Transfer-Encoding: chunked", body: strings.Repeat("1000\r\n"+strings.Repeat("x", 4096)+"\r\n", 1000),
		status: 413, logged: "request body too large",
	},
	{
		name: "chunks that break off into something else", head: "Transfer-Encoding: chunked", body: "2\r\nxxx" + strings.Repeat("x", 3_000_000),
		status: 400, logged: "malformed request body",
	},
	{name: "a head that is too long", head: "Content-Length: 1\r\nA: " + strings.Repeat("x", 2_000_000), status: 0},
	{name: "a head that is malformed", head: "Content-Length: 5, 5", body: strings.Repeat("x", 3_000_000), status: 400},
	{name: "a refused request", head: "X-Refuse: 1\r\nContent-Length: 5000000", body: strings.Repeat("x", 5_000_000), status: 403},
	{name: "a target that answers early", head: "X-Early: 1\r\nContent-Length: 5000000", body: strings.Repeat("x", 5_000_000), status: 401},
}

// TestAClientThatStillSendsGetsItsAnswer: it sends first and reads then, as simple clients do, and neither may fail.
func TestAClientThatStillSendsGetsItsAnswer(t *testing.T) {
	t.Parallel()
	early := rawBackend(t, func(_ int, c net.Conn) {
		b := make([]byte, 1000)
		if _, err := c.Read(b); err != nil {
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
		time.Sleep(50 * time.Millisecond) // what a target that closes does to the answer is another matter
	})
	sink := backend(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	for _, dialect := range dialectsOfListeners {
		for _, protocol := range []model.ListenerProtocol{model.HTTP, model.HTTPS} {
			for _, c := range unread {
				if c.elb && dialect == model.DialectNginx {
					continue
				}
				t.Run(fmt.Sprintf("%s, %s, %s", c.name, dialect, protocol), func(t *testing.T) {
					t.Parallel()
					p := plan{dialect: dialect, protocol: protocol, targets: []string{sink}, limit: 100_000}
					p.options = func(o *Options) { o.Timeouts.Grace = 300 * time.Millisecond }
					if dialect == model.DialectELB {
						p.attributes = []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "1"}}
					}
					if strings.HasPrefix(c.head, "X-Early") {
						p.targets = []string{early}
					}
					if c.status != 413 {
						p.limit = -1
					}
					p.before = refuseUnread
					if protocol == model.HTTPS {
						p.chain, p.key = selfSigned(t, "a.example")
					}
					h := newHouse(t, p)
					k := h.dial()
					if protocol == model.HTTPS {
						k, _ = h.dialTLS(&tls.Config{ServerName: "a.example"})
					}
					k.send("POST / HTTP/1.1\r\nHost: a.example\r\n" + c.head + "\r\n\r\n")
					time.Sleep(c.pause)
					piece := len(c.body)
					if c.drip > 0 {
						piece = 1
					}
					for rest := c.body; rest != ""; rest = rest[piece:] {
						piece = min(piece, len(rest))
						k.send(rest[:piece])
						time.Sleep(c.drip)
					}
					a := k.read("POST")
					if a.StatusCode != c.status && (c.status != 0 || a.StatusCode < 400) || a.err != nil || !a.Close {
						t.Errorf("%d, %v, close %v", a.StatusCode, a.err, a.Close)
					}
					if rest, err := io.ReadAll(k.r); len(rest) > 0 || err != nil {
						t.Errorf("then %q, %v", rest, err)
					}
					if l := h.ended(1)[0]; c.logged != "" && l.error != c.logged || l.status != a.StatusCode {
						t.Errorf("logged %+v", l)
					}
				})
			}
		}
	}
}

var dialectsOfListeners = []model.Dialect{model.DialectNginx, model.DialectELB}

// refuseUnread refuses what is announced too large, and what asks for it.
func refuseUnread(x *exchange.Exchange) exchange.Verdict {
	_, refuse := x.Request.Header.Get("X-Refuse")
	switch {
	case refuse:
		x.Respond(403, []byte("refused"))
	case x.BodyLimit >= 0 && x.Request.ContentLength > x.BodyLimit:
		x.Respond(413, []byte("too large"))
		x.Response.Close = true
	default:
		return exchange.Continue
	}
	return exchange.Respond
}

// TestAClientThatStillSendsDoesNotHoldUpTheEnd: nobody waits for the rest when the proxy is to end.
func TestAClientThatStillSendsDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, echo)}, before: refuseUnread})
	c := h.dial()
	c.send("POST / HTTP/1.1\r\nHost: a.example\r\nX-Refuse: 1\r\nContent-Length: 5000000\r\n\r\n")
	if a := c.read("POST"); a.StatusCode != 403 {
		t.Fatal(a.StatusCode)
	}
	c.closed() // our side has ended; the client's has not
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := h.set.Shutdown(ctx); err != nil || time.Since(began) > 3*time.Second {
		t.Errorf("ended after %v: %v", time.Since(began), err)
	}
}
