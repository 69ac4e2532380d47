package http1

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestAHeldHeadStaysWhileALongBodyIsRead(t *testing.T) {
	head := "POST /path HTTP/1.1\r\nHost: a.example\r\nX-Long: " + strings.Repeat("v", 700) + "\r\nTransfer-Encoding: chunked\r\n\r\n"
	var raw strings.Builder
	raw.WriteString(head)
	for range 500 {
		raw.WriteString("20;extension\r\n" + strings.Repeat("b", 32) + "\r\n")
	}
	raw.WriteString("0\r\n\r\nNEXT")
	for _, src := range []io.Reader{strings.NewReader(raw.String()), iotest.OneByteReader(strings.NewReader(raw.String()))} {
		var buf Buffer
		buf.Reset(src, make([]byte, 0, 1024))
		var r exchange.Request
		cfg := ConfigNginx()
		n := 0
		for n == 0 {
			if err := buf.Fill(cfg.Limits.Head + 1); err != nil {
				t.Fatal(err)
			}
			var err *Error
			if n, err = ParseRequest(buf.Bytes(), &r, &cfg); err != nil {
				t.Fatal(err)
			}
		}
		buf.Discard(n)
		buf.Hold()
		var body Body
		body.Reset(&buf, RequestFraming(&r))
		data, err := io.ReadAll(&body)
		if err != nil || len(data) != 500*32 || strings.Trim(string(data), "b") != "" {
			t.Fatal(len(data), err)
		}
		value, _ := r.Header.Get("X-Long")
		if string(r.Path) != "/path" || string(value) != strings.Repeat("v", 700) {
			t.Fatalf("the head was written over: %q %q", r.Path, value)
		}
		buf.Free()
		rest, _ := io.ReadAll(&buf)
		if string(rest) != "NEXT" {
			t.Fatalf("rest is %q", rest)
		}
	}
}

func TestABufferStopsAtItsLimit(t *testing.T) {
	var buf Buffer
	buf.Reset(bytes.NewReader(make([]byte, 10000)), nil)
	var err error
	for err == nil {
		err = buf.Fill(5000)
	}
	if !errors.Is(err, ErrBufferFull) || buf.Buffered() != 5000 {
		t.Errorf("%d bytes, %v", buf.Buffered(), err)
	}
}

func TestAnIdleBufferHoldsNoSpace(t *testing.T) {
	var buf Buffer
	space := make([]byte, 100)
	buf.Reset(strings.NewReader("abc"), space)
	if err := buf.Fill(10); err != nil {
		t.Fatal(err)
	}
	if buf.Release() != nil {
		t.Error("space with unread bytes was given away")
	}
	buf.Discard(3)
	back := buf.Release()
	if len(back) == 0 {
		t.Fatal("nothing was given back")
	}
	buf.Lend(back)
	if err := buf.Fill(10); err != io.EOF {
		t.Errorf("%v", err)
	}
}

func TestASourceThatReadsNothingIsGivenUp(t *testing.T) {
	var buf Buffer
	buf.Reset(nothing{}, nil)
	if err := buf.Fill(10); err != io.ErrNoProgress {
		t.Errorf("%v", err)
	}
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

func TestReuseNeedsTheWholeBodyAndTheHeadsConsent(t *testing.T) {
	for _, c := range []struct {
		framing Framing
		input   string
		read    int
		want    bool
	}{
		{Framing{Kind: None, KeepAlive: true}, "", 0, true},
		{Framing{Kind: None}, "", 0, false},
		{Framing{Kind: Length, Length: 3, KeepAlive: true}, "abc", 3, true},
		{Framing{Kind: Length, Length: 3, KeepAlive: true}, "abc", 2, false},
		{Framing{Kind: Length, Length: 3}, "abc", 3, false},
		{Framing{Kind: Chunked, KeepAlive: true}, "3\r\nabc\r\n0\r\n\r\n", 100, true},
		{Framing{Kind: Chunked, KeepAlive: true}, "3\r\nabc\r\n0\r\n", 100, false},
		{Framing{Kind: UntilClose}, "abc", 100, false},
	} {
		var buf Buffer
		buf.Reset(strings.NewReader(c.input), nil)
		var body Body
		body.Reset(&buf, c.framing)
		for got := 0; got < c.read; {
			n, err := body.Read(make([]byte, c.read-got))
			if got += n; err != nil {
				break
			}
		}
		if body.Reusable() != c.want {
			t.Errorf("%+v %q after %d bytes: %v", c.framing, c.input, c.read, body.Reusable())
		}
	}
}

func TestBytesMovedByOtherMeansCount(t *testing.T) {
	var buf Buffer
	buf.Reset(strings.NewReader(""), nil)
	var body Body
	body.Reset(&buf, Framing{Kind: Length, Length: 10, KeepAlive: true})
	if body.Left() != 10 {
		t.Error(body.Left())
	}
	body.Moved(4)
	if body.Left() != 6 || body.Done() {
		t.Error(body.Left(), body.Done())
	}
	body.Moved(6)
	if !body.Reusable() || body.BytesRead() != 10 {
		t.Error(body.Done(), body.BytesRead())
	}
	body.Reset(&buf, Framing{Kind: Chunked})
	if body.Left() != -1 {
		t.Error("a chunked body has no known length")
	}
}

// TestAHeadThatComesByteByByteCostsNoMoreThanAFewParses guards against quadratic work: the time for a head of 32 KB
// that comes in single bytes is measured in parses, by what ParseRequest remembers.
func TestAHeadThatComesByteByByteCostsNoMoreThanAFewParses(t *testing.T) {
	cfg := ConfigELB(Defensive)
	raw := []byte("GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("A: "+strings.Repeat("x", 120)+"\r\n", 250) + "\r\n")
	var seen int64
	parses := 0
	for end := 1; end <= len(raw); end++ {
		if worthParsing(raw[:end], &seen, cfg.Limits.Head) {
			parses++
			seen = int64(end)
		}
	}
	if most := len(raw)/parseStep + 20; parses > most {
		t.Errorf("%d parses of a head of %d bytes, more than %d", parses, len(raw), most)
	}
}
