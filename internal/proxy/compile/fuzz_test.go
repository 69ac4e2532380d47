package compile_test

import (
	"net/netip"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// FuzzDecide sends any head through both dialects: nothing panics, there is always an outcome, and nothing that a client
// sent can break the head of a response or of the request towards a target.
func FuzzDecide(f *testing.F) {
	f.Add([]byte("GET /app/x?q#y HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 1.1.1.1, [::1]:2\r\n\r\n"))
	f.Add([]byte("GET //a/%0d%0a HTTP/1.1\r\nHost: A.example:80\r\nCookie: c=always\r\nX-Amzn-Trace-Id: Self=;Root=;;=\r\n\r\n"))
	f.Add([]byte("POST /go HTTP/1.0\r\nContent-Length: 99999999999\r\n\r\n"))
	forwarded := &model.ForwardedHeaders{RealIP: true, TrustProtoHostPort: true, ComputeFull: true}
	rewrite := with(rule(1, "a.example", "/app", forwardTo("web")), model.Policy{
		Rewrite: &model.Rewrite{Regex: "/app(.*)", Replace: "$1"}, Forwarded: forwarded, BodyLimit: 100,
	})
	redirect := model.Action{Type: model.ActionRedirect, Redirect: &model.Redirect{
		Host: "#{host}.x", Path: "/#{path}", Query: "#{query}", Protocol: "HTTPS",
	}}
	elsewhere := rule(2, "a.example", "/go", []model.Action{redirect})
	plain := with(rule(3, "a.example", "", forwardTo("web")), model.Policy{SSLRedirect: &model.SSLRedirect{}, Forwarded: forwarded})
	transform := rule(1, "*.example", "/app", forwardTo("web"))
	transform.Transforms = []model.Transform{{Type: model.URLRewrite, Regex: "/app(.*)", Replace: "/$1"}}
	s, diags := apply(f, nginxBase(), nginxHost("a.example", rewrite, elsewhere, plain),
		albGroup("g", transform, elsewhere, rule(3, "", "/", forwardTo("web"))))
	if len(diags) > 0 {
		f.Fatal(diags)
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		for _, lb := range []string{"nginx", "alb/g"} {
			l := s.Listener(lb, 80)
			x := &exchange.Exchange{Conn: &exchange.Conn{Remote: netip.MustParseAddrPort("192.0.2.7:1"), Port: 80}}
			if n, err := http1.ParseRequest(head, &x.Request, &l.HTTP1); err != nil || n == 0 {
				continue
			}
			header := &x.Response.Header
			if l.Decide(x) == exchange.Continue {
				if x.Group == nil {
					t.Fatal("neither a target group nor a response")
				}
				header = &x.Request.Header
				whole(t, "path", x.UpstreamPath)
				whole(t, "host", x.UpstreamHost)
			} else if l.Finish(x); x.Response.Status < 200 {
				t.Fatalf("a response with status %d", x.Response.Status)
			}
			for i := range header.Len() {
				whole(t, string(header.At(i).Name), header.At(i).Value)
			}
		}
	})
}

// whole fails on bytes that could end a line.
func whole(t *testing.T, what string, value []byte) {
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			t.Fatalf("%s holds control characters: %q", what, value)
		}
	}
}
