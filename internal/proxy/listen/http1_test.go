package listen

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

func TestAGetIsForwardedAndAnswered(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, echo)}})
	c := h.dial()
	for i := range 5 {
		a := c.get(fmt.Sprintf("/x?n=%d", i))
		if a.StatusCode != 200 || a.body != fmt.Sprintf("/x?n=%d|", i) || a.err != nil {
			t.Fatalf("%d: %d %q %v", i, a.StatusCode, a.body, a.err)
		}
	}
	for _, l := range h.ended(5) {
		if l.status != 200 || l.error != "" || l.attempts != 1 || l.out == 0 {
			t.Errorf("logged %+v", l)
		}
	}
}

func TestBodiesArriveHoweverTheyAreFramed(t *testing.T) {
	t.Parallel()
	for _, buffering := range []bool{false, true} {
		h := newHouse(t, plan{
			dialect: model.DialectNginx, targets: []string{backend(t, echo)},
			policy: &model.Policy{RequestBuffering: buffering},
		})
		c := h.dial()
		for _, size := range []int{1, 1000, 20_000, 100_000, 3_000_000} {
			body := strings.Repeat("0123456789", size/10+1)[:size]
			c.send(fmt.Sprintf("POST /cl HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\n\r\n", size))
			c.send(body)
			if a := c.read("POST"); a.body != "/cl|"+body {
				t.Fatalf("buffering %v, length %d: %d, %d bytes", buffering, size, a.StatusCode, len(a.body))
			}
			c.send("POST /te HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n")
			for rest := body; rest != ""; {
				n := min(len(rest), 7000)
				c.send(fmt.Sprintf("%x\r\n%s\r\n", n, rest[:n]))
				rest = rest[n:]
			}
			c.send("0\r\n\r\n")
			if a := c.read("POST"); a.body != "/te|"+body {
				t.Fatalf("buffering %v, chunked %d: %d, %d bytes", buffering, size, a.StatusCode, len(a.body))
			}
		}
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, echo)}})
	c := h.dial()
	var all strings.Builder
	for i := range 20 {
		fmt.Fprintf(&all, "GET /%d HTTP/1.1\r\nHost: a.example\r\n\r\n", i)
		fmt.Fprintf(&all, "POST /%d HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc", i)
		fmt.Fprintf(&all, "POST /%d HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n", i)
	}
	c.send(all.String())
	for i := range 20 {
		for _, body := range []string{"", "abc", "de"} {
			if a := c.read("GET"); a.body != fmt.Sprintf("/%d|%s", i, body) {
				t.Fatalf("%d: %q", i, a.body)
			}
		}
	}
}

func TestAHeadThatComesByteByByteIsServed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, echo)}})
	c := h.dial()
	for range 2 {
		for _, b := range "GET /slow HTTP/1.1\r\nHost: a.example\r\n\r\n" {
			c.send(string(b))
			time.Sleep(time.Millisecond)
		}
		if a := c.read("GET"); a.body != "/slow|" {
			t.Fatalf("%q", a.body)
		}
	}
}

func TestHeadHasNoBody(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5000")
		if r.Method != "HEAD" {
			io.WriteString(w, strings.Repeat("x", 5000))
		}
	})}})
	c := h.dial()
	c.send("HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n")
	if a := c.read("HEAD"); a.ContentLength != 5000 || a.body != "" {
		t.Errorf("%d %q", a.ContentLength, a.body)
	}
	if a := c.get("/"); len(a.body) != 5000 {
		t.Errorf("after HEAD: %d bytes", len(a.body))
	}
}

func TestStatusesWithoutBodyHaveNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/204" {
			w.WriteHeader(204)
		} else {
			w.Header().Set("Etag", `"x"`)
			w.WriteHeader(304)
		}
	})}})
	c := h.dial()
	for range 3 {
		if a := c.get("/204"); a.StatusCode != 204 || a.body != "" {
			t.Errorf("%d %q", a.StatusCode, a.body)
		}
		if a := c.get("/304"); a.StatusCode != 304 || a.body != "" {
			t.Errorf("%d %q", a.StatusCode, a.body)
		}
	}
}

func TestOldClientsGetWhatTheyCanRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 3 {
			io.WriteString(w, "piece ")
			w.(http.Flusher).Flush()
		}
	})}})
	c := h.dial()
	c.send("GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n")
	if a := c.read("GET"); a.body != "piece piece piece " || len(a.TransferEncoding) > 0 {
		t.Errorf("%q %v", a.body, a.TransferEncoding)
	}
	c.closed()
	c = newHouse(t, plan{targets: []string{backend(t, echo)}}).dial()
	for range 2 {
		c.send("GET /k HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n")
		if a := c.read("GET"); a.body != "/k|" || a.Header.Get("Connection") != "keep-alive" {
			t.Errorf("%q %v", a.body, a.Header)
		}
	}
	c.send("GET /k HTTP/1.0\r\nHost: a.example\r\n\r\n")
	if a := c.read("GET"); a.body != "/k|" {
		t.Errorf("%q", a.body)
	}
	c.closed()
}

