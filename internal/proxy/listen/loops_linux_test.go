package listen

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/loop"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// counted is a kernel that counts what moves data.
type counted struct {
	loop.System
	reads, writes *atomic.Int64
}

func (c counted) Read(fd int, b []byte) (int, syscall.Errno) {
	c.reads.Add(1)
	return c.System.Read(fd, b)
}

func (c counted) Write(fd int, a, b []byte) (int, syscall.Errno) {
	c.writes.Add(1)
	return c.System.Write(fd, a, b)
}

// onLoops makes a house on event loops whose calls are counted.
func onLoops(t *testing.T, p plan) (h *house, reads, writes *atomic.Int64) {
	t.Helper()
	reads, writes = new(atomic.Int64), new(atomic.Int64)
	more := p.options
	p.options = func(o *Options) {
		o.Driver = EventLoop
		if more != nil {
			more(o)
		}
	}
	p.made = func(s *Set) {
		s.loops.kernel = func() (loop.System, error) {
			k, err := loop.NewKernel()
			return counted{k, reads, writes}, err
		}
	}
	return newHouse(t, p), reads, writes
}

// TestARequestOnALoopTakesFourCalls counts reads and writes: one each of the client and of the target.
func TestARequestOnALoopTakesFourCalls(t *testing.T) {
	h, reads, writes := onLoops(t, plan{dialect: model.DialectNginx, targets: []string{quick(t)}})
	c := h.dial()
	for range 5 {
		c.get("/")
	}
	r, w := reads.Load(), writes.Load()
	const requests = 200
	for range requests {
		if a := c.get("/"); a.body != "ok" {
			t.Fatal(a.body)
		}
	}
	calls := float64(reads.Load()-r+writes.Load()-w) / requests
	if calls > 4.1 {
		t.Errorf("%.2f calls per request, %d reads and %d writes", calls, reads.Load()-r, writes.Load()-w)
	}
	t.Logf("%.2f calls per request", calls)
}

// blocking is a step that says it may wait, and does.
type blocking struct{ toGroup }

func (blocking) Blocks() bool { return true }

// TestAStepThatMayWaitDoesNotHoldUpTheLoop has one request wait in its chain while others on the same loop are served.
func TestAStepThatMayWaitDoesNotHoldUpTheLoop(t *testing.T) {
	leave := make(chan struct{})
	p := plan{targets: []string{backend(t, echo)}}
	p.step = func(s toGroup) exchange.Filter {
		s.before = func(x *exchange.Exchange) exchange.Verdict {
			if string(x.Request.Path) == "/wait" {
				<-leave
			}
			return exchange.Continue
		}
		return blocking{s}
	}
	h, _, _ := onLoops(t, p)
	var waiting sync.WaitGroup
	for i := range 8 { // more than there are loops
		c := h.dial()
		c.get("/first")
		waiting.Go(func() {
			c.send("POST /wait HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello")
			a := c.read("POST")
			if a.StatusCode != 200 || a.body != "/wait|hello" {
				t.Errorf("request %d: %d %q", i, a.StatusCode, a.body)
			}
			if a := c.get("/next"); a.StatusCode != 200 {
				t.Errorf("the request after it: %d", a.StatusCode)
			}
		})
	}
	for range 8 {
		if a := h.dial().get("/other"); a.StatusCode != 200 {
			t.Errorf("another one: %d", a.StatusCode)
		}
	}
	close(leave)
	waiting.Wait()
}

// TestExpressionsThatTakeLongDoNotHoldUpTheLoop: a hundred expressions and a long path are seconds of work in the worst case.
// The request that asks for it waits here for as long as others are served.
func TestExpressionsThatTakeLongDoNotHoldUpTheLoop(t *testing.T) {
	leave := make(chan struct{})
	p := plan{targets: []string{backend(t, echo)}, dialect: model.DialectNginx}
	p.before = func(x *exchange.Exchange) exchange.Verdict {
		if len(x.Request.Path) > 1000 {
			<-leave
		}
		return exchange.Continue
	}
	p.edit = func(m *model.Model) {
		l := &m.LoadBalancers[0].Listeners[0]
		for i := range 100 {
			l.Rules = append(l.Rules, model.Rule{Priority: int32(i + 1), Actions: l.DefaultActions, Conditions: []model.Condition{
				{Field: model.HostHeader, Values: []string{"a.example"}},
				{Field: model.PathPattern, RegexValues: []string{fmt.Sprintf("(?i)^/.*team%d$", i)}},
			}})
		}
	}
	h, _, _ := onLoops(t, p)
	var waiting sync.WaitGroup
	for range 8 { // more than there are loops
		c := h.dial()
		c.get("/first")
		waiting.Go(func() {
			if a := c.get("/" + strings.Repeat("x/", 3000) + "team99"); a.StatusCode != 200 {
				t.Errorf("%d", a.StatusCode)
			}
		})
	}
	for range 8 {
		if a := h.dial().get("/other/team1"); a.StatusCode != 200 {
			t.Errorf("another one: %d", a.StatusCode)
		}
	}
	close(leave)
	waiting.Wait()
}

