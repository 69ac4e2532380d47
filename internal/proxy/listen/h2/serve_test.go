package h2

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func do(t *testing.T, c *http.Client, method, url string, body io.Reader) (*http.Response, string) {
	t.Helper()
	q, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Body.Close()
	b, err := io.ReadAll(p.Body)
	if err != nil {
		t.Fatal(err)
	}
	return p, string(b)
}

func TestRequestsAreServedOverHTTP2(t *testing.T) {
	h := build(t, plan{})
	c := h.client()
	p, body := do(t, c, "POST", h.url("/a/b?c=d"), strings.NewReader("hello"))
	if p.ProtoMajor != 2 || p.StatusCode != 200 || body != "hello" {
		t.Fatalf("%s %d %q", p.Proto, p.StatusCode, body)
	}
	if got := p.Header.Get("X-Seen-Path") + " " + p.Header.Get("X-Seen-Length"); got != "/a/b?c=d 5" {
		t.Errorf("the target saw %q", got)
	}
	if p.Header.Get("Date") == "" || p.ContentLength != 5 {
		t.Errorf("date %q, length %d", p.Header.Get("Date"), p.ContentLength)
	}
	e := h.ended(1)[0]
	if e.status != 200 || e.bodies != 5 || e.in < 50 || e.out < 50 || e.host != "127.0.0.1" {
		t.Errorf("logged %+v", e)
	}
}

func TestBodiesOfAllSizesPassBothWays(t *testing.T) {
	h := build(t, plan{})
	c := h.client()
	for _, n := range []int{0, 1, 100, 16384, 16385, 65535, 65536, 300_000, 3_000_000} {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i * 7)
		}
		for _, known := range []bool{true, false} {
			var body io.Reader = bytes.NewReader(b)
			if !known {
				body = struct{ io.Reader }{body}
			}
			if _, got := do(t, c, "POST", h.url("/"), body); got != string(b) {
				t.Errorf("%d bytes, known %v: %d came back", n, known, len(got))
			}
		}
	}
}

func TestManyStreamsAtATime(t *testing.T) {
	h := build(t, plan{})
	c := h.client()
	var work sync.WaitGroup
	for i := range 100 {
		work.Go(func() {
			for j := range 10 {
				want := strings.Repeat(fmt.Sprintf("%d-%d ", i, j), 1000)
				if _, got := do(t, c, "POST", h.url("/"), strings.NewReader(want)); got != want {
					t.Errorf("stream %d-%d got %d bytes of %d", i, j, len(got), len(want))
				}
			}
		})
	}
	work.Wait()
	h.ended(1000)
}

func TestResponsesStreamAsTheyCome(t *testing.T) {
	next := make(chan bool)
	h := build(t, plan{handler: func(w http.ResponseWriter, r *http.Request) {
		for i := range 3 {
			fmt.Fprintf(w, "event %d\n", i)
			w.(http.Flusher).Flush()
			<-next
		}
	}})
	p, err := h.client().Get(h.url("/"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Body.Close()
	for i := range 3 {
		b := make([]byte, 100)
		n, _ := p.Body.Read(b)
		if got := string(b[:n]); got != fmt.Sprintf("event %d\n", i) {
			t.Errorf("event %d: %q", i, got)
		}
		next <- true
	}
}

func TestEarlyHintsPass(t *testing.T) {
	h := build(t, plan{handler: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(103)
		_, _ = io.WriteString(w, "page")
	}})
	hints := ""
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			hints += fmt.Sprint(code, header.Get("Link"))
			return nil
		},
	})
	q, _ := http.NewRequestWithContext(ctx, "GET", h.url("/"), nil)
	p, err := h.client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Body.Close()
	if b, _ := io.ReadAll(p.Body); string(b) != "page" || hints != "103</a.css>; rel=preload" {
		t.Errorf("%q after %q", b, hints)
	}
}

func TestIdleConnectionsEndSoonOnShutdown(t *testing.T) {
	h := build(t, plan{before: made})
	c := h.client()
	do(t, c, "GET", h.url("/"), nil)
	began := time.Now()
	if err := h.set.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if d := time.Since(began); d > time.Second {
		t.Errorf("after %v", d)
	}
}

func TestHEADAndEmptyResponses(t *testing.T) {
	h := build(t, plan{handler: func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/head":
			w.Header().Set("Content-Length", "12345")
		case "/204":
			w.WriteHeader(204)
		case "/304":
			w.WriteHeader(304)
		}
	}})
	c := h.client()
	if p, body := do(t, c, "HEAD", h.url("/head"), nil); p.ContentLength != 12345 || body != "" {
		t.Errorf("HEAD: %d %q", p.ContentLength, body)
	}
	for _, path := range []string{"/204", "/304", "/empty"} {
		if _, body := do(t, c, "GET", h.url(path), nil); body != "" {
			t.Errorf("%s: %q", path, body)
		}
	}
}

