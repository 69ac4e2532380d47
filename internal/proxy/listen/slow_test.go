package listen

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// slowRig is a Set whose connections are pipes, so that clients may take hours of a clock that nobody waits for.
type slowRig struct {
	t        *testing.T
	set      *Set
	socket   *socket
	registry *upstream.Registry
	clock    *wire.Clock
	snapshot atomic.Pointer[compile.Snapshot]
	targets  sync.WaitGroup
}

func newSlowRig(t *testing.T, dialect model.Dialect, protocol model.ListenerProtocol) *slowRig {
	r := &slowRig{t: t, clock: wire.NewClock()}
	r.registry = upstream.NewRegistry(upstream.Options{Dial: r.dialTarget})
	r.furnish(dialect, protocol)
	return r
}

// furnish makes the Set, for one listener.
func (r *slowRig) furnish(dialect model.Dialect, protocol model.ListenerProtocol) {
	t := r.t
	house := &house{t: t, registry: r.registry, clock: r.clock}
	p := plan{dialect: dialect, protocol: protocol, targets: []string{"10.0.0.1:80"}}
	if protocol == model.HTTPS {
		p.chain, p.key = selfSigned(t, "a.example")
	}
	p.before = refuseSlow
	house.compile(p)
	r.snapshot.Store(house.snapshot.Load())
	r.set = New(Options{
		Snapshot: r.snapshot.Load, Clock: r.clock, Logger: slog.New(slog.DiscardHandler),
		Forwarder: forward.New(forward.Options{Clock: r.clock, Done: func(*compile.Listener, *exchange.Exchange) {}}),
		Driver:    Goroutines,
	})
	r.socket = &socket{set: r.set, asked: Placement{LoadBalancer: "lb", Port: 80}, clients: map[netip.Addr]int{}}
	r.socket.tls.init(r.socket)
}

// refuseSlow refuses what asks for it.
func refuseSlow(x *exchange.Exchange) exchange.Verdict {
	if string(x.Request.Path) != "/refused" {
		return exchange.Continue
	}
	x.Respond(403, []byte("refused"))
	return exchange.Respond
}

// dialTarget makes a target that answers 200 to everything, and 1 MB to /large.
func (r *slowRig) dialTarget(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	r.targets.Go(func() {
		defer theirs.Close()
		in := bufio.NewReader(theirs)
		for {
			q, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, q.Body); err != nil {
				return
			}
			size := 2
			if q.URL.Path == "/large" {
				size = 1 << 20
			}
			if _, err := fmt.Fprintf(theirs, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("o", size)); err != nil {
				return
			}
		}
	})
	return ours, nil
}

// slowClient is a client that may take its time.
type slowClient struct {
	t     *testing.T
	conn  net.Conn
	began time.Time
	mu    sync.Mutex
	got   strings.Builder
	ended time.Duration
	done  chan struct{}
}

// connectTLS is connect for a client that has shaken hands, and reads.
func (r *slowRig) connectTLS() *slowClient {
	s := r.connect(false)
	over := tls.Client(s.conn, &tls.Config{InsecureSkipVerify: true})
	if err := over.Handshake(); err != nil {
		r.t.Fatal(err)
	}
	s.conn = over
	go s.read()
	return s
}

// connect opens a connection. A client that reads does so at once, all the time.
func (r *slowRig) connect(reads bool) *slowClient {
	ours, theirs := net.Pipe()
	at := netip.MustParseAddrPort("10.0.0.9:1000")
	c := newConn(r.socket, at, at)
	c.wire = wire.New(ours, r.clock)
	c.onReadable = c.readable
	if !r.socket.admit(at.Addr()) {
		r.t.Fatal("not admitted")
	}
	r.socket.enroll(c, func() { go c.run() })
	s := &slowClient{t: r.t, conn: theirs, began: time.Now(), done: make(chan struct{})}
	if reads {
		go s.read()
	}
	return s
}

