package http2

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// FuzzHeaderBlock: a block of any bytes is refused, or makes a request that is written as one HTTP/1.1 message which our own
// codec and net/http read with the same meaning; what it unpacks to is bounded whatever it says.
func FuzzHeaderBlock(f *testing.F) {
	add := func(fields ...string) {
		var b bytes.Buffer
		e := hpack.NewEncoder(&b)
		for i := 0; i < len(fields); i += 2 {
			_ = e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}) // into memory
		}
		f.Add(b.Bytes(), byte(len(fields)))
	}
	plain := []string{":method", "GET", ":scheme", "https", ":path", "/", ":authority", "a.example"}
	add(plain...)
	for _, more := range [][]string{
		{"x", "y"}, {"host", "a.example"}, {"host", "b"}, {"cookie", "a=b", "cookie", "c=d"}, {"content-length", "5"},
		{"content-length", "5", "content-length", "5"}, {"transfer-encoding", "chunked"}, {"x", "a\r\nb: c"}, {"x\r\n", "a"},
		{"te", "trailers"}, {"connection", "close"}, {":path", "/2"}, {"content_length", "5"}, {"x", strings.Repeat("y", 3000)},
	} {
		add(append(append([]string{}, plain...), more...)...)
	}
	add(":method", "GET / HTTP/1.1", ":scheme", "https", ":path", "/", ":authority", "a")
	add(":method", "GET", ":scheme", "https", ":path", "/ HTTP/1.1\r\nHost: b", ":authority", "a")
	f.Add(append([]byte("\x82\x87\x84\x41\x09a.example\x40\x01x\x7f\x81\x1e"+strings.Repeat("y", 3968)), bytes.Repeat([]byte{0xbe}, 2000)...), byte(0))
	f.Add([]byte("\xff\xff\xff\xff\x0f"), byte(1))
	f.Add([]byte("\x3f\xe2\x1f\x82"), byte(2))
	configs := [...]http1.Config{http1.ConfigNginx(), http1.ConfigELB(http1.Defensive)}
	f.Fuzz(func(t *testing.T, block []byte, flags byte) {
		cfg := &configs[flags&1]
		ended := flags&2 != 0
		var x exchange.Exchange
		var memory Memory
		var head Head
		head.Begin(&memory, &x.Request, cfg)
		decoder := hpack.NewDecoder(4096, func(f hpack.HeaderField) { head.Field(f.Name, f.Value) })
		decoder.SetMaxStringLength(MaxHeaderList)
		_, err := decoder.Write(block)
		if err == nil {
			err = decoder.Close()
		}
		if n := len(memory.bytes) + len(memory.cookies); n > 3*MaxHeaderList {
			t.Fatalf("%d bytes unpack to %d", len(block), n)
		}
		if err != nil || head.End(ended, int64(len(block))) != nil {
			return
		}
		judge(t, &x)
	})
}

// judge reads an accepted request as a target would.
func judge(t *testing.T, x *exchange.Exchange) {
	out, framing := http1.AppendRequest(nil, x, http1.Silent)
	wide := http1.Config{Limits: http1.Limits{RequestLine: 1 << 20, Field: 1 << 20, Head: 1 << 21, Status: 400, Fields: 1000}}
	var again exchange.Request
	n, refused := http1.ParseRequest(out, &again, &wide)
	if refused != nil || n != len(out) {
		t.Fatalf("our own head is not taken: %v\n%q", refused, out)
	}
	r := &x.Request
	if !bytes.Equal(again.Method, r.Method) || !bytes.Equal(again.Target, r.Target) || !bytes.Equal(again.Host, r.Host) ||
		again.Header.Len() != r.Header.Len() || again.ContentLength != r.ContentLength || again.Class != exchange.Compliant {
		t.Fatalf("another meaning: %q", out)
	}
	theirs, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(out)))
	if err != nil {
		if strings.Contains(err.Error(), "parse ") || strings.Contains(err.Error(), "invalid URI") {
			return // net/url refuses escapes that are none
		}
		t.Fatalf("net/http refuses what we write: %v\n%q", err, out)
	}
	if theirs.Method != string(r.Method) || theirs.RequestURI != string(r.Target) || !strings.EqualFold(theirs.Host, string(r.Authority)) {
		t.Fatalf("net/http reads %s %s %s: %q", theirs.Method, theirs.RequestURI, theirs.Host, out)
	}
	if chunked := len(theirs.TransferEncoding) > 0; chunked != (framing.Kind == http1.Chunked) || !chunked && theirs.ContentLength != framing.Length {
		t.Fatalf("net/http reads another framing: %q", out)
	}
}