func TestResponsesMadeHere(t *testing.T) {
	h := build(t, plan{before: func(x *exchange.Exchange) exchange.Verdict {
		x.Respond(403, bytes.Repeat([]byte("no "), 30_000))
		return exchange.Respond
	}})
	if p, body := do(t, h.client(), "GET", h.url("/"), nil); p.StatusCode != 403 || len(body) != 90_000 {
		t.Errorf("%d, %d bytes", p.StatusCode, len(body))
	}
}

func TestBodiesOverTheLimitGet413(t *testing.T) {
	h := build(t, plan{limit: 1000})
	p, err := h.client().Post(h.url("/"), "text/plain", struct{ io.Reader }{bytes.NewReader(make([]byte, 5_000_000))})
	if err != nil {
		t.Fatal(err)
	}
	p.Body.Close()
	if p.StatusCode != 413 {
		t.Errorf("status %d", p.StatusCode)
	}
}

func TestABrokenTargetBreaksTheStreamAndNotTheConnection(t *testing.T) {
	h := build(t, plan{handler: func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/fine" {
			return
		}
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(make([]byte, 50000))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}})
	c := h.client()
	p, err := c.Get(h.url("/broken"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, p.Body)
	p.Body.Close()
	if err == nil || n >= 100000 {
		t.Errorf("a broken response looks complete: %d bytes", n)
	}
	if p, _ := do(t, c, "GET", h.url("/fine"), nil); p.StatusCode != 200 {
		t.Error("the connection was lost")
	}
	for _, e := range h.ended(2) {
		if (e.error != "") != (e.path == "/broken") {
			t.Errorf("logged %+v", e)
		}
	}
}

func TestClientsThatLeaveEndTheirRequest(t *testing.T) {
	begun, gone := make(chan struct{}), make(chan struct{})
	h := build(t, plan{dialect: model.DialectNginx, handler: func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(gone)
	}})
	ctx, cancel := context.WithCancel(context.Background())
	q, _ := http.NewRequestWithContext(ctx, "GET", h.url("/"), nil)
	go func() { <-begun; cancel() }()
	if _, err := h.client().Do(q); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	select {
	case <-gone:
	case <-time.After(5 * time.Second):
		t.Error("the target still works for nobody")
	}
	if e := h.ended(1)[0]; e.status != 499 {
		t.Errorf("logged %+v", e)
	}
}

func TestEarlyAnswersDoNotWaitForTheBody(t *testing.T) {
	h := build(t, plan{handler: func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		w.WriteHeader(418)
		w.(http.Flusher).Flush()
	}})
	body, write := io.Pipe()
	defer write.Close()
	go func() { _, _ = write.Write(make([]byte, 100_000)) }()
	c := h.client()
	q, _ := http.NewRequest("POST", h.url("/"), body)
	p, err := c.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	p.Body.Close()
	if p.StatusCode != 418 {
		t.Errorf("status %d", p.StatusCode)
	}
	if p, _ := do(t, c, "GET", h.url("/"), nil); p.StatusCode != 418 {
		t.Error("the connection was lost")
	}
}

func TestShutdownFinishesWhatRuns(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	h := build(t, plan{handler: func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-finish
		_, _ = io.WriteString(w, "done")
	}})
	result := make(chan string, 1)
	go func() {
		_, body := do(t, h.client(), "GET", h.url("/"), nil)
		result <- body
	}()
	<-begun
	over := make(chan error, 1)
	go func() { over <- h.set.Shutdown(context.Background()) }()
	time.Sleep(100 * time.Millisecond)
	select {
	case <-over:
		t.Error("shut down while a request ran")
	default:
	}
	close(finish)
	if body := <-result; body != "done" {
		t.Errorf("%q", body)
	}
	if err := <-over; err != nil {
		t.Error(err)
	}
}

func TestAPanicBreaksOneStream(t *testing.T) {
	h := build(t, plan{before: func(x *exchange.Exchange) exchange.Verdict {
		if string(x.Request.Path) == "/panic" {
			panic("a filter has a bug")
		}
		return exchange.Continue
	}})
	h.panics = 1
	c := h.client()
	if _, err := c.Get(h.url("/panic")); err == nil {
		t.Error("no error")
	}
	if p, _ := do(t, c, "GET", h.url("/"), nil); p.StatusCode != 200 {
		t.Error("the connection was lost")
	}
}
