package h2

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// slowClient is a client of HTTP/2 over a pipe, in time that nobody waits for.
type slowClient struct {
	*raw
	mu sync.Mutex
	// hears is what came back: names of frames with what tells them apart.
	hears []string
	// at is when.
	at    []time.Duration
	began time.Time
}

func (s *slowClient) hear(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hears = append(s.hears, what)
	s.at = append(s.at, time.Since(s.began))
}

func (s *slowClient) answered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.hears) > 0
}

func (s *slowClient) open() {
	_, _ = io.WriteString(s.conn, http2.ClientPreface) // every error shows as an early end
	_ = s.WriteSettings()
}

// long asks for a megabyte.
func (s *slowClient) long() {
	s.headers(1, true, s.fields(":method", "GET", ":scheme", "https", ":authority", "a.example", ":path", "/long"))
}

// drip does f again and again until the connection is gone, or for long.
func drip(every time.Duration, f func() error) {
	for range 10_000 {
		time.Sleep(every)
		if f() != nil {
			return
		}
	}
}

// listenTo reads frames until the end, and acknowledges nothing.
func (s *slowClient) listenTo(done chan<- struct{}) {
	defer close(done)
	status := ""
	dec := hpack.NewDecoder(4096, func(f hpack.HeaderField) {
		if f.Name == ":status" {
			status = f.Value
		}
	})
	for {
		f, err := s.ReadFrame()
		if err != nil {
			return
		}
		switch f := f.(type) {
		case *http2.HeadersFrame:
			_, _ = dec.Write(f.HeaderBlockFragment())
			s.hear(status)
		case *http2.RSTStreamFrame:
			s.hear("RST_STREAM " + f.ErrCode.String())
		case *http2.GoAwayFrame:
			s.hear("GOAWAY " + f.ErrCode.String())
		}
	}
}

var slowCases = []struct {
	name string
	do   func(s *slowClient)
	// deaf clients read nothing.
	deaf bool
	// nginx and elb are after how many seconds the connection ends.
	nginx, elb float64
	hears      string
	// nginxHears is for class nginx where it differs: it answers nothing to a pause.
	nginxHears string
}{
	{name: "no preface", do: func(*slowClient) {}, nginx: 60, elb: 60, hears: "GOAWAY NO_ERROR"},
	{
		name: "a preface byte by byte", nginx: 60, elb: 60, hears: "GOAWAY NO_ERROR",
		do: func(s *slowClient) {
			i := 0
			drip(10*time.Second, func() error { i++; _, err := io.WriteString(s.conn, http2.ClientPreface[i-1:i]); return err })
		},
	},
	{
		name: "no SETTINGS behind the preface", nginx: 60, elb: 60, hears: "GOAWAY NO_ERROR",
		do: func(s *slowClient) { _, _ = io.WriteString(s.conn, http2.ClientPreface) },
	},
	{name: "SETTINGS never acknowledged, nothing asked", do: func(s *slowClient) { s.open() }, nginx: 75, elb: 60, hears: "GOAWAY NO_ERROR"},
	{
		name: "SETTINGS never acknowledged, requests served all the same", nginx: 75, elb: 60, hears: "200, GOAWAY NO_ERROR",
		do: func(s *slowClient) { s.open(); s.get(1) },
	},
	{
		name: "PING without end", nginx: 75, elb: 60, hears: "GOAWAY NO_ERROR",
		do: func(s *slowClient) {
			s.open()
			drip(time.Second, func() error { return s.WritePing(false, [8]byte{}) })
		},
	},
	{
		name: "a header block that does not end", nginx: 60, elb: 60, hears: "GOAWAY NO_ERROR",
		do: func(s *slowClient) {
			s.open()
			_ = s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: s.usual()})
		},
	},
	{
		name: "a header block in drops", nginx: 60, elb: 60, hears: "GOAWAY NO_ERROR",
		do: func(s *slowClient) {
			s.open()
			block := s.usual("x", strings.Repeat("y", 1000))
			_ = s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block[:20]})
			at := 20
			drip(5*time.Second, func() error { at++; return s.WriteContinuation(1, false, block[at-1:at]) })
		},
	},
	{
		name: "no body, and then nothing", nginx: 60 + 75, elb: 60 + 60, hears: "408, RST_STREAM NO_ERROR, GOAWAY NO_ERROR", nginxHears: "RST_STREAM INTERNAL_ERROR, GOAWAY NO_ERROR",
		do: func(s *slowClient) { s.open(); s.headers(1, false, s.usual("content-length", "10")) },
	},
	{
		name: "a body byte by byte, and then nothing", nginx: 10 + 75, elb: 10 + 60, hears: "408, RST_STREAM NO_ERROR, GOAWAY NO_ERROR",
		do: func(s *slowClient) {
			s.open()
			s.headers(1, false, s.usual("content-length", "100000"))
			for range 14 {
				time.Sleep(time.Second)
				_ = s.WriteData(1, false, []byte("x"))
			}
		},
	},
	{
		name: "no window for a long answer, ever", nginx: 60 + 75, elb: 60 + 60, hears: "200, RST_STREAM CANCEL, GOAWAY NO_ERROR",
		do: func(s *slowClient) { s.open(); s.long() },
	},
	{
		name: "a window of nothing from the beginning", nginx: 60 + 75, elb: 60 + 60, hears: "200, RST_STREAM CANCEL, GOAWAY NO_ERROR",
		do: func(s *slowClient) {
			_, _ = io.WriteString(s.conn, http2.ClientPreface)
			_ = s.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
			s.long()
		},
	},
	{
		name: "a window for the stream in drops, and none for the connection", nginx: 60 + 75, elb: 60 + 60, hears: "200, RST_STREAM CANCEL, GOAWAY NO_ERROR",
		do: func(s *slowClient) {
			s.open()
			s.long()
			for range 5 {
				time.Sleep(10 * time.Second)
				_ = s.WriteWindowUpdate(1, 1)
			}
		},
	},
	{
		name: "a client that reads nothing", deaf: true, nginx: 60, elb: 60,
		do: func(s *slowClient) { s.open(); s.long() },
	},
}

