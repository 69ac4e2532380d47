package h3

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// house is a listener with this driver, in front of one target.
type house struct {
	t        *testing.T
	set      *listen.Set
	registry *upstream.Registry
	target   *httptest.Server
	address  string
	stopped  bool

	mu   sync.Mutex
	done []string
}

type toGroup struct{ group exchange.Group }

func (f toGroup) Request(x *exchange.Exchange) exchange.Verdict {
	x.BodyLimit, x.Group = 1<<20, f.group
	return exchange.Continue
}

func certificate(t *testing.T) *tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"a.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func build(t *testing.T, dialect model.Dialect, o Options, handler http.HandlerFunc) *house {
	h := &house{t: t, registry: upstream.NewRegistry(upstream.Options{}), target: httptest.NewServer(handler)}
	clock := wire.NewClock()
	var snapshot atomic.Pointer[compile.Snapshot]
	h.set = listen.New(listen.Options{
		Snapshot: snapshot.Load, Clock: clock, Logger: slog.New(slog.DiscardHandler), HTTP3: New(o).Serve,
		Forwarder: forward.New(forward.Options{Clock: clock, Done: h.note}),
	})
	group := []model.WeightedTargetGroup{{TargetGroup: "tg", Weight: 1}}
	s, _ := compile.Compile(&model.Model{
		LoadBalancers: []model.LoadBalancer{{
			ID: "lb", Type: model.Application, Dialect: dialect, Listeners: []model.Listener{{
				Port: 443, Protocol: model.HTTPS,
				DefaultActions: []model.Action{{Type: model.ActionForward, Forward: &model.Forward{TargetGroups: group}}},
			}},
		}},
		TargetGroups: []model.TargetGroup{{ID: "tg", Type: model.TargetIP, Protocol: model.TargetHTTP, Port: 80}},
	}, compile.Deps{
		DefaultCertificate: certificate(t),
		Group:              func(tg *model.TargetGroup) exchange.Group { return h.registry.Acquire(tg) },
		Filters: []compile.FilterFactory{{Name: "forward", New: func(c *compile.Config) (exchange.Filter, error) {
			return toGroup{c.Group("tg")}, nil
		}}},
	})
	snapshot.Store(s)
	at := netip.MustParseAddrPort(h.target.Listener.Addr().String())
	h.registry.SetTargets("tg", []model.Target{{ID: at.Addr().String(), Port: int32(at.Port())}})
	if err := h.set.Place([]listen.Placement{{LoadBalancer: "lb", Port: 443, Address: netip.MustParseAddrPort("127.0.0.1:0")}}); err != nil {
		t.Fatal(err)
	}
	h.address = h.set.Addresses()[0].Address.String()
	t.Cleanup(func() { h.stop(5 * time.Second) })
	return h
}

func (h *house) stop(within time.Duration) {
	if h.stopped {
		return
	}
	h.stopped = true
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	_ = h.set.Shutdown(ctx)
	h.registry.Close()
	h.target.Close()
	time.Sleep(2 * wire.Tick)
}

