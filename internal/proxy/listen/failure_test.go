package listen

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// deadAddress is a loopback address where nobody listens.
func deadAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestATargetThatRefusesIs502InEachDialect(t *testing.T) {
	t.Parallel()
	for dialect, length := range map[model.Dialect]int64{model.DialectELB: 122, model.DialectNginx: 150} {
		h := newHouse(t, plan{dialect: dialect, targets: []string{deadAddress(t)}})
		c := h.dial()
		for range 2 {
			if a := c.get("/"); a.StatusCode != 502 || a.ContentLength != length || a.Close {
				t.Errorf("%q: %d, %d bytes, close %v", dialect, a.StatusCode, a.ContentLength, a.Close)
			}
		}
		want := map[model.Dialect]int{model.DialectELB: 1, model.DialectNginx: 3}[dialect]
		for _, l := range h.ended(2) {
			if l.status != 502 || l.attempts != want || l.error != "target refused" {
				t.Errorf("%q: logged %+v", dialect, l)
			}
		}
	}
}

func TestNginxAsksAnotherTargetAndELBDoesNot(t *testing.T) {
	t.Parallel()
	alive := backend(t, echo)
	h := newHouse(t, plan{dialect: model.DialectNginx, targets: []string{deadAddress(t), alive}})
	c := h.dial()
	for range 6 {
		if a := c.get("/"); a.StatusCode != 200 {
			t.Errorf("nginx: %d", a.StatusCode)
		}
		c.send("POST /p HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\nhi")
		if a := c.read("POST"); a.body != "/p|hi" {
			t.Errorf("nginx POST, connect refused: %d %q", a.StatusCode, a.body)
		}
	}
	h = newHouse(t, plan{targets: []string{deadAddress(t), alive}})
	c = h.dial()
	codes := map[int]int{}
	for range 6 {
		codes[c.get("/").StatusCode]++
	}
	if codes[502] != 3 || codes[200] != 3 {
		t.Errorf("elb: %v", codes)
	}
}

// dropping is a target that reads a request and closes the connection without an answer.
func dropping(t *testing.T, seen *atomic.Int64) string {
	return rawBackend(t, func(_ int, c net.Conn) {
		r := bufio.NewReader(c)
		if h := head(r); h != "" {
			seen.Add(1)
		}
	})
}

func TestARequestThatATargetSawIsRepeatedOnlyWhenThatIsSafe(t *testing.T) {
	t.Parallel()
	var seen atomic.Int64
	h := newHouse(t, plan{dialect: model.DialectNginx, targets: []string{dropping(t, &seen)}})
	c := h.dial()
	if a := c.get("/"); a.StatusCode != 502 || seen.Load() != 3 {
		t.Errorf("GET: %d after %d tries", a.StatusCode, seen.Load())
	}
	seen.Store(0)
	c.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\nhi")
	if a := c.read("POST"); a.StatusCode != 502 || seen.Load() != 1 {
		t.Errorf("POST: %d after %d tries", a.StatusCode, seen.Load())
	}
	seen.Store(0)
	h = newHouse(t, plan{
		dialect: model.DialectNginx, targets: []string{dropping(t, &seen)},
		policy: &model.Policy{Retry: &model.Retry{Attempts: 2, On: []string{"error", "non_idempotent"}}},
	})
	c = h.dial()
	c.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\nhi")
	if a := c.read("POST"); a.StatusCode != 502 || seen.Load() != 2 {
		t.Errorf("POST, non_idempotent: %d after %d tries", a.StatusCode, seen.Load())
	}
	seen.Store(0)
	h = newHouse(t, plan{targets: []string{dropping(t, &seen)}})
	if a := h.dial().get("/"); a.StatusCode != 502 || seen.Load() != 1 {
		t.Errorf("ELB: %d after %d tries", a.StatusCode, seen.Load())
	}
}

