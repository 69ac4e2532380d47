package listen

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

func TestASilentTargetIs504(t *testing.T) {
	t.Parallel()
	var seen atomic.Int64
	target := rawBackend(t, func(_ int, c net.Conn) {
		r := bufio.NewReader(c)
		head(r)
		seen.Add(1)
		r.ReadByte()
	})
	h := newHouse(t, plan{
		targets: []string{target}, policy: &model.Policy{Timeouts: model.Timeouts{ReadMillis: 200}},
	})
	start := time.Now()
	if a := h.dial().get("/"); a.StatusCode != 504 {
		t.Errorf("%d", a.StatusCode)
	}
	if took := time.Since(start); took < 200*time.Millisecond || took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	if l := h.ended(1)[0]; l.status != 504 || l.error != "target timeout" {
		t.Errorf("logged %+v", l)
	}
	h = newHouse(t, plan{
		dialect: model.DialectNginx, targets: []string{target},
		policy: &model.Policy{Timeouts: model.Timeouts{ReadMillis: 100}},
	})
	seen.Store(0)
	if a := h.dial().get("/"); a.StatusCode != 504 || seen.Load() != 3 {
		t.Errorf("nginx: %d after %d tries", a.StatusCode, seen.Load())
	}
}

// TestASlowHeadIs408OrSilence: ELB answers. nginx, as ingress-nginx sets it up, breaks a plain connection off whose head had
// begun, and closes others; only the former is logged.
func TestASlowHeadIs408OrSilence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dialect model.Dialect
		secure  bool
		send    string
		answer  string
		reset   bool
		logged  bool
	}{
		"ELB, half a head":             {model.DialectELB, false, "GET / HTTP/1.1\r\nHo", "HTTP/1.1 408", false, true},
		"ELB, half a head over TLS":    {model.DialectELB, true, "GET / HTTP/1.1\r\nHo", "HTTP/1.1 408", false, true},
		"nginx, half a head":           {model.DialectNginx, false, "GET / HTTP/1.1\r\nHo", "", true, true},
		"nginx, half a line":           {model.DialectNginx, false, "GE", "", true, true},
		"nginx, an empty line":         {model.DialectNginx, false, "\r\n", "", true, true},
		"nginx, nothing":               {model.DialectNginx, false, "", "", false, false},
		"nginx, half a head over TLS":  {model.DialectNginx, true, "GET / HTTP/1.1\r\nHo", "", false, true},
		"nginx, nothing over TLS":      {model.DialectNginx, true, "", "", false, false},
		"nginx, half of a second head": {model.DialectNginx, false, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\nGET", "HTTP/1.1 200", true, true},
		"ELB, half of a second head":   {model.DialectELB, false, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\nGET", "HTTP/1.1 200", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plan{dialect: c.dialect, targets: []string{backend(t, echo)}}
			p.options = func(o *Options) { o.Timeouts.Head = 300 * time.Millisecond }
			if c.secure {
				p.protocol = model.HTTPS
				p.chain, p.key = selfSigned(t, "a.example")
			}
			h := newHouse(t, p)
			k := h.dial()
			if c.secure {
				k, _ = h.dialTLS(&tls.Config{ServerName: "a.example"})
			}
			k.send(c.send)
			all, err := io.ReadAll(k.r)
			if !strings.HasPrefix(string(all), c.answer) || c.answer == "" && len(all) > 0 {
				t.Errorf("answered %q", all)
			}
			if errors.Is(err, syscall.ECONNRESET) != c.reset || !c.reset && err != nil {
				t.Errorf("ended with %v", err)
			}
			if c.logged {
				want := 1 + strings.Count(string(all), "HTTP/1.1 200")
				if l := h.ended(want)[want-1]; l.status != 408 || l.error != "request head timeout" {
					t.Errorf("logged %+v", l)
				}
			} else if n := len(h.ended(0)); n > 0 {
				t.Errorf("%d lines in the log", n)
			}
		})
	}
}

func TestABodyThatStopsTimesOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{
		targets:    []string{backend(t, echo)},
		attributes: []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "1"}},
	})
	c := h.dial()
	c.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nabc")
	if a := c.read("POST"); a.StatusCode != 408 {
		t.Errorf("%d", a.StatusCode)
	}
}

func TestAnIdleConnectionIsClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{
		targets:    []string{backend(t, echo)},
		attributes: []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "1"}},
	})
	c := h.dial()
	for range 4 {
		c.get("/")
	}
	start := time.Now()
	c.closed()
	if took := time.Since(start); took < 900*time.Millisecond || took > 3*time.Second {
		t.Errorf("closed after %v", took)
	}
}

func TestAClientThatEndsTogetherWithItsRequestIsLetGoSoon(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, echo)}})
	c := h.dial()
	for i := range 5 {
		c.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
		if i == 4 {
			c.conn.(*net.TCPConn).CloseWrite()
		}
		c.read("GET")
	}
	start := time.Now()
	c.closed()
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("closed after %v", took)
	}
}

