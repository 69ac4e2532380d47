package http2

import (
	"testing"

	"golang.org/x/net/http2/hpack"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// blockOf encodes name, value, name, value ...
func blockOf(pairs ...string) []byte {
	var b []byte
	for i := 0; i+1 < len(pairs); i += 2 {
		b = appendInt(b, literal, 4, 0)
		b = append(appendInt(b, 0, 7, uint64(len(pairs[i]))), pairs[i]...)
		b = append(appendInt(b, 0, 7, uint64(len(pairs[i+1]))), pairs[i+1]...)
	}
	return b
}

// FuzzAnswer has blocks of targets decoded and what passed written again: it must come back the same, and nothing in it
// may end a field.
func FuzzAnswer(f *testing.F) {
	f.Add(blockOf(":status", "200", "content-type", "text/html", "content-length", "5"), false)
	f.Add(blockOf(":status", "200", "a", "x\r\ny: z"), false)
	f.Add(blockOf(":status", "101"), false)
	f.Add(blockOf("grpc-status", "0", "set-cookie", "a=b"), true)
	f.Add([]byte{0x88, 0x80 | 62, 0xff, 0xff, 0xff, 0x7f}, false)
	f.Fuzz(func(t *testing.T, block []byte, trailers bool) {
		var m Memory
		var a Answer
		x := &exchange.Exchange{}
		if trailers {
			a.BeginTrailers(&m, &x.Response.Header, 32<<10)
		} else {
			a.Begin(&m, &x.Response.Header, 32<<10)
		}
		d := hpack.NewDecoder(4096, func(f hpack.HeaderField) { a.Field(f.Name, f.Value) })
		d.SetMaxStringLength(64 << 10)
		if _, err := d.Write(block); err != nil || d.Close() != nil {
			return
		}
		status, length, refused := a.End()
		if refused != nil {
			return
		}
		if !trailers && (status < 100 || status == 101 || status > 999 || length < -1) {
			t.Fatalf("status %d, length %d", status, length)
		}
		for i := range x.Response.Header.Len() {
			field := x.Response.Header.At(i)
			if !http1.ValidToken(field.Name) || !http1.ValidValue(field.Value) {
				t.Fatalf("field %q: %q", field.Name, field.Value)
			}
		}
		x.Response.Status, x.Response.ContentLength = max(status, 200), length
		again, _ := AppendResponse(nil, x, nil)
		count := 0
		e := hpack.NewDecoder(0, func(hpack.HeaderField) { count++ })
		if _, err := e.Write(again); err != nil || e.Close() != nil || count < x.Response.Header.Len() {
			t.Fatalf("%d fields came back of %d: %v", count, x.Response.Header.Len(), err)
		}
	})
}

// FuzzRequest has requests of clients decoded and written for a target of HTTP/2: what is sent must be a valid request.
func FuzzRequest(f *testing.F) {
	f.Add(blockOf(":method", "GET", ":scheme", "https", ":authority", "a.example", ":path", "/x?y"), false)
	f.Add(blockOf(":method", "CONNECT", ":protocol", "websocket", ":scheme", "https", ":authority", "a", ":path", "/"), true)
	f.Add(blockOf(":method", "POST", ":scheme", "http", ":path", "/a b", "host", "a", "te", "trailers", "trailer", "x-a, host"), false)
	f.Fuzz(func(t *testing.T, block []byte, connect bool) {
		cfg := http1.ConfigELB(http1.Defensive)
		var m Memory
		x := &exchange.Exchange{}
		h := Head{Connect: connect}
		h.Begin(&m, &x.Request, &cfg)
		d := hpack.NewDecoder(4096, func(f hpack.HeaderField) { h.Field(f.Name, f.Value) })
		d.SetMaxStringLength(64 << 10)
		if _, err := d.Write(block); err != nil || d.Close() != nil {
			return
		}
		if h.End(false, 1) != nil {
			return
		}
		var again Head
		y := &exchange.Exchange{}
		again.Begin(&Memory{}, &y.Request, &cfg)
		e := hpack.NewDecoder(0, func(f hpack.HeaderField) { again.Field(f.Name, f.Value) })
		if _, err := e.Write(AppendRequest(nil, x, true, false)); err != nil {
			t.Fatal(err)
		}
		if err := again.End(false, 1); err != nil {
			t.Fatalf("what is sent is refused: %v", err)
		}
		if string(y.Request.Target) != string(x.Request.Target) || string(y.Request.Method) != string(x.Request.Method) {
			t.Errorf("%q %q became %q %q", x.Request.Method, x.Request.Target, y.Request.Method, y.Request.Target)
		}
	})
}