func (h *house) note(_ *compile.Listener, x *exchange.Exchange) {
	status := x.Log.Status
	if status == 0 {
		status = x.Response.Status
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.done = append(h.done, fmt.Sprint(x.Request.Proto, " ", status, " ", x.Log.Error))
}

// ended waits until n exchanges have been logged.
func (h *house) ended(n int) []string {
	for range 500 {
		h.mu.Lock()
		list := append([]string(nil), h.done...)
		h.mu.Unlock()
		if len(list) >= n {
			return list
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatalf("fewer than %d exchanges ended", n)
	return nil
}

func (h *house) client() *http.Client {
	tr := &http3.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "a.example"}}
	h.t.Cleanup(func() { _ = tr.Close() })
	return &http.Client{Transport: tr, Timeout: 20 * time.Second}
}

func (h *house) do(c *http.Client, method, path string, body io.Reader) (*http.Response, string, error) {
	q, err := http.NewRequest(method, "https://"+h.address+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	p, err := c.Do(q)
	if err != nil {
		return nil, "", err
	}
	defer p.Body.Close()
	b, err := io.ReadAll(p.Body)
	return p, string(b), err
}

func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Seen", r.Method+" "+r.RequestURI+" "+r.Proto+" "+r.Header.Get("Transfer-Encoding")+r.Header.Get("Content-Length"))
	b, _ := io.ReadAll(r.Body)
	_, _ = w.Write(b)
}

func TestRequestsAreServedOverHTTP3(t *testing.T) {
	h := build(t, model.DialectNginx, Options{}, echo)
	c := h.client()
	p, body, err := h.do(c, "GET", "/a/b?c=d", nil)
	if err != nil || p.ProtoMajor != 3 || p.StatusCode != 200 || body != "" || p.Header.Get("X-Seen") != "GET /a/b?c=d HTTP/1.1" {
		t.Fatalf("%v %+v", err, p)
	}
	if p.Header.Get("Alt-Svc") != "" {
		t.Error("a client that speaks HTTP/3 is told of it")
	}
	for _, n := range []int{1, 100, 70_000, 500_000} {
		want := strings.Repeat("x", n)
		for _, known := range []bool{true, false} {
			var in io.Reader = strings.NewReader(want)
			if !known {
				in = struct{ io.Reader }{in}
			}
			if _, got, err := h.do(c, "POST", "/", in); got != want || err != nil {
				t.Errorf("%d bytes, known %v: %d came back, %v", n, known, len(got), err)
			}
		}
	}
	if p, _, err := h.do(c, "POST", "/", strings.NewReader(strings.Repeat("x", 2<<20))); err == nil && p.StatusCode != 413 {
		t.Errorf("too large a body: %d", p.StatusCode)
	}
	if got := h.ended(1)[0]; got != "HTTP/3.0 200 " {
		t.Errorf("logged %q", got)
	}
}

func TestOthersAreToldOfHTTP3(t *testing.T) {
	h := build(t, model.DialectNginx, Options{}, echo)
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer tr.CloseIdleConnections()
	p, _, err := h.do(&http.Client{Transport: tr}, "GET", "/", nil)
	if err != nil || p.Header.Get("Alt-Svc") != `h3=":443"; ma=86400` {
		t.Errorf("%v, %v", p, err)
	}
}

func TestELBListenersKnowNoHTTP3(t *testing.T) {
	h := build(t, "", Options{}, echo)
	c := h.client()
	c.Timeout = 300 * time.Millisecond
	if p, _, err := h.do(c, "GET", "/", nil); err == nil {
		t.Errorf("it answered %d", p.StatusCode)
	}
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer tr.CloseIdleConnections()
	if p, _, err := h.do(&http.Client{Transport: tr}, "GET", "/", nil); err != nil || p.Header.Get("Alt-Svc") != "" {
		t.Errorf("%v, %v", p, err)
	}
}

func TestResponsesStreamAsTheyCome(t *testing.T) {
	next := make(chan bool)
	h := build(t, model.DialectNginx, Options{}, func(w http.ResponseWriter, r *http.Request) {
		for i := range 3 {
			fmt.Fprintf(w, "event %d\n", i)
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	})
	p, err := h.client().Get("https://" + h.address + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Body.Close()
	for i := range 3 {
		b := make([]byte, 8)
		if _, err := io.ReadFull(p.Body, b); err != nil || string(b) != fmt.Sprintf("event %d\n", i) {
			t.Fatalf("event %d: %q, %v", i, b, err)
		}
		next <- true
	}
}

func TestAFailureWithinABodyBreaksTheStreamOff(t *testing.T) {
	h := build(t, model.DialectNginx, Options{}, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	if _, body, err := h.do(h.client(), "GET", "/", nil); err == nil {
		t.Errorf("%q came as a whole", body)
	}
	if got := h.ended(1)[0]; got != "HTTP/3.0 200 target closed" && got != "HTTP/3.0 200 target broke off" {
		t.Errorf("logged %q", got)
	}
}

func TestTrailersPassBothWays(t *testing.T) {
	h := build(t, model.DialectNginx, Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Back")
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, "body")
		w.Header().Set("X-Back", r.Trailer.Get("X-There"))
	})
	q, _ := http.NewRequest("POST", "https://"+h.address+"/", struct{ io.Reader }{strings.NewReader("body")})
	q.Trailer = http.Header{"X-There": {"and back"}}
	p, err := h.client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Body.Close()
	b, err := io.ReadAll(p.Body)
	if string(b) != "body" || err != nil || p.Trailer.Get("X-Back") != "and back" {
		t.Errorf("%q, %v, trailers %v", b, err, p.Trailer)
	}
}

func TestMalformedRequestsAreRefused(t *testing.T) {
	h := build(t, model.DialectNginx, Options{}, echo)
	c := h.client()
	q, _ := http.NewRequest("GET", "https://"+h.address+"/", nil)
	q.Header.Set("X-Real_IP", "1.2.3.4")
	p, err := c.Do(q)
	if err != nil || p.StatusCode != 200 {
		t.Fatalf("%v, %v", p, err)
	}
	p.Body.Close()
	if p, _, err := h.do(c, "TRACE", "/", nil); err != nil || p.StatusCode != 405 {
		t.Errorf("TRACE: %v, %v", p, err)
	}
	if p, _, err := h.do(c, "GET", "/"+strings.Repeat("a", 9000), nil); err != nil || p.StatusCode != 414 {
		t.Errorf("a long target: %v, %v", p, err)
	}
}

// trickle is a body that comes byte by byte.
type trickle struct{ left int }

func (r *trickle) Read(b []byte) (int, error) {
	if r.left--; r.left < 0 {
		return 0, io.EOF
	}
	time.Sleep(20 * time.Millisecond)
	b[0] = 'x'
	return 1, nil
}

func TestABodyThatTricklesIs408UnlessItIsACallOrMayTrickle(t *testing.T) {
	for name, c := range map[string]struct {
		rate   int
		field  string
		status int
	}{
		"usual": {0, "text/plain", 408}, "a call": {0, "application/grpc", 200}, "no least rate": {-1, "text/plain", 200}, "a low rate": {5, "text/plain", 200},
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, model.DialectNginx, Options{BodyRate: c.rate, Grace: 200 * time.Millisecond}, echo)
			q, err := http.NewRequest("POST", "https://"+h.address+"/", &trickle{left: 30})
			if err != nil {
				t.Fatal(err)
			}
			q.Header.Set("Content-Type", c.field)
			p, err := h.client().Do(q)
			if err != nil {
				t.Fatal(err)
			}
			_ = p.Body.Close()
			if p.StatusCode != c.status {
				t.Errorf("%d", p.StatusCode)
			}
		})
	}
}