// read reads until the end.
func (s *slowClient) read() {
	defer close(s.done)
	buf := make([]byte, 4096)
	for {
		n, err := s.conn.Read(buf)
		s.mu.Lock()
		s.got.Write(buf[:n])
		s.ended = time.Since(s.began)
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// send sends as far as the proxy takes it, and says whether it took it all.
func (s *slowClient) send(text string) bool {
	_, err := io.WriteString(s.conn, text)
	return err == nil
}

// drip sends text again and again, with a pause before each, until the proxy takes no more or times is reached.
func (s *slowClient) drip(text string, every time.Duration, times int) (sent int) {
	for sent < times {
		time.Sleep(every)
		if !s.send(text) {
			break
		}
		sent++
	}
	return sent
}

// over waits for the end of the connection and says when it came and what was answered.
func (s *slowClient) over() (after time.Duration, answer string) {
	<-s.done
	return s.ended, s.got.String()
}

func (r *slowRig) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := r.set.Shutdown(ctx); err != nil {
		r.t.Log("connections were cut at the end")
	}
	r.registry.Close()
	r.targets.Wait()
	time.Sleep(2 * wire.Tick) // the clock stops at its next tick
}

const slowHead = "GET / HTTP/1.1\r\nHost: a.example\r\n"

func slowPost(fields string) string {
	return "POST / HTTP/1.1\r\nHost: a.example\r\n" + fields + "\r\n\r\n"
}

// portion is what a slow client sends: the text, after a pause, so many times; once when that is 0.
type portion struct {
	text  string
	pause time.Duration
	times int
}

// forever is longer than any limit.
const forever = 1_000_000

// slowCases are what clients can withhold. Each ends between from and to seconds after it began. status is what ELB
// answers, and nginx when both is set; nginx else says nothing to slow clients. The least rate of bodies is neither's, and
// told by both.
var slowCases = []struct {
	name     string
	send     []portion
	from, to float64
	// nginx is the end for class nginx where it is another.
	nginxFrom, nginxTo float64
	status             string
	both               bool
}{
	{name: "nothing at all", from: 60, to: 61, status: "408"},
	{name: "half a head", send: []portion{{text: slowHead}}, from: 60, to: 61, status: "408"},
	{
		name: "a head byte by byte: the time is for all of it", from: 60, to: 66, status: "408",
		send: []portion{{"X", 5 * time.Second, forever}},
	},
	{
		name: "a head field by field", from: 60, to: 71, status: "408",
		send: []portion{{text: slowHead}, {"X: y\r\n", 10 * time.Second, forever}},
	},
	{name: "an empty line, and nothing more", send: []portion{{text: "\r\n"}}, from: 60, to: 61, status: "408"},
	{
		name: "a second head, after a first request", from: 90, to: 96, status: "408",
		send: []portion{{text: slowHead + "\r\n"}, {text: slowHead, pause: 30 * time.Second}, {"X: y\r\n", 5 * time.Second, forever}},
	},
	{
		name: "no next request", send: []portion{{text: slowHead + "\r\n"}}, from: 60, to: 61, nginxFrom: 75, nginxTo: 76,
		status: "200", both: true,
	},
	{name: "no body", from: 60, to: 61, status: "408", send: []portion{{text: slowPost("Content-Length: 10")}}},
	{name: "half a body", from: 60, to: 61, status: "408", send: []portion{{text: slowPost("Content-Length: 10") + "hello"}}},
	{
		name: "a long body byte by byte: it is slower than anybody needs", from: 10, to: 13, status: "408", both: true,
		send: []portion{{text: slowPost("Content-Length: 1000000")}, {"x", time.Second, forever}},
	},
	{
		name: "a short body byte by byte", from: 10, to: 13, status: "408", both: true,
		send: []portion{{text: slowPost("Content-Length: 1000")}, {"x", time.Second, forever}},
	},
	{
		name: "chunks byte by byte", from: 10, to: 13, status: "408", both: true,
		send: []portion{{text: slowPost("Transfer-Encoding: chunked")}, {"1\r\nx\r\n", time.Second, forever}},
	},
	{
		name: "a chunk extension byte by byte: framing is no body", from: 10, to: 62, status: "408",
		send: []portion{{text: slowPost("Transfer-Encoding: chunked") + "1;"}, {"a", 5 * time.Second, forever}},
	},
	{
		name: "a chunk size that came with the head, and nothing more", from: 60, to: 61, status: "408",
		send: []portion{{text: slowPost("Transfer-Encoding: chunked") + "1"}},
	},
	{
		name: "trailers byte by byte", from: 10, to: 62, status: "408",
		send: []portion{{text: slowPost("Transfer-Encoding: chunked") + "1\r\nx\r\n0\r\nX: "}, {"a", 5 * time.Second, forever}},
	},
	{
		name: "a body that waits for its invitation, which it got", from: 60, to: 61, status: "100", both: true,
		send: []portion{{text: slowPost("Expect: 100-continue\r\nContent-Length: 10")}},
	},
	{
		name: "a refused request's body never comes", from: 1, to: 3, status: "403", both: true,
		send: []portion{{text: strings.Replace(slowPost("Content-Length: 10"), "/", "/refused", 1)}},
	},
	{
		name: "a refused request's body drips", from: 1, to: 4, status: "403", both: true,
		send: []portion{{text: strings.Replace(slowPost("Content-Length: 10000"), "/", "/refused", 1)}, {"x", 300 * time.Millisecond, forever}},
	},
}

// judgeSlow compares how a slow case ended with what must be.
func judgeSlow(t *testing.T, i int, dialect model.Dialect, after time.Duration, answer string) {
	t.Helper()
	c := &slowCases[i]
	from, to := c.from, c.to
	if dialect == model.DialectNginx && c.nginxTo > 0 {
		from, to = c.nginxFrom, c.nginxTo
	}
	if seconds := after.Seconds(); seconds < from || seconds > to {
		t.Errorf("ended after %.1f s, not %v to %v", seconds, from, to)
	}
	switch says := strings.HasPrefix(answer, "HTTP/1.1 "+c.status); {
	case dialect == model.DialectNginx && !c.both:
		if answer != "" && !strings.HasPrefix(answer, "HTTP/1.1 200") {
			t.Errorf("answered %.80q to a slow client", answer)
		}
	case !says && !(c.status == "408" && strings.Contains(answer, "HTTP/1.1 408")):
		t.Errorf("answered %.80q, not %s", answer, c.status)
	}
}

// TestSlowClientsEndInTime plays the cases with goroutines; slowloop_linux_test.go plays them on an event loop.
func TestSlowClientsEndInTime(t *testing.T) {
	for _, protocol := range []model.ListenerProtocol{model.HTTP, model.HTTPS} {
		for _, dialect := range dialectsOfListeners {
			for i, c := range slowCases {
				t.Run(fmt.Sprintf("%s %s %s", protocol, dialect, c.name), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						r := newSlowRig(t, dialect, protocol)
						defer r.close()
						connect := r.connectTLS
						if protocol == model.HTTP {
							connect = func() *slowClient { return r.connect(true) }
						}
						s := connect()
						for _, p := range c.send {
							s.drip(p.text, p.pause, max(p.times, 1))
						}
						after, answer := s.over()
						s.conn.Close()
						judgeSlow(t, i, dialect, after, answer)
					})
				})
			}
		}
	}
}

