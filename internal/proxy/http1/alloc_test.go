package http1

import (
	"bytes"
	"io"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

const browserRequest = "GET /shop/items/4711?sort=price&page=2 HTTP/1.1\r\n" +
	"Host: Shop.example.com\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n" +
	"Accept-Language: en-GB,en;q=0.9,ko;q=0.8\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Referer: https://shop.example.com/shop/items?page=1\r\n" +
	"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes\r\n" +
	"Sec-Fetch-Dest: document\r\n" +
	"Sec-Fetch-Mode: navigate\r\n" +
	"Sec-Fetch-Site: same-origin\r\n" +
	"Cache-Control: max-age=0\r\n" +
	"Connection: keep-alive\r\n\r\n"

const smallRequest = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"

const plainResponse = "HTTP/1.1 200 OK\r\nDate: Fri, 20 Nov 2026 12:00:00 GMT\r\nContent-Type: text/plain\r\n" +
	"Content-Length: 1024\r\nCache-Control: no-store\r\nVary: Accept-Encoding\r\nX-Served-By: pod-1\r\n\r\n"

const chunkedBody = "5\r\nhello\r\n400\r\n"

// TestTheFastPathAllocatesNothing runs a request and its response through the codec as a driver does.
func TestTheFastPathAllocatesNothing(t *testing.T) {
	chunked := []byte(chunkedBody + string(bytes.Repeat([]byte("x"), 1024)) + "\r\n0\r\n\r\n")
	for name, cfg := range map[string]Config{"nginx": ConfigNginx(), "elb": ConfigELB(Defensive)} {
		var x exchange.Exchange
		in, back, out := []byte(browserRequest), []byte(plainResponse), make([]byte, 0, 4096)
		space, data := make([]byte, 4096), make([]byte, 2048)
		src := new(bytes.Reader)
		var buf Buffer
		var body Body
		one := func() {
			x.Reset()
			if n, err := ParseRequest(in, &x.Request, &cfg); n != len(in) || err != nil {
				t.Fatal(n, err)
			}
			x.Request.Header.Set("X-Forwarded-Proto", data[:4])
			out, _ = AppendRequest(out[:0], &x, Silent)
			n, f, err := ParseResponse(back, &x.Response, x.Request.Method, ResponseHeadNginx)
			if n != len(back) || err != nil || f.Kind != Length {
				t.Fatal(n, err, f)
			}
			out, _ = AppendResponse(out[:0], &x, Outgoing{KeepAlive: true})
			src.Reset(chunked)
			buf.Reset(src, space)
			body.Reset(&buf, Framing{Kind: Chunked, KeepAlive: true})
			for !body.Done() {
				if _, err := body.Read(data); err != nil && err != io.EOF {
					t.Fatal(err)
				}
			}
			if !body.Reusable() || body.BytesRead() != 1029 {
				t.Fatal(body.BytesRead())
			}
		}
		one()
		if n := testing.AllocsPerRun(200, one); n != 0 {
			t.Errorf("%s: %v allocations per request", name, n)
		}
	}
}

func TestARefusalAllocatesNothing(t *testing.T) {
	cfg := ConfigNginx()
	in := []byte("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
	var r exchange.Request
	if n := testing.AllocsPerRun(100, func() {
		r.HeadBytes = 0
		if _, err := ParseRequest(in, &r, &cfg); err == nil {
			t.Fatal("accepted")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func benchmarkParse(b *testing.B, raw string, cfg Config) {
	in := []byte(raw)
	var x exchange.Exchange
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		x.Reset()
		if n, _ := ParseRequest(in, &x.Request, &cfg); n == 0 {
			b.Fatal("refused")
		}
	}
}

func BenchmarkParseSmallRequest(b *testing.B) { benchmarkParse(b, smallRequest, ConfigNginx()) }

func BenchmarkParseBrowserRequest(b *testing.B) { benchmarkParse(b, browserRequest, ConfigNginx()) }

func BenchmarkParseBrowserRequestELB(b *testing.B) { benchmarkParse(b, browserRequest, ConfigELB(0)) }

func BenchmarkAppendBrowserRequest(b *testing.B) {
	cfg := ConfigNginx()
	var x exchange.Exchange
	if _, err := ParseRequest([]byte(browserRequest), &x.Request, &cfg); err != nil {
		b.Fatal(err)
	}
	out := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		out, _ = AppendRequest(out[:0], &x, Silent)
	}
}

func BenchmarkResponse(b *testing.B) {
	in, out := []byte(plainResponse), make([]byte, 0, 4096)
	var x exchange.Exchange
	method := []byte("GET")
	b.ReportAllocs()
	for b.Loop() {
		x.Reset()
		if n, _, _ := ParseResponse(in, &x.Response, method, ResponseHeadNginx); n == 0 {
			b.Fatal("refused")
		}
		out, _ = AppendResponse(out[:0], &x, Outgoing{KeepAlive: true})
	}
}

func BenchmarkLookAlike(b *testing.B) {
	name := []byte("X-Forwarded-Client-Cert")
	for b.Loop() {
		if lookAlike(name, 0) != unlike {
			b.Fatal()
		}
	}
}