func TestContinueIsSentWhenTheBodyIsWanted(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, echo)}})
	c := h.dial()
	for range 2 {
		c.send("PUT /up HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
		line, err := c.r.ReadString('\n')
		if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("%q %v", line, err)
		}
		c.r.ReadString('\n')
		c.send("hello")
		if a := c.read("PUT"); a.body != "/up|hello" {
			t.Fatalf("%q", a.body)
		}
	}
}

func TestARefusedBodyIsNotAskedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{}) // no targets
	c := h.dial()
	c.send("PUT /up HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	if a := c.read("PUT"); a.StatusCode != 503 || !a.Close {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	c.closed()
}

func TestEventsArriveWhenTheyAreWritten(t *testing.T) {
	t.Parallel()
	next := make(chan bool)
	h := newHouse(t, plan{targets: []string{backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for range next {
			io.WriteString(w, "data: x\n\n")
			w.(http.Flusher).Flush()
		}
	})}})
	c := h.dial()
	c.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
	next <- true
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(resp.Body)
	for range 4 {
		if line, err := r.ReadString('\n'); line != "data: x\n" || err != nil {
			t.Fatalf("%q %v", line, err)
		}
		r.ReadString('\n')
		next <- true
	}
	close(next)
}

func TestBothDirectionsStreamAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{rawBackend(t, func(_ int, c net.Conn) {
		r := bufio.NewReader(c)
		head(r)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for {
			size, err := r.ReadString('\n')
			if err != nil {
				return
			}
			data, _ := r.ReadString('\n')
			if size == "0\r\n" {
				io.WriteString(c, "0\r\n\r\n")
				return
			}
			io.WriteString(c, size+data)
		}
	})}})
	c := h.dial()
	c.send("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n")
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4)
	for i := range 5 {
		c.send(fmt.Sprintf("4\r\nab%02d\r\n", i))
		if _, err := io.ReadFull(resp.Body, buf); err != nil || string(buf) != fmt.Sprintf("ab%02d", i) {
			t.Fatalf("%q %v", buf, err)
		}
	}
	c.send("0\r\n\r\n")
	if rest, err := io.ReadAll(resp.Body); len(rest) != 0 || err != nil {
		t.Errorf("%q %v", rest, err)
	}
}

func TestEarlyHintsPassAndOtherInterimResponsesDoNot(t *testing.T) {
	t.Parallel()
	target := rawBackend(t, func(_ int, c net.Conn) {
		r := bufio.NewReader(c)
		for head(r) != "" {
			if _, err := io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"+
				"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"); err != nil {
				return
			}
		}
	})
	h := newHouse(t, plan{targets: []string{target}})
	c := h.dial()
	for range 2 {
		if a := c.get("/"); a.StatusCode != 103 || a.Header.Get("Link") != "</a>" {
			t.Errorf("%d %v", a.StatusCode, a.Header)
		}
		if a := c.read("GET"); a.StatusCode != 200 || a.body != "ok" {
			t.Errorf("%d %q", a.StatusCode, a.body)
		}
	}
	c.send("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n")
	if a := c.read("GET"); a.StatusCode != 200 {
		t.Errorf("1.0 client got %d", a.StatusCode)
	}
}

func TestLongBodiesComeWhole(t *testing.T) {
	t.Parallel()
	const size = 5 << 20
	h := newHouse(t, plan{targets: []string{backend(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/length" {
			w.Header().Set("Content-Length", fmt.Sprint(size))
		}
		for range size / 1024 {
			io.WriteString(w, strings.Repeat("0123456789abcdef", 64))
		}
	})}})
	c := h.dial()
	for _, path := range []string{"/length", "/chunked", "/length"} {
		a := c.get(path)
		if a.err != nil || a.body != strings.Repeat("0123456789abcdef", size/16) {
			t.Errorf("%s: %d bytes, %v", path, len(a.body), a.err)
		}
	}
}

func TestCloseIsKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{backend(t, echo)}})
	c := h.dial()
	c.send("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
	if a := c.read("GET"); a.body != "/|" || !a.Close {
		t.Errorf("%q close %v", a.body, a.Close)
	}
	c.closed()
}

func TestOptionsOfTheServerItselfAreAnsweredHere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{dialect: model.DialectNginx}) // no targets
	c := h.dial()
	c.send("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n")
	if a := c.read("OPTIONS"); a.StatusCode != 200 || a.ContentLength != 0 {
		t.Errorf("%d, %d bytes", a.StatusCode, a.ContentLength)
	}
	if a := c.get("/"); a.StatusCode != 503 {
		t.Errorf("after it: %d", a.StatusCode)
	}
}