func TestClientsThatAreSlowButFastEnoughAreServed(t *testing.T) {
	for name, do := range map[string]func(s *slowClient){
		"300 bytes a second for five minutes": func(s *slowClient) {
			s.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 90000\r\n\r\n")
			s.drip(strings.Repeat("x", 300), time.Second, 300)
		},
		"bursts with long pauses": func(s *slowClient) {
			s.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100000\r\n\r\n")
			s.send(strings.Repeat("x", 20000))
			s.drip(strings.Repeat("x", 20000), 50*time.Second, 4)
		},
		"a head that takes 50 seconds": func(s *slowClient) {
			s.send(slowHead)
			s.drip("X: y\r\n", 10*time.Second, 5)
			s.send("\r\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newSlowRig(t, model.DialectELB, model.HTTP)
				defer r.close()
				s := r.connect(true)
				do(s)
				_, answer := s.over() // when the next request does not come
				s.conn.Close()
				if !strings.HasPrefix(answer, "HTTP/1.1 200") {
					t.Errorf("answered %.80q", answer)
				}
			})
		})
	}
}

func TestAClientThatTakesNothingOfItsAnswerIsBrokenOffInTime(t *testing.T) {
	for _, dialect := range dialectsOfListeners {
		synctest.Test(t, func(t *testing.T) {
			r := newSlowRig(t, dialect, model.HTTP)
			defer r.close()
			s := r.connect(false)
			s.send("GET /large HTTP/1.1\r\nHost: a.example\r\n\r\n")
			for r.clock.Count() > 0 && time.Since(s.began) < 5*time.Minute {
				time.Sleep(wire.Tick)
			}
			if after := time.Since(s.began).Seconds(); after < 60 || after > 62 {
				t.Errorf("%q: broken off after %.1f s", dialect, after)
			}
			s.conn.Close()
		})
	}
}

func TestATLSHandshakeHasItsTime(t *testing.T) {
	for name, do := range map[string]func(s *slowClient){
		"nothing":         func(*slowClient) {},
		"half a hello":    func(s *slowClient) { s.send("\x16\x03\x01\x02\x00\x01\x00") },
		"a hello in bits": func(s *slowClient) { s.send("\x16\x03\x01\x02\x00"); s.drip("\x01", time.Second, 600) },
		"a hello, and no more": func(s *slowClient) {
			c := tls.Client(onlyHello{s.conn, new(int)}, &tls.Config{InsecureSkipVerify: true})
			_ = c.Handshake() // it does not come to its end
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newSlowRig(t, model.DialectELB, model.HTTPS)
				defer r.close()
				s := r.connect(true)
				do(s)
				after, _ := s.over()
				s.conn.Close()
				if seconds := after.Seconds(); seconds < 10 || seconds > 17 {
					t.Errorf("ended after %.1f s", seconds)
				}
			})
		})
	}
}

// onlyHello lets a client's first message through, and swallows what follows.
type onlyHello struct {
	net.Conn
	writes *int
}

func (o onlyHello) Write(p []byte) (int, error) {
	if *o.writes++; *o.writes > 1 {
		return len(p), nil
	}
	return o.Conn.Write(p)
}

// Read gives nothing: the slow client reads by itself.
func (o onlyHello) Read([]byte) (int, error) { return 0, io.EOF }
