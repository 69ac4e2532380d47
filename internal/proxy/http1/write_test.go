package http1

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func parsed(t *testing.T, raw string) *exchange.Exchange {
	t.Helper()
	cfg := ConfigNginx()
	x := new(exchange.Exchange)
	if n, err := ParseRequest([]byte(raw), &x.Request, &cfg); n != len(raw) || err != nil {
		t.Fatal(n, err)
	}
	return x
}

func TestNothingThatAFilterSetsCanBreakARequest(t *testing.T) {
	x := parsed(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	x.UpstreamPath = []byte("/a b\r\nX: y\x00\x7f?q")
	x.UpstreamHost = []byte("b\r\nX: y")
	x.Request.Header.Set("A", []byte("1\r\n\r\nGET /evil HTTP/1.1\x00\x7f\t2"))
	out, _ := AppendRequest(nil, x, Silent)
	want := "GET /a%20b%0D%0AX:%20y%00%7F?q HTTP/1.1\r\nHost: b  X: y\r\nA: 1    GET /evil HTTP/1.1  \t2\r\n\r\n"
	if string(out) != want {
		t.Errorf("%q", out)
	}
}

func TestNothingThatAFilterSetsCanBreakAResponse(t *testing.T) {
	x := parsed(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	x.Respond(302, nil)
	x.Response.Reason = []byte("Found\r\nX: y")
	x.Response.Header.Set("Location", []byte("/\r\nSet-Cookie: a=b"))
	out, f := AppendResponse(nil, x, Outgoing{KeepAlive: true})
	want := "HTTP/1.1 302 Found  X: y\r\nContent-Length: 0\r\nLocation: /  Set-Cookie: a=b\r\n\r\n"
	if string(out) != want || f.Kind != None || !f.KeepAlive {
		t.Errorf("%q %+v", out, f)
	}
}

func TestRequestsSayHowTheirConnectionGoesOn(t *testing.T) {
	for _, c := range []struct {
		raw  string
		say  Connection
		want string
		keep bool
	}{
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", Silent, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", KeepAlive, "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true},
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", Close, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
		{"GET / HTTP/1.1\nHost: a\r\n\r\n", KeepAlive, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
		{"POST / HTTP/1.1\r\nHost: a\r\n\r\n", Silent, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", true},
		{"DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", Silent, "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{"GET / HTTP/1.0\r\nHost: a\r\n\r\n", Silent, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{
			"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n\r\n", KeepAlive,
			"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", true,
		},
	} {
		out, f := AppendRequest(nil, parsed(t, c.raw), c.say)
		if string(out) != c.want || f.KeepAlive != c.keep {
			t.Errorf("%q: %q, keep %v", c.raw, out, f.KeepAlive)
		}
	}
}

func TestResponsesAreFramedForTheirClient(t *testing.T) {
	const get, head, old = "GET / HTTP/1.1", "HEAD / HTTP/1.1", "GET / HTTP/1.0"
	for _, c := range []struct {
		title, request string
		status         int
		length         int64
		want           string
		kind           Kind
		keep           bool
	}{
		{"length", get, 200, 5, "Content-Length: 5", Length, true},
		{"length zero", get, 200, 0, "Content-Length: 0", None, true},
		{"unknown length", get, 200, -1, "Transfer-Encoding: chunked", Chunked, true},
		{"unknown length for HTTP/1.0", old, 200, -1, "Connection: close", UntilClose, false},
		{"HEAD with length", head, 200, 5, "Content-Length: 5", None, true},
		{"HEAD without length", head, 200, -1, "", None, true},
		{"204", get, 204, 0, "", None, true},
		{"304 with length", get, 304, 5, "Content-Length: 5", None, true},
		{"304 without length", get, 304, -1, "", None, true},
		{"our own 304", get, 304, 0, "", None, true},
	} {
		raw := c.request + "\r\nHost: a\r\n"
		if c.request == old {
			raw += "Connection: keep-alive\r\n"
		}
		x := parsed(t, raw+"\r\n")
		x.Response.Status, x.Response.ContentLength = c.status, c.length
		out, f := AppendResponse(nil, x, Outgoing{KeepAlive: true})
		_, fields, _ := strings.Cut(string(out), "\r\n")
		want := c.want + "\r\n\r\n"
		if c.want == "" {
			want = "\r\n"
		}
		if fields != want || f.Kind != c.kind || f.KeepAlive != c.keep {
			t.Errorf("%s: %q, %+v", c.title, fields, f)
		}
	}
}

func TestDateIsAddedWhenTheTargetSentNone(t *testing.T) {
	x := parsed(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	x.Respond(200, nil)
	o := Outgoing{KeepAlive: true, Announce: true, Date: []byte("Fri, 20 Nov 2026 12:00:00 GMT")}
	out, _ := AppendResponse(nil, x, o)
	if want := "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: Fri, 20 Nov 2026 12:00:00 GMT\r\nConnection: keep-alive\r\n\r\n"; string(out) != want {
		t.Errorf("%q", out)
	}
	x.Response.Header.Set("date", []byte("theirs"))
	if out, _ = AppendResponse(nil, x, o); strings.Contains(string(out), "2026") {
		t.Errorf("%q", out)
	}
}

func TestAnHTTP10ClientIsToldThatItsConnectionStays(t *testing.T) {
	x := parsed(t, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
	x.Respond(200, []byte("x"))
	out, f := AppendResponse(nil, x, Outgoing{KeepAlive: true})
	if !strings.Contains(string(out), "\r\nConnection: keep-alive\r\n") || !f.KeepAlive {
		t.Errorf("%q", out)
	}
	x.Response.Close = true
	if out, f = AppendResponse(nil, x, Outgoing{KeepAlive: true}); !strings.Contains(string(out), "close") || f.KeepAlive {
		t.Errorf("%q", out)
	}
}

func TestChunkHeadsAreHexadecimal(t *testing.T) {
	for n, want := range map[int]string{1: "1\r\n", 15: "f\r\n", 16: "10\r\n", 4096: "1000\r\n", 1<<62 + 1: "4000000000000001\r\n"} {
		if got := string(AppendChunkHead(nil, n)); got != want || len(got) > MaxChunkHead {
			t.Errorf("%d: %q", n, got)
		}
	}
}
