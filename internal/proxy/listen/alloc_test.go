package listen

import (
	"net"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
)

// TestARequestAllocatesNothing measures the whole way over loopback: read, parse, decide, forward, read, write.
func TestARequestAllocatesNothing(t *testing.T) {
	if raced {
		t.Skip("the race detector makes pools forget")
	}
	for _, dialect := range []model.Dialect{model.DialectNginx, model.DialectELB} {
		answer := []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok")
		target := rawBackend(t, func(_ int, c net.Conn) {
			buf := make([]byte, 4096)
			for {
				n, err := c.Read(buf)
				if err != nil || n == 0 {
					return
				}
				c.Write(answer)
			}
		})
		h := newHouse(t, plan{
			dialect: dialect, targets: []string{target},
			attributes: []model.Attribute{{Key: "client_keep_alive.seconds", Value: "3600"}},
		})
		c := h.dial()
		request := []byte("GET /a/b?c=d HTTP/1.1\r\nHost: a.example\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n")
		buf := make([]byte, 4096)
		once := func() {
			c.conn.Write(request)
			if n, err := c.conn.Read(buf); err != nil || n < len(answer) {
				t.Fatalf("%d bytes, %v", n, err)
			}
		}
		for range 20 {
			once()
		}
		h.mu.Lock()
		h.done = make([]logged, 0, 2000)
		h.mu.Unlock()
		if n := testing.AllocsPerRun(500, once); n >= 1 {
			t.Errorf("%q: %v allocations per request", dialect, n)
		} else {
			t.Logf("%q: %v allocations per request", dialect, n)
		}
	}
}