func TestAStreamedBodyIsNotRepeated(t *testing.T) {
	t.Parallel()
	var seen atomic.Int64
	h := newHouse(t, plan{dialect: model.DialectNginx, targets: []string{dropping(t, &seen)}})
	c := h.dial()
	c.send("PUT / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
	if a := c.read("PUT"); a.StatusCode != 502 || seen.Load() != 1 {
		t.Errorf("%d after %d tries", a.StatusCode, seen.Load())
	}
}

func TestAStatusIsRetriedWhenThePolicySaysSo(t *testing.T) {
	t.Parallel()
	bad := backend(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503); io.WriteString(w, "sorry") })
	h := newHouse(t, plan{
		dialect: model.DialectNginx, targets: []string{bad, backend(t, echo)},
		policy: &model.Policy{Retry: &model.Retry{Attempts: 3, On: []string{"http_503"}}},
	})
	c := h.dial()
	for range 4 {
		if a := c.get("/"); a.StatusCode != 200 {
			t.Errorf("%d", a.StatusCode)
		}
	}
	h = newHouse(t, plan{
		dialect: model.DialectNginx, targets: []string{bad},
		policy: &model.Policy{Retry: &model.Retry{Attempts: 2, On: []string{"http_503"}}},
	})
	if a := h.dial().get("/"); a.StatusCode != 503 || a.body != "sorry" {
		t.Errorf("the last answer passes: %d %q", a.StatusCode, a.body)
	}
}

func TestAStaleConnectionIsReplacedUnnoticed(t *testing.T) {
	t.Parallel()
	for _, dialect := range []model.Dialect{model.DialectELB, model.DialectNginx} {
		target := rawBackend(t, func(_ int, c net.Conn) {
			r := bufio.NewReader(c)
			head(r)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			r.ReadByte() // the next request breaks the connection
		})
		h := newHouse(t, plan{dialect: dialect, targets: []string{target}})
		c := h.dial()
		for i := range 5 {
			if a := c.get("/"); a.StatusCode != 200 || a.body != "ok" {
				t.Errorf("%q %d: %d %q", dialect, i, a.StatusCode, a.body)
			}
		}
		for _, l := range h.ended(5) {
			if l.attempts != 1 {
				t.Errorf("logged %+v", l)
			}
		}
	}
}

func TestMalformedResponsesAre502(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no status line":      "hello\r\n\r\n",
		"both framings":       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"two lengths":         "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
		"unasked switch":      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
		"NUL in a value":      "HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n",
		"head without end":    "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 40<<10),
		"closed in the head":  "HTTP/1.1 200 OK\r\nX: a",
		"interim flood":       strings.Repeat("HTTP/1.1 103 Early\r\n\r\n", 100),
		"nothing but its end": "",
	} {
		t.Run(name, func(t *testing.T) {
			target := rawBackend(t, func(_ int, c net.Conn) {
				head(bufio.NewReader(c))
				io.WriteString(c, text)
			})
			h := newHouse(t, plan{targets: []string{target}})
			c := h.dial()
			c.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
			a := c.read("GET")
			for a.StatusCode == 103 {
				a = c.read("GET")
			}
			if a.StatusCode != 502 {
				t.Errorf("%d %q", a.StatusCode, a.body)
			}
		})
	}
}

func TestAResponseThatBreaksOffBreaksTheClientOff(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"length":       "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
		"chunked":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
		"broken chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalfXX5\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			target := rawBackend(t, func(_ int, c net.Conn) {
				head(bufio.NewReader(c))
				io.WriteString(c, text)
				time.Sleep(50 * time.Millisecond)
			})
			h := newHouse(t, plan{targets: []string{target}})
			c := h.dial()
			c.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
			all, err := io.ReadAll(c.r)
			if err == nil {
				t.Errorf("ended as if it were whole: %q", all)
			}
			if strings.Contains(string(all), "0\r\n\r\n") || strings.Contains(string(all), "502") {
				t.Errorf("something was appended: %q", all)
			}
			if l := h.ended(1)[0]; l.status != 200 || !strings.HasPrefix(l.error, "target") {
				t.Errorf("logged %+v", l)
			}
		})
	}
}

func TestAnEarlyAnswerPassesAndTheConnectionEnds(t *testing.T) {
	t.Parallel()
	target := rawBackend(t, func(_ int, c net.Conn) {
		head(bufio.NewReader(c))
		io.WriteString(c, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
		time.Sleep(100 * time.Millisecond)
	})
	h := newHouse(t, plan{targets: []string{target}})
	c := h.dial()
	c.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10000000\r\n\r\nabc")
	if a := c.read("POST"); a.StatusCode != 401 || a.body != "no" || !a.Close {
		t.Errorf("%d %q close %v", a.StatusCode, a.body, a.Close)
	}
	c.closed()
}

func TestAClientThatLeavesEndsTheRequestToTheTarget(t *testing.T) {
	t.Parallel()
	gone := make(chan error, 1)
	target := rawBackend(t, func(_ int, c net.Conn) {
		r := bufio.NewReader(c)
		head(r)
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, err := r.ReadByte()
		gone <- err
	})
	h := newHouse(t, plan{targets: []string{target}})
	c := h.dial()
	c.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
	time.Sleep(50 * time.Millisecond)
	c.conn.Close()
	if err := <-gone; err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("target saw %v", err)
	}
	if l := h.ended(1)[0]; l.status != 460 || l.error != "client closed" {
		t.Errorf("logged %+v", l)
	}
}

