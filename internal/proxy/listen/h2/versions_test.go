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

	"golang.org/x/net/http2"

	"github.com/gwanmun/gwanmun/internal/model"
)

// onBoth runs a test with targets of HTTP/1.1 and of HTTP/2: what a client sees is the same.
func onBoth(t *testing.T, test func(t *testing.T, version model.ProtocolVersion)) {
	for _, version := range []model.ProtocolVersion{"", model.HTTP2} {
		t.Run("target "+string(version), func(t *testing.T) { test(t, version) })
	}
}

func TestChunksPassThroughAndStreamWithoutDelay(t *testing.T) {
	onBoth(t, func(t *testing.T, version model.ProtocolVersion) {
		next := make(chan bool)
		h := build(t, plan{version: version, handler: func(w http.ResponseWriter, r *http.Request) {
			for i := range 3 {
				fmt.Fprintf(w, "event %d\n", i)
				_ = http.NewResponseController(w).Flush()
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
		if n, err := p.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("at the end: %d, %v", n, err)
		}
	})
}

// TestTalkingBothWays has request and answer depend on each other, piece by piece, as gRPC streams do.
func TestTalkingBothWays(t *testing.T) {
	h := build(t, plan{version: model.GRPC, handler: func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		_ = http.NewResponseController(w).Flush()
		b := make([]byte, 100)
		for {
			n, err := r.Body.Read(b)
			fmt.Fprintf(w, "<%s>", b[:n])
			_ = http.NewResponseController(w).Flush()
			if err != nil {
				return
			}
		}
	}})
	in, out := io.Pipe()
	q, err := http.NewRequest("POST", h.url("/p.S/M"), in)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/grpc")
	p, err := h.client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Body.Close()
	for i := range 5 {
		fmt.Fprintf(out, "%d", i)
		want := fmt.Sprintf("<%d>", i)
		b := make([]byte, len(want))
		if _, err := io.ReadFull(p.Body, b); err != nil || string(b) != want {
			t.Fatalf("%q, %v", b, err)
		}
	}
	out.Close()
	if b, err := io.ReadAll(p.Body); err != nil || string(b) != "<>" {
		t.Errorf("at the end: %q, %v", b, err)
	}
}

// TestCallsMayBeQuietAndOtherBodiesMayNot sends a body slower than the least speed.
func TestCallsMayBeQuietAndOtherBodiesMayNot(t *testing.T) {
	for kind, want := range map[string]string{"application/grpc+proto": "200", "application/grpc-web": "408", "text/plain": "408"} {
		t.Run(kind, func(t *testing.T) {
			h := build(t, plan{version: model.HTTP2, options: Options{Grace: 100 * time.Millisecond}, handler: echo})
			r := h.dial()
			r.headers(1, false, r.fields(":method", "POST", ":scheme", "https", ":authority", "a.example", ":path", "/p.S/M", "content-type", kind))
			go func() {
				for i := range 10 {
					time.Sleep(50 * time.Millisecond)
					_ = r.WriteData(1, i == 9, []byte("x"))
				}
			}()
			if a := r.read(1); a.status != want || want == "200" && a.body != "xxxxxxxxxx" {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestBodiesOfAllSizesReachTargetsOfHTTP2(t *testing.T) {
	h := build(t, plan{version: model.HTTP2})
	c := h.client()
	for _, n := range []int{0, 1, 16384, 16385, 65535, 65536, 300_000, 3_000_000} {
		b := bytes.Repeat([]byte("0123456789abcdef!"), n/17+1)[:n]
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

func TestManyStreamsShareFewConnectionsToTheTarget(t *testing.T) {
	var mu sync.Mutex
	from := map[string]bool{}
	h := build(t, plan{version: model.HTTP2, handler: func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		from[r.RemoteAddr] = true
		mu.Unlock()
		echo(w, r)
	}})
	c := h.client()
	var work sync.WaitGroup
	for i := range 60 {
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
	if len(from) > 3 {
		t.Errorf("%d connections", len(from))
	}
}

func TestHintsOfTargetsPass(t *testing.T) {
	onBoth(t, func(t *testing.T, version model.ProtocolVersion) {
		h := build(t, plan{version: version, handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</a.css>")
			w.WriteHeader(103)
			w.WriteHeader(102)
			w.Header().Del("Link")
			fmt.Fprint(w, "done")
		}})
		var hints []string
		trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			hints = append(hints, fmt.Sprint(code, header.Get("Link")))
			return nil
		}}
		q, _ := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), "GET", h.url("/"), nil)
		p, err := h.client().Do(q)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(p.Body)
		p.Body.Close()
		if string(b) != "done" || len(hints) != 1 || hints[0] != "103</a.css>" {
			t.Errorf("%q after %v", b, hints)
		}
	})
}

func TestAnAnswerMayComeBeforeTheBodyHasEnded(t *testing.T) {
	onBoth(t, func(t *testing.T, version model.ProtocolVersion) {
		h := build(t, plan{version: version, handler: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(413)
			fmt.Fprint(w, "too much")
		}})
		in, out := io.Pipe()
		defer out.Close()
		go func() {
			for {
				if _, err := out.Write(make([]byte, 10_000)); err != nil {
					return
				}
			}
		}()
		q, _ := http.NewRequest("POST", h.url("/"), in)
		p, err := h.client().Do(q)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p.Body)
		p.Body.Close()
		if p.StatusCode != 413 || string(b) != "too much" || err != nil {
			t.Errorf("%d %q %v", p.StatusCode, b, err)
		}
	})
}

func TestAFailureWithinABodyBreaksTheStreamOffAndAddsNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, version model.ProtocolVersion) {
		h := build(t, plan{version: version, handler: func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "half")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}})
		p, err := h.client().Get(h.url("/"))
		if err != nil {
			t.Fatal(err)
		}
		defer p.Body.Close()
		b, err := io.ReadAll(p.Body)
		var reset http2.StreamError
		if string(b) != "half" || err == nil {
			t.Errorf("%q, %v", b, err)
		} else if errors.As(err, &reset) && reset.Code != http2.ErrCodeInternal {
			t.Errorf("%v", err)
		}
		if e := h.ended(1)[0]; e.status != 200 || e.error == "" || e.bodies != 4 {
			t.Errorf("logged %+v", e)
		}
	})
}

