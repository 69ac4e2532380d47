package upstream

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// plain is a target group as class nginx has it, with n targets.
func plain(n int) *model.TargetGroup {
	return &model.TargetGroup{ID: "nginx/shop/web/80", Protocol: model.TargetHTTP, Port: 80, Targets: targets(n)}
}

func targets(n int) []model.Target {
	list := make([]model.Target, n)
	for i := range list {
		list[i] = model.Target{ID: fmt.Sprintf("10.0.0.%d", i+1), Port: 8080, Pod: "pod-" + strconv.Itoa(i+1)}
	}
	return list
}

// checked is a target group as class alb has it.
func checked(n int, attributes ...model.Attribute) *model.TargetGroup {
	tg := plain(n)
	tg.ID, tg.Attributes = "alb/shop/web-svc:80", attributes
	tg.HealthCheck = &model.HealthCheck{
		Protocol: model.TargetHTTP, Port: "traffic-port", Path: "/up", IntervalSeconds: 10, TimeoutSeconds: 5,
		HealthyThreshold: 3, UnhealthyThreshold: 2, HTTPCodes: "200-299,404",
	}
	return tg
}

func registry(t testing.TB, o Options) *Registry {
	if o.Random == nil {
		o.Random = func() uint64 { return 1 << 63 }
	}
	r := NewRegistry(o)
	t.Cleanup(r.Close)
	return r
}

func acquire(t testing.TB, tg *model.TargetGroup) *Group {
	return registry(t, Options{}).Acquire(tg)
}

// world is a set of fake targets that answer health checks over pipes. It works in a synctest bubble.
type world struct {
	mu     sync.Mutex
	status map[string]int // by address; 0 refuses, -1 never answers, less answers nonsense
	asked  map[string][]time.Time
	heads  []*http.Request
}

func newWorld() *world { return &world{status: map[string]int{}, asked: map[string][]time.Time{}} }

func (w *world) set(address string, status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status[address] = status
}

func (w *world) checks(address string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.asked[address])
}

func (w *world) addresses() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.asked)
}

func (w *world) dial(_ context.Context, _, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[address] = append(w.asked[address], time.Now())
	status := w.status[address]
	if status == 0 {
		return nil, fmt.Errorf("connection to %s refused", address)
	}
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		q, err := http.ReadRequest(bufio.NewReader(theirs))
		if err != nil {
			return
		}
		w.mu.Lock()
		w.heads = append(w.heads, q)
		w.mu.Unlock()
		switch status {
		case -1:
			_, _ = io.Copy(io.Discard, theirs)
		case -2:
			_, _ = io.WriteString(theirs, "SSH-2.0-OpenSSH_9.2\r\n")
		case -3:
			_, _ = io.WriteString(theirs, "HTTP/1.1 200 OK\r\n")
			for err = nil; err == nil; {
				_, err = io.WriteString(theirs, "X-More: and more\r\n")
			}
		case -4:
			for err = nil; err == nil; {
				_, err = io.WriteString(theirs, "HTTP/1.1 103 Early Hints\r\n\r\n")
			}
		default:
			_, _ = fmt.Fprintf(theirs, "HTTP/1.1 %d Whatever\r\nX-A: b\r\nContent-Length: 0\r\n\r\n", status)
		}
	}()
	return ours, nil
}

// serve starts a real target on loopback and returns its group.
func serve(t *testing.T, secure bool, handler http.HandlerFunc, change ...func(*tls.Config)) *model.TargetGroup {
	s := httptest.NewUnstartedServer(handler)
	if secure {
		s.TLS = &tls.Config{}
		for _, c := range change {
			c(s.TLS)
		}
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	host, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	n, _ := strconv.Atoi(port)
	tg := &model.TargetGroup{ID: "g", Protocol: model.TargetHTTP, Targets: []model.Target{{ID: host, Port: int32(n)}}}
	if secure {
		tg.Protocol = model.TargetHTTPS
	}
	return tg
}

// get sends one request over c and reads the answer.
func get(t *testing.T, c *Conn) string {
	t.Helper()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	p, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(p.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func attempt(x *exchange.Exchange, t *Target) {
	x.Log.Attempts = append(x.Log.Attempts, exchange.Attempt{Address: t.Address()})
}
