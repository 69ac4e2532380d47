package http1

import (
	"io"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestARequestGoesThroughTheCodec(t *testing.T) {
	cfg := ConfigNginx()
	raw := "POST /a/../b%20c?x=1 HTTP/1.1\r\nHost: A.Example:8080\r\nTransfer-Encoding: chunked\r\nX_Real_IP: 1\r\nFoo: bar\r\nConnection: close, zap\r\nZap: 1\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: 1\r\n\r\nGET"
	var buf Buffer
	buf.Reset(strings.NewReader(raw), make([]byte, 0, 4096))
	var x exchange.Exchange
	var n int
	for n == 0 {
		if err := buf.Fill(cfg.Limits.Head + 1); err != nil {
			t.Fatal(err)
		}
		var err *Error
		if n, err = ParseRequest(buf.Bytes(), &x.Request, &cfg); err != nil {
			t.Fatal(err)
		}
	}
	buf.Discard(n)
	buf.Hold()
	r := &x.Request
	if string(r.Host) != "a.example" || string(r.NormalPath) != "/b c" || !r.Close || r.Header.Len() != 1 {
		t.Fatalf("%s %s %v %v", r.Host, r.NormalPath, r.Close, r.Header)
	}
	var body Body
	body.Reset(&buf, RequestFraming(r))
	data, err := io.ReadAll(&body)
	if err != nil || string(data) != "abc" || !body.Done() || string(buf.Bytes()) != "GET" {
		t.Fatalf("%q %v %q", data, err, buf.Bytes())
	}
	out, _ := AppendRequest(nil, &x, Silent)
	want := "POST /a/../b%20c?x=1 HTTP/1.1\r\nHost: A.Example:8080\r\nTransfer-Encoding: chunked\r\nFoo: bar\r\n\r\n"
	if string(out) != want {
		t.Fatalf("%q", out)
	}
}