// TestSlowClientsOfHTTP2EndInTime is listen's test of that name for this protocol. There is one driver for it.
func TestSlowClientsOfHTTP2EndInTime(t *testing.T) {
	for _, dialect := range []model.Dialect{model.DialectNginx, model.DialectELB} {
		for _, c := range slowCases {
			t.Run(fmt.Sprintf("%s %s", dialect, c.name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					want, says := c.elb, c.hears
					if dialect == model.DialectNginx {
						want = c.nginx
						says = cmp.Or(c.nginxHears, says)
					}
					after, s := playSlow(t, dialect, c.do, c.deaf)
					if seconds := after.Seconds(); seconds < want || seconds > want+6 {
						t.Errorf("ended after %.1f s, not %v", seconds, want)
					}
					if got := strings.Join(s.hears, ", "); !c.deaf && got != says {
						t.Errorf("heard %q, not %q", got, says)
					}
				})
			})
		}
	}
}

// TestTheEndOfAResponseAndTheResetBehindItComeApart: there are clients that lose the response otherwise.
func TestTheEndOfAResponseAndTheResetBehindItComeApart(t *testing.T) {
	for name, c := range map[string]struct {
		then  func(s *slowClient)
		hears string
	}{
		"the client waits":   {func(*slowClient) {}, "408, RST_STREAM NO_ERROR, GOAWAY NO_ERROR"},
		"it comes to an end": {func(s *slowClient) { _ = s.WriteData(1, true, []byte("x")) }, "408, GOAWAY NO_ERROR"},
		"it resets":          {func(s *slowClient) { _ = s.WriteRSTStream(1, http2.ErrCodeCancel) }, "408, GOAWAY NO_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, s := playSlow(t, model.DialectELB, func(s *slowClient) {
					s.open()
					s.headers(1, false, s.usual("content-length", "100000"))
					for !s.answered() {
						time.Sleep(time.Second)
						_ = s.WriteData(1, false, []byte("x"))
						synctest.Wait()
					}
					c.then(s)
				}, false)
				if got := strings.Join(s.hears, ", "); got != c.hears {
					t.Fatalf("heard %q", got)
				}
				if apart := s.at[1] - s.at[0]; apart < 250*time.Millisecond {
					t.Errorf("%v apart", apart)
				}
			})
		})
	}
}

// playSlow serves one client until its end.
func playSlow(t *testing.T, dialect model.Dialect, do func(*slowClient), deaf bool) (time.Duration, *slowClient) {
	began := time.Now()
	clock := wire.NewClock()
	var targets sync.WaitGroup
	registry := upstream.NewRegistry(upstream.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		targets.Go(func() { answerAll(theirs) })
		return ours, nil
	}})
	var snapshot atomic.Pointer[compile.Snapshot]
	p := plan{dialect: dialect, limit: -1}
	snapshot.Store(compiled(registry, &p))
	registry.SetTargets("tg", []model.Target{{ID: "10.0.0.1", Port: 80}})

	ours, theirs := net.Pipe()
	w := wire.New(ours, clock)
	over := tls.Server(w, &tls.Config{Certificates: []tls.Certificate{*certificate()}, NextProtos: []string{"h2"}})
	client := tls.Client(theirs, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	shaken := make(chan error)
	go func() { shaken <- client.Handshake() }()
	if err := over.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-shaken; err != nil {
		t.Fatal(err)
	}
	served := make(chan time.Duration, 1)
	go func() {
		New(Options{}).Serve(&listen.Handoff{
			TLS: over, Wire: w, Info: &exchange.Conn{Remote: netip.MustParseAddrPort("10.0.0.9:1000")},
			Listener:  func() *compile.Listener { return snapshot.Load().Listener("lb", 443) },
			Forwarder: forward.New(forward.Options{Clock: clock}),
			Date:      func() []byte { return []byte("Thu, 01 Jan 1970 00:00:00 GMT") },
			Closing:   func() bool { return false },
		})
		_ = w.Close()
		served <- time.Since(began)
	}()
	s := &slowClient{raw: &raw{t: t, conn: client, Framer: http2.NewFramer(client, client)}, began: began}
	s.AllowIllegalWrites = true
	s.enc = hpack.NewEncoder(&s.block)
	heard := make(chan struct{})
	if deaf {
		close(heard)
	} else {
		go s.listenTo(heard)
	}
	do(s)
	after := <-served
	<-heard
	_ = theirs.Close()
	registry.Close()
	targets.Wait()
	time.Sleep(2 * time.Second) // the clock and the driver's sweep stop at their next turn
	return after, s
}

// answerAll is a target that answers everything whose body came to its end, with a megabyte where that is asked for.
func answerAll(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		q, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, q.Body); err != nil {
			return
		}
		size := 2
		if q.URL.Path == "/long" {
			size = 1 << 20
		}
		if _, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("o", size)); err != nil {
			return
		}
	}
}
