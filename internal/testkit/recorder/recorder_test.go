package recorder

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// heard is what one connection's bytes are recorded as.
func heard(t *testing.T, o Options, text string) []*Request {
	t.Helper()
	r, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c, err := net.Dial("tcp", r.Address())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	_ = c.(*net.TCPConn).CloseWrite()
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.Copy(io.Discard, c) // until the recorder has read it all
	c.Close()
	return r.Take(5 * time.Second)
}

func TestCleanRequestsAreRecordedWithoutComplaint(t *testing.T) {
	got := heard(t, Options{}, "POST /a?b HTTP/1.1\r\nHost: a.example:80\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
	if len(got) != 1 {
		t.Fatalf("%d requests", len(got))
	}
	q := got[0]
	if !q.Complete || len(q.Wrong) > 0 || q.Method != "POST" || q.Target != "/a?b" || string(q.Body) != "hello" || !q.Chunked || q.Length != 5 {
		t.Errorf("%+v", q)
	}
	if v, ok := q.Get("x"); !ok || v != "y" {
		t.Errorf("field %q, %v", v, ok)
	}
}

func TestWhatCanBeReadInTwoWaysIsComplainedAbout(t *testing.T) {
	o := Options{Owned: []string{"x-real-ip", "x-original-*"}, Forged: "forged"}
	const head = "GET / HTTP/1.1\r\nHost: a\r\n"
	for text, complaint := range map[string]string{
		"GET / HTTP/1.1\nHost: a\r\n\r\n":                                  "LF alone",
		"GET  / HTTP/1.1\r\nHost: a\r\n\r\n":                               "request line",
		"GET / HTTP/1.0\r\nHost: a\r\n\r\n":                                "version",
		"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n":                              "not for targets",
		"GET a HTTP/1.1\r\nHost: a\r\n\r\n":                                "origin form",
		"GET / HTTP/1.1\r\n\r\n":                                           "0 Host",
		head + "Host: b\r\n\r\n":                                           "2 Host",
		head + "A: b\r\n c\r\n\r\n":                                        "folded",
		head + "A : b\r\n\r\n":                                             "field",
		head + "A: b\x00\r\n\r\n":                                          "control byte",
		head + "A: b\rc\r\n\r\n":                                           "control byte",
		head + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n":            "2 Content-Length",
		head + "Content-Length: +0\r\n\r\n":                                "Content-Length",
		head + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n":   "1 Content-Length and 1",
		head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n":              "Transfer-Encoding",
		head + "Content_Length: 5\r\n\r\n":                                 "looks like content-length",
		head + "Te: trailers\r\n\r\n":                                      "ends at a proxy",
		head + "Connection: x-a\r\n\r\n":                                   "nominates",
		head + "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n":               "Upgrade",
		head + "X-Real-IP: forged\r\n\r\n":                                 "client's own",
		head + "X-Original-URL: /forged\r\n\r\n":                           "client's own",
		head + "\r\nGET /2":                                                "behind the request",
		head + "Transfer-Encoding: chunked\r\n\r\n0;a\r\n\r\n":             "chunk size",
		head + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n":    "behind a chunk",
		head + "Transfer-Encoding: chunked\r\n\r\n0\r\nHost: evil\r\n\r\n": "must not be one",
	} {
		got := heard(t, o, text)
		if len(got) == 0 || !strings.Contains(strings.Join(got[0].Wrong, "; "), complaint) {
			t.Errorf("%q: no complaint about %q: %+v", text, complaint, got)
		}
	}
}

func TestARequestThatBreaksOffIsNotComplete(t *testing.T) {
	got := heard(t, Options{}, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc")
	if len(got) != 1 || got[0].Complete || got[0].Length != 3 {
		t.Errorf("%+v", got)
	}
}

func TestAnswersAreSentAsTheyStand(t *testing.T) {
	r, err := Start(Options{Answer: func(q *Request) *Answer {
		if q.Target == "/raw" {
			return &Answer{Pieces: [][]byte{[]byte("HTTP/1.1 200 OK\r\n"), []byte("Content-Length: 3\r\n\r\nraw")}, Pause: time.Millisecond, Close: true}
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c, err := net.Dial("tcp", r.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	in := bufio.NewReader(c)
	for target, want := range map[string]string{"/echo": "GET /echo"} {
		_, _ = io.WriteString(c, "GET "+target+" HTTP/1.1\r\nHost: a\r\n\r\n")
		a, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := io.ReadAll(a.Body); string(b) != want {
			t.Errorf("%s: %q", target, b)
		}
	}
	_, _ = io.WriteString(c, "GET /raw HTTP/1.1\r\nHost: a\r\n\r\n")
	a, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(a.Body); string(b) != "raw" {
		t.Errorf("%q", b)
	}
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("not closed: %v", err)
	}
}