func TestConnectionLimits(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*Options){
		"socket": func(o *Options) { o.MaxConnections = 2 },
		"client": func(o *Options) { o.MaxPerClient = 2 },
		"all":    func(o *Options) { o.MaxOpen = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, plan{targets: []string{backend(t, echo)}, options: set})
			a, b := h.dial(), h.dial()
			a.get("/")
			b.get("/")
			if c, err := net.Dial("tcp", h.address); err == nil {
				c.SetDeadline(time.Now().Add(15 * time.Second))
				(&client{t: t, conn: c, r: bufio.NewReader(c)}).closed()
				c.Close()
			} else if !errors.Is(err, syscall.ECONNRESET) { // the end may come before dialling is over
				t.Error(err)
			}
			a.conn.Close()
			for range 100 {
				if h.set.Stats().Open.Load() == 1 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if got := h.dial().get("/"); got.StatusCode != 200 {
				t.Errorf("after one left: %d", got.StatusCode)
			}
			if n := h.set.Stats().Rejected.Load(); n != 1 {
				t.Errorf("%d rejected", n)
			}
		})
	}
}

func TestRequestsPerConnectionAreBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{dialect: model.DialectNginx, targets: []string{backend(t, echo)}})
	c := h.dial()
	for i := 1; i <= 1000; i++ {
		a := c.get("/")
		if a.Close != (i == 1000) {
			t.Fatalf("request %d: close %v", i, a.Close)
		}
	}
	c.closed()
}

func TestATargetThatDoesNotTakeTheBodyIs504(t *testing.T) {
	t.Parallel()
	release := make(chan bool)
	target := rawBackend(t, func(_ int, c net.Conn) {
		c.(*net.TCPConn).SetReadBuffer(4 << 10)
		<-release
	})
	defer close(release)
	h := newHouse(t, plan{
		dialect: model.DialectNginx, targets: []string{target},
		policy: &model.Policy{Timeouts: model.Timeouts{SendMillis: 300, ReadMillis: 20_000}},
	})
	c := h.dial()
	c.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100000000\r\n\r\n")
	go func() {
		piece := make([]byte, 1<<20)
		for range 100 {
			if _, err := c.conn.Write(piece); err != nil {
				return
			}
		}
	}()
	if a := c.read("POST"); a.StatusCode != 504 || !a.Close {
		t.Errorf("%d close %v", a.StatusCode, a.Close)
	}
}

func TestAClientThatDoesNotReadIsBrokenOff(t *testing.T) {
	t.Parallel()
	gone := make(chan bool)
	h := newHouse(t, plan{
		targets: []string{backend(t, func(w http.ResponseWriter, r *http.Request) {
			defer close(gone)
			piece := make([]byte, 1<<20)
			for {
				if _, err := w.Write(piece); err != nil {
					return
				}
			}
		})},
		attributes: []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "1"}},
	})
	c := h.dial()
	c.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
	select {
	case <-gone:
	case <-time.After(5 * time.Second):
		t.Fatal("the target still writes")
	}
	if l := h.ended(1)[0]; l.status != 460 {
		t.Errorf("logged %+v", l)
	}
}

func TestABodyThatTricklesIs408(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, echo)}, options: func(o *Options) {
		o.Timeouts.Grace = 300 * time.Millisecond
	}})
	c := h.dial()
	c.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000\r\n\r\n")
	go func() {
		for range 100 {
			if _, err := io.WriteString(c.conn, "x"); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	start := time.Now()
	if a := c.read("POST"); a.StatusCode != 408 || !a.Close {
		t.Errorf("%d close %v", a.StatusCode, a.Close)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("noticed after %v", took)
	}
}

// TestWhatIsAnnouncedCostsNothing: memory grows with what arrives, whatever a client says will come.
func TestWhatIsAnnouncedCostsNothing(t *testing.T) {
	for name, c := range map[string]struct{ fields, body string }{
		"a length":         {"Content-Length: 1099511627776", "hello"},
		"a chunk":          {"Transfer-Encoding: chunked", "ffffffffff\r\nhello"},
		"a length, buffer": {"X-Buffer: 1\r\nContent-Length: 1099511627776", "hello"},
	} {
		t.Run(name, func(t *testing.T) {
			policy := &model.Policy{RequestBuffering: strings.Contains(name, "buffer")}
			h := newHouse(t, plan{targets: []string{backend(t, echo)}, policy: policy})
			const clients = 50
			before := heap()
			for range clients {
				k := h.dial()
				k.send("POST / HTTP/1.1\r\nHost: a.example\r\n" + c.fields + "\r\n\r\n" + c.body)
			}
			for range 200 {
				if h.set.Stats().Open.Load() == clients {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(200 * time.Millisecond) // for what is read beforehand
			if grown := heap() - before; grown > clients*256<<10 {
				t.Errorf("%d KiB for each client", grown/clients>>10)
			}
		})
	}
}

// heap is what is in use after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}