func TestAClientThatLeavesEndsTheRequestToTheTarget(t *testing.T) {
	onBoth(t, func(t *testing.T, version model.ProtocolVersion) {
		begun, ended := make(chan bool), make(chan bool)
		h := build(t, plan{version: version, handler: func(w http.ResponseWriter, r *http.Request) {
			begun <- true
			<-r.Context().Done()
			ended <- true
		}})
		ctx, cancel := context.WithCancel(context.Background())
		q, _ := http.NewRequestWithContext(ctx, "GET", h.url("/"), nil)
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
		if e := h.ended(1)[0]; e.status != 460 || e.error != "client closed" {
			t.Errorf("logged %+v", e)
		}
	})
}

func TestTrailersPassBothWays(t *testing.T) {
	onBoth(t, func(t *testing.T, version model.ProtocolVersion) {
		h := build(t, plan{version: version, handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Back")
			_, _ = io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, "body")
			w.Header().Set("X-Back", r.Trailer.Get("X-There"))
			w.Header().Set(http.TrailerPrefix+"X-Late", "1")
			w.Header().Set(http.TrailerPrefix+"Set-Cookie", "a=b")
		}})
		q, _ := http.NewRequest("POST", h.url("/"), struct{ io.Reader }{strings.NewReader("body")})
		q.Trailer = http.Header{"X-There": {"and back"}, "X-Forwarded-For": {"10.0.0.1"}}
		p, err := h.client().Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Body.Close()
		b, err := io.ReadAll(p.Body)
		if string(b) != "body" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		if p.Trailer.Get("X-Back") != "and back" || p.Trailer.Get("X-Late") != "1" || p.Trailer.Get("Set-Cookie") != "" {
			t.Errorf("trailers %v", p.Trailer)
		}
	})
}

func TestASlowClientDoesNotHoldUpOthersOnTheSameConnectionToTheTarget(t *testing.T) {
	h := build(t, plan{version: model.HTTP2, handler: func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/big" {
			_, _ = w.Write(make([]byte, 50<<20))
			return
		}
		fmt.Fprint(w, "small")
	}})
	for range 4 {
		p, err := h.client().Get(h.url("/big"))
		if err != nil {
			t.Fatal(err)
		}
		defer p.Body.Close() // nobody reads it
	}
	c := h.client()
	for range 20 {
		if _, got := do(t, c, "GET", h.url("/"), nil); got != "small" {
			t.Fatalf("%q", got)
		}
	}
}