// TestAStepThatPanicsOnALoopEndsOneConnection also sees the loop go on.
func TestAStepThatPanicsOnALoopEndsOneConnection(t *testing.T) {
	h, _, _ := onLoops(t, plan{
		targets: []string{backend(t, echo)},
		before: func(x *exchange.Exchange) exchange.Verdict {
			if string(x.Request.Path) == "/panic" {
				panic("on purpose")
			}
			return exchange.Continue
		},
	})
	other := h.dial()
	other.get("/")
	for range 4 {
		c := h.dial()
		c.send("GET /panic HTTP/1.1\r\nHost: a.example\r\n\r\n")
		c.closed()
		if a := other.get("/"); a.StatusCode != 200 {
			t.Fatal(a.StatusCode)
		}
	}
	if n := h.set.Stats().Panics.Load(); n != 4 {
		t.Errorf("%d panics counted", n)
	}
}

// TestLoopsLeakNoDescriptors counts them before and after a life with all kinds of ends.
func TestLoopsLeakNoDescriptors(t *testing.T) {
	before := descriptors(t)
	t.Run("life", func(t *testing.T) {
		h, _, _ := onLoops(t, plan{targets: []string{backend(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/abort":
				w.Header().Set("Content-Length", "100")
				_, _ = io.WriteString(w, "short") // it breaks off next
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			default:
				echo(w, r)
			}
		})}})
		for i := range 20 {
			c := h.dial()
			switch i % 4 {
			case 0:
				c.get("/")
			case 1:
				c.send("GET /abort HTTP/1.1\r\nHost: a.example\r\n\r\n")
				if a := c.read("GET"); a.err == nil {
					t.Errorf("a whole answer: %q", a.body)
				}
			case 2:
				c.send("GET / HTTP/1.1\r\nHost")
			case 3:
				c.send("nonsense\r\n\r\n")
				c.read("GET")
				c.closed()
			}
			if i%2 == 0 {
				c.conn.Close()
			}
		}
	})
	for range 100 {
		if descriptors(t) <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d descriptors before, %d after", before, descriptors(t))
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	n := 0
	for _, f := range list {
		if to, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil && !strings.HasPrefix(to, "/") {
			n++
		}
	}
	return n
}

// TestAListenerThatTurnsToTLSTakesItsNextConnectionsSo changes what a socket serves while loops accept on it.
func TestAListenerThatTurnsToTLSTakesItsNextConnectionsSo(t *testing.T) {
	chain, key := selfSigned(t, "a.example")
	p := plan{targets: []string{backend(t, echo)}}
	h, _, _ := onLoops(t, p)
	if a := h.dial().get("/"); a.StatusCode != 200 {
		t.Fatal(a.StatusCode)
	}
	p.protocol, p.chain, p.key = model.HTTPS, chain, key
	h.compile(p)
	for range 2 { // the first one was waited for as a plain one
		c, _ := h.dialTLS(&tls.Config{ServerName: "a.example"})
		if a := c.get("/"); a.StatusCode != 200 {
			t.Error(a.StatusCode)
		}
	}
}

// TestAnIdleConnectionOnALoopHoldsHalfAKilobyte adds up what one consists of; between requests it holds nothing else.
func TestAnIdleConnectionOnALoopHoldsHalfAKilobyte(t *testing.T) {
	if size := unsafe.Sizeof(conn{}) + unsafe.Sizeof(loop.Socket{}) + unsafe.Sizeof(wire.Wire{}); size > 560 {
		t.Errorf("%d bytes", size)
	}
}

// TestAMessageOfATunnelOnALoopTakesTwoCallsEachWay has messages echoed: each is read and written once, on its way there and on
// its way back, and nobody looks whether there is more.
func TestAMessageOfATunnelOnALoopTakesTwoCallsEachWay(t *testing.T) {
	h, reads, writes := onLoops(t, plan{targets: []string{switching(t)}})
	c := h.dial()
	c.send(upgrade)
	if resp, err := http.ReadResponse(c.r, nil); err != nil || resp.StatusCode != 101 {
		t.Fatal(resp, err)
	}
	back := make([]byte, 128)
	if _, err := io.ReadFull(c.r, back[:len("early ")]); err != nil {
		t.Fatal(err)
	}
	message := strings.Repeat("m", len(back))
	r, w := reads.Load(), writes.Load()
	const messages = 200
	for range messages {
		c.send(message)
		if _, err := io.ReadFull(c.r, back); err != nil || string(back) != message {
			t.Fatalf("%q, %v", back, err)
		}
	}
	if r, w := reads.Load()-r, writes.Load()-w; r > 2*messages+4 || w > 2*messages+4 {
		t.Errorf("%d reads and %d writes for %d messages both ways", r, w, messages)
	}
	if n := h.set.loops.stats()[0].Left; n > 0 {
		t.Errorf("%d connections left their loop", n)
	}
}
