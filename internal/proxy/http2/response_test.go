package http2

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	h2 "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func decode(t interface{ Fatal(...any) }, block []byte) []string {
	fields, err := hpack.NewDecoder(0, nil).DecodeFull(append([]byte{NoTable}, block...))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range fields {
		out = append(out, f.Name+": "+f.Value)
	}
	return out
}

func TestResponsesAreWritten(t *testing.T) {
	x := &exchange.Exchange{}
	x.Request.Method = []byte("GET")
	x.Response.Status, x.Response.ContentLength = 201, 5
	for _, f := range [][2]string{
		{"Content-Type", "text/html"},
		{"X-Custom", "  a\r\nb "},
		{"Connection", "close"},
		{"Set-Cookie", "a=b"},
		{"Transfer-Encoding", "chunked"},
		{"content-length", "7"},
		{":status", "500"},
		{"", "x"},
	} {
		x.Response.Header.Add([]byte(f[0]), []byte(f[1]))
	}
	block, bodiless := AppendResponse(nil, x, []byte("today"))
	want := []string{":status: 201", "content-length: 5", "date: today", "content-type: text/html", "x-custom: a  b", "set-cookie: a=b"}
	if diff := cmp.Diff(want, decode(t, block)); diff != "" || bodiless {
		t.Errorf("bodiless %v (-want +got)\n%s", bodiless, diff)
	}
}

func TestSomeResponsesHaveNoBody(t *testing.T) {
	for _, c := range []struct {
		method   string
		status   int
		length   int64
		bodiless bool
		want     string
	}{
		{"GET", 200, -1, false, ":status: 200"},
		{"HEAD", 200, 5, true, ":status: 200 content-length: 5"},
		{"GET", 204, 0, true, ":status: 204"},
		{"GET", 304, 0, true, ":status: 304"},
		{"GET", 304, 9, true, ":status: 304 content-length: 9"},
		{"GET", 599, 0, false, ":status: 599 content-length: 0"},
	} {
		x := &exchange.Exchange{}
		x.Request.Method = []byte(c.method)
		x.Response.Status, x.Response.ContentLength = c.status, c.length
		block, bodiless := AppendResponse(nil, x, nil)
		if got := strings.Join(decode(t, block), " "); got != c.want || bodiless != c.bodiless {
			t.Errorf("%+v: %q, bodiless %v", c, got, bodiless)
		}
	}
}

func TestAnyFieldSurvivesHPACK(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.StringMatching(`[A-Za-z0-9-]{1,300}`).Draw(rt, "name")
		value := rapid.StringMatching(`[!-~]([ -~]{0,300}[!-~])?`).Draw(rt, "value")
		got := decode(rt, appendField(nil, literal, []byte(name), []byte(value)))
		if want := strings.ToLower(name) + ": " + value; got[0] != want {
			rt.Fatalf("%q became %q", want, got[0])
		}
	})
}

func TestLongBlocksAreContinued(t *testing.T) {
	block := bytes.Repeat([]byte("x"), 40_000)
	frames := AppendHeaders(nil, block, 5, true, 16384)
	framer := h2.NewFramer(nil, bytes.NewReader(frames))
	var got []byte
	for i := range 3 {
		f, err := framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		switch f := f.(type) {
		case *h2.HeadersFrame:
			if i != 0 || !f.StreamEnded() || f.HeadersEnded() {
				t.Errorf("frame %d: %v", i, f)
			}
			got = append(got, f.HeaderBlockFragment()...)
		case *h2.ContinuationFrame:
			if f.HeadersEnded() != (i == 2) {
				t.Errorf("frame %d: %v", i, f)
			}
			got = append(got, f.HeaderBlockFragment()...)
		}
	}
	if !bytes.Equal(got, block) {
		t.Error("the block changed")
	}
}

func TestControlFramesAreBudgeted(t *testing.T) {
	var b Budget
	n := 0
	for b.Control(time.Second) {
		n++
	}
	if n != burst {
		t.Errorf("%d frames at once", n)
	}
	n = 0
	for b.Control(2 * time.Second) {
		n++
	}
	if n < perSecond-2 || n > perSecond {
		t.Errorf("%d frames a second later", n)
	}
	for range 10_000 { // one PING per frame of a long transfer is fine
		b.Useful()
		if !b.Control(2 * time.Second) {
			t.Fatal("refused")
		}
		b.Useful()
	}
}

func TestResetsAreBounded(t *testing.T) {
	var honest, rapidly Budget
	for range 10_000 {
		honest.Opened()
		honest.Opened()
		honest.Finished()
		if !honest.Reset() {
			t.Fatal("a client that resets half of its streams was refused")
		}
	}
	n := 0
	for rapidly.Opened(); rapidly.Reset(); rapidly.Opened() {
		n++
	}
	if n != resetsAllowed {
		t.Errorf("%d resets passed", n)
	}
}

func TestOverheadIsBounded(t *testing.T) {
	var b Budget
	n := 0
	for b.Bytes(13, 0) {
		n++
	}
	if n*13 < 8<<20 || n*13 > 9<<20 {
		t.Errorf("%d bytes without use passed", n*13)
	}
	b = Budget{}
	for range 1_000_000 {
		if !b.Bytes(13, 0) || !b.Bytes(16384, 16384) {
			t.Fatal("window updates of a long transfer were refused")
		}
	}
}

func TestWindows(t *testing.T) {
	w := Window(65535)
	if !w.Grow(MaxWindow-65535) || w.Grow(1) {
		t.Error("the largest window")
	}
	stream, connection := Window(100), Window(60)
	if n := Take(80, &stream, &connection); n != 60 || stream != 40 || connection != 0 {
		t.Errorf("took %d, left %d and %d", n, stream, connection)
	}
	stream = -5
	connection = 10
	if n := Take(80, &stream, &connection); n != 0 || stream != -5 {
		t.Error("a negative window gave something")
	}
	r := NewReceiver(100)
	if !r.Receive(100) || r.Receive(1) {
		t.Error("the window was not kept")
	}
	r = NewReceiver(100)
	r.Receive(60)
	if u := r.Consume(30); u != 0 {
		t.Errorf("%d given back early", u)
	}
	if u := r.Consume(30); u != 60 || !r.Receive(100) {
		t.Errorf("%d given back", u)
	}
}

func FuzzBlock(f *testing.F) {
	f.Add([]byte{0x82, 0x87, 0x84, 0x41, 0x01, 'a'})
	f.Fuzz(func(t *testing.T, block []byte) {
		var h Head
		var m Memory
		x := &exchange.Exchange{}
		h.Begin(&m, &x.Request, &nginxConfig)
		d := hpack.NewDecoder(4096, func(f hpack.HeaderField) { h.Field(f.Name, f.Value) })
		if _, err := d.Write(block); err != nil || d.Close() != nil {
			return
		}
		if h.End(true, 0) != nil {
			return
		}
		r := &x.Request
		if len(r.Host) == 0 || len(r.Target) == 0 || len(r.Method) == 0 {
			t.Fatalf("accepted without method, target or host: %q", block)
		}
		for _, b := range [][]byte{r.Method, r.Target, r.Authority} {
			if bytes.ContainsAny(b, "\r\n\x00 ") {
				t.Fatalf("accepted %q", b)
			}
		}
		for i := range r.Header.Len() {
			if f := r.Header.At(i); bytes.ContainsAny(f.Name, "\r\n\x00 :") || bytes.ContainsAny(f.Value, "\r\n\x00") {
				t.Fatalf("accepted %q: %q", f.Name, f.Value)
			}
		}
	})
}