func TestAClientThatLeavesEndsTheRequestToTheTarget(t *testing.T) {
	begun, ended := make(chan bool), make(chan bool)
	h := build(t, model.DialectNginx, Options{}, func(w http.ResponseWriter, r *http.Request) {
		begun <- true
		<-r.Context().Done()
		ended <- true
	})
	ctx, cancel := context.WithCancel(context.Background())
	q, _ := http.NewRequestWithContext(ctx, "GET", "https://"+h.address+"/", nil)
	go func() {
		if p, err := h.client().Do(q); err == nil {
			p.Body.Close()
		}
	}()
	<-begun
	cancel()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the target still works on it")
	}
	if got := h.ended(1)[0]; got != "HTTP/3.0 499 client closed" {
		t.Errorf("logged %q", got)
	}
}

func TestShutdownLetsRequestsEnd(t *testing.T) {
	begun, finish := make(chan bool), make(chan bool)
	h := build(t, model.DialectNginx, Options{}, func(w http.ResponseWriter, r *http.Request) {
		begun <- true
		<-finish
		fmt.Fprint(w, "done")
	})
	result := make(chan error, 1)
	c := h.client()
	go func() {
		_, body, err := h.do(c, "GET", "/", nil)
		if err == nil && body != "done" {
			err = errors.New(body)
		}
		result <- err
		c.CloseIdleConnections()
	}()
	<-begun
	stopped := make(chan bool)
	go func() {
		h.stop(10 * time.Second)
		close(stopped)
	}()
	time.Sleep(100 * time.Millisecond) // the stop begins
	finish <- true
	if err := <-result; err != nil {
		t.Error(err)
	}
	<-stopped
}