func TestAClientThatLeavesInItsBodyBreaksTheTargetOff(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"length":  "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100000\r\n\r\nabc",
		"chunked": "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan string, 1)
			target := rawBackend(t, func(_ int, c net.Conn) {
				b, err := io.ReadAll(c)
				got <- fmt.Sprint(string(b), err)
			})
			h := newHouse(t, plan{targets: []string{target}})
			c := h.dial()
			c.send(text)
			time.Sleep(50 * time.Millisecond)
			c.conn.Close()
			if text := <-got; strings.Contains(text, "0\r\n\r\n") {
				t.Errorf("the target may take the body for whole: %q", text)
			}
			if l := h.ended(1)[0]; l.status != 400 {
				t.Errorf("logged %+v", l)
			}
		})
	}
}

func TestABodyThatGrowsTooLargeIs413(t *testing.T) {
	t.Parallel()
	for _, buffering := range []bool{true, false} {
		h := newHouse(t, plan{
			dialect: model.DialectNginx, targets: []string{backend(t, echo)}, limit: 1000,
			policy: &model.Policy{RequestBuffering: buffering},
		})
		c := h.dial()
		c.send("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n")
		for range 20 {
			if _, err := fmt.Fprintf(c.conn, "64\r\n%0100d\r\n", 0); err != nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if a := c.read("POST"); a.StatusCode != 413 || !a.Close {
			t.Errorf("buffering %v: %d close %v", buffering, a.StatusCode, a.Close)
		}
		c.send("POST")
	}
}

func TestMalformedChunksAre400(t *testing.T) {
	t.Parallel()
	for _, buffering := range []bool{true, false} {
		h := newHouse(t, plan{
			dialect: model.DialectNginx, targets: []string{backend(t, echo)},
			policy: &model.Policy{RequestBuffering: buffering},
		})
		c := h.dial()
		c.send("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX\r\n")
		if a := c.read("POST"); a.StatusCode != 400 || !a.Close {
			t.Errorf("buffering %v: %d close %v", buffering, a.StatusCode, a.Close)
		}
		c.closed()
	}
}

func TestAPanicEndsOneConnection(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, echo)}, before: func(x *exchange.Exchange) exchange.Verdict {
		if string(x.Request.Path) == "/panic" {
			panic("planted")
		}
		return exchange.Continue
	}})
	other := h.dial()
	other.get("/")
	c := h.dial()
	c.send("GET /panic HTTP/1.1\r\nHost: a.example\r\n\r\n")
	c.closed()
	if a := other.get("/"); a.StatusCode != 200 {
		t.Errorf("%d", a.StatusCode)
	}
	if n := h.set.Stats().Panics.Load(); n != 1 {
		t.Errorf("%d panics counted", n)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !strings.Contains(h.log.String(), "planted") {
		t.Error("the panic was not logged")
	}
}

func TestATargetThatIsCutOffAfterItsDelayIs502(t *testing.T) {
	t.Parallel()
	entered, release := make(chan bool), make(chan bool)
	p := plan{targets: []string{backend(t, func(w http.ResponseWriter, r *http.Request) {
		entered <- true
		<-release
	})}}
	defer close(release)
	h := newHouse(t, p)
	tg := &model.TargetGroup{
		ID: "tg", Type: model.TargetIP, Protocol: model.TargetHTTP, Port: 80, HealthCheck: nil,
		Attributes: []model.Attribute{{Key: "deregistration_delay.timeout_seconds", Value: "1"}},
	}
	h.registry.Group(tg)
	c := h.dial()
	c.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
	<-entered
	h.registry.SetTargets("tg", nil)
	start := time.Now()
	if a := c.read("GET"); a.StatusCode != 502 {
		t.Errorf("%d", a.StatusCode)
	}
	if took := time.Since(start); took < 800*time.Millisecond || took > 4*time.Second {
		t.Errorf("cut off after %v", took)
	}
}
