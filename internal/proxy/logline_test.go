package proxy

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

func TestTheLogOfARefusedRequestLineHoldsNoFields(t *testing.T) {
	for _, dialect := range []model.Dialect{model.DialectNginx, model.DialectELB} {
		var log buffer
		s, err := New(Options{AccessLog: &log})
		if err != nil {
			t.Fatal(err)
		}
		m := &model.Model{LoadBalancers: []model.LoadBalancer{{
			ID: "lb", Name: "lb", Type: model.Application, Dialect: dialect,
			Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP}},
		}}}
		s.Apply([]compile.Unit{{Key: "u", Model: m}}, nil)
		if err := s.Place([]Placement{{LoadBalancer: "lb", Port: 80, Address: netip.MustParseAddrPort("127.0.0.1:0")}}); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"GET / HTTP/9.9\r\n", "GET /  x HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n", "GET / HTTP/9.9\n", "nonsense\r"} {
			c, err := net.Dial("tcp", s.Addresses()[0].Address.String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(c, line+"Authorization: Basic c2VjcmV0\r\nCookie: sid=topsecret\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			_, _ = io.ReadAll(c) // a refusal, or its beginning
			_ = c.Close()
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if text := log.String(); strings.Count(text, "\n") != 5 || strings.Contains(text, "secret") || strings.Contains(text, "c2VjcmV0") {
			t.Errorf("%s: the log holds\n%s", dialect, text)
		}
	}
}
