package listen

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

func TestPlaceOpensKeepsAndCloses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, echo)}})
	kept := h.dial()
	kept.get("/")
	first := Placement{LoadBalancer: "lb", Port: 80, Address: netip.MustParseAddrPort("127.0.0.1:0")}
	second := Placement{LoadBalancer: "lb", Port: 80, Address: netip.MustParseAddrPort("127.0.0.2:0")}
	if err := h.set.Place([]Placement{first, second}); err != nil {
		t.Skip("no second loopback address here:", err)
	}
	list := h.set.Addresses()
	if len(list) != 2 || list[0].Address.String() != h.address {
		t.Fatalf("%v", list)
	}
	if a := kept.get("/"); a.StatusCode != 200 {
		t.Errorf("the kept socket's connection: %d", a.StatusCode)
	}
	if err := h.set.Place([]Placement{second}); err != nil {
		t.Fatal(err)
	}
	kept.closed()
	if _, err := net.Dial("tcp", h.address); err == nil {
		t.Error("the closed socket still accepts")
	}
	h.address = list[1].Address.String()
	if a := h.dial().get("/"); a.StatusCode != 200 {
		t.Errorf("the new socket: %d", a.StatusCode)
	}
}

func TestWhatCannotBeBoundIsToldAndTheRestServed(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy := netip.MustParseAddrPort(taken.Addr().String())
	h := newHouse(t, plan{targets: []string{backend(t, echo)}})
	err = h.set.Place([]Placement{
		{LoadBalancer: "lb", Port: 81, Address: busy}, {LoadBalancer: "lb", Port: 80, Address: netip.MustParseAddrPort("127.0.0.1:0")},
	})
	var bind *BindError
	if !errors.Is(err, syscall.EADDRINUSE) || !errors.As(err, &bind) || bind.Placement.Address != busy {
		t.Errorf("%v", err)
	}
	if !strings.Contains(err.Error(), busy.String()) || !strings.Contains(err.Error(), "take another port") {
		t.Errorf("the message lacks address or remedy: %v", err)
	}
	if a := h.dial().get("/"); a.StatusCode != 200 {
		t.Errorf("%d", a.StatusCode)
	}
}

func TestShutdownLetsRunningRequestsEnd(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan bool), make(chan bool)
	h := newHouse(t, plan{targets: []string{backend(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			entered <- true
			<-leave
		}
		io.WriteString(w, "done")
	})}})
	silent, idler, busy := h.dial(), h.dial(), h.dial()
	for range 4 {
		idler.get("/")
	}
	busy.send("GET /slow HTTP/1.1\r\nHost: a.example\r\n\r\n")
	<-entered
	over := make(chan error)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		over <- h.set.Shutdown(ctx)
	}()
	idler.closed()
	silent.closed()
	if _, err := net.Dial("tcp", h.address); err == nil {
		t.Error("still accepting")
	}
	close(leave)
	if a := busy.read("GET"); a.StatusCode != 200 || a.body != "done" || !a.Close {
		t.Errorf("the running request: %d %q close %v", a.StatusCode, a.body, a.Close)
	}
	busy.closed()
	if err := <-over; err != nil {
		t.Error(err)
	}
}

func TestShutdownCutsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{switching(t), switching(t)}})
	c := h.dial()
	c.send(upgrade)
	if resp, err := http.ReadResponse(c.r, nil); err != nil || resp.StatusCode != 101 {
		t.Fatal(resp, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := h.set.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	if _, err := io.ReadAll(c.r); err == nil {
		c.closed()
	}
}

func TestShutdownDoesNotWaitForSilentTargets(t *testing.T) {
	t.Parallel()
	entered := make(chan bool, 10)
	target := rawBackend(t, func(_ int, c net.Conn) {
		r := bufio.NewReader(c)
		head(r)
		entered <- true
		r.ReadByte()
	})
	for _, dialect := range []model.Dialect{model.DialectELB, model.DialectNginx} {
		h := newHouse(t, plan{dialect: dialect, targets: []string{target}})
		c := h.dial()
		c.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
		<-entered
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		start := time.Now()
		if err := h.set.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%q: %v", dialect, err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%q: took %v", dialect, took)
		}
		c.closed()
	}
}

// load sends requests over kept connections until told to stop, and counts answers that are not as they should be.
type load struct {
	sent, wrong atomic.Int64
	stop        atomic.Bool
	tasks       sync.WaitGroup
	mu          sync.Mutex
	first       string
}

func (l *load) start(h *house, clients int, right func(status int, body string) bool) {
	for range clients {
		c := h.dial()
		l.tasks.Go(func() {
			defer func() { c.conn.Close() }()
			for !l.stop.Load() {
				if _, err := io.WriteString(c.conn, "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"); err != nil {
					l.fail(err.Error())
					return
				}
				resp, err := http.ReadResponse(c.r, nil)
				if err != nil {
					l.fail(err.Error())
					return
				}
				body, err := io.ReadAll(resp.Body)
				if resp.Close { // the connection has had its 1,000 requests
					c.conn.Close()
					if c.conn, err = net.Dial("tcp", h.address); err != nil {
						l.fail(err.Error())
						return
					}
					c.r.Reset(c.conn)
				}
				if l.sent.Add(1); err != nil || !right(resp.StatusCode, string(body)) {
					l.fail(resp.Status + " " + string(body))
				}
			}
		})
	}
}

func (l *load) fail(what string) {
	l.wrong.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == "" {
		l.first = what
	}
}

func (l *load) end(t *testing.T) {
	t.Helper()
	l.stop.Store(true)
	l.tasks.Wait()
	if n := l.wrong.Load(); n > 0 {
		t.Errorf("%d of %d requests went wrong, first: %s", n, l.sent.Load(), l.first)
	}
	if l.sent.Load() < 100 {
		t.Errorf("only %d requests were sent", l.sent.Load())
	}
	t.Logf("%d requests, %d lost", l.sent.Load(), l.wrong.Load())
}

func TestChangesUnderLoadLoseNothing(t *testing.T) {
	t.Parallel()
	p := plan{dialect: model.DialectNginx, targets: []string{backend(t, echo)}}
	h := newHouse(t, p)
	var l load
	l.start(h, 8, func(status int, body string) bool { return status == 200 && body == "/x|" })
	others := []string{backend(t, echo), backend(t, echo)}
	for i := range 60 {
		next := p
		next.targets = append([]string{p.targets[0]}, others[:i%3]...)
		if i%2 == 0 {
			next.targets = others[:1+i%2]
		}
		h.compile(next)
		time.Sleep(10 * time.Millisecond)
	}
	l.end(t)
}

func TestATargetThatGoesAwayUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	p := plan{dialect: model.DialectNginx, targets: []string{backend(t, echo), backend(t, echo)}}
	h := newHouse(t, p)
	var l load
	l.start(h, 8, func(status int, body string) bool { return status == 200 && body == "/x|" })
	time.Sleep(100 * time.Millisecond)
	// The process ends first and the list of targets learns of it later: its connections break, and it refuses.
	dead := rawBackend(t, func(_ int, c net.Conn) {})
	p.targets[1] = dead
	h.compile(p)
	time.Sleep(200 * time.Millisecond)
	p.targets = p.targets[:1]
	h.compile(p)
	time.Sleep(100 * time.Millisecond)
	l.end(t)
}
