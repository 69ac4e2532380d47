package sslredirect

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestRedirectToHTTPS(t *testing.T) {
	for _, c := range []struct {
		say          string
		config       model.SSLRedirect
		host, target string
		https        bool
		status       int
		want         string
	}{
		{"the port is cut off", model.SSLRedirect{}, "A.example:8080", "/x?q=1", false, 308, "https://A.example/x?q=1"},
		{"one slash at the end goes", model.SSLRedirect{}, "a.example", "/", false, 308, "https://a.example"},
		{"it stays when that is asked for", model.SSLRedirect{PreserveTrailingSlash: true}, "a.example", "/x/", false, 308, "https://a.example/x/"},
		{"another status and a port", model.SSLRedirect{StatusCode: 301, Port: 8443}, "a.example", "/x", false, 301, "https://a.example:8443/x"},
		{"an IPv6 host keeps its brackets", model.SSLRedirect{}, "[2001:db8::1]:80", "/x", false, 308, "https://[2001:db8::1]/x"},
		{"https goes on", model.SSLRedirect{}, "a.example", "/x", true, 0, ""},
		{"a prefix that stays plain", model.SSLRedirect{ExceptPrefixes: []string{"/.well-known/"}}, "a.example", "/.well-known/x", false, 0, ""},
		{"no host to redirect to", model.SSLRedirect{}, "", "/x", false, 400, ""},
	} {
		x := &exchange.Exchange{HTTPS: c.https}
		x.Request.Authority, x.Request.Target, x.Request.NormalPath = []byte(c.host), []byte(c.target), []byte(c.target)
		New(&c.config, page.Style{Dialect: model.DialectNginx}).Request(x)
		place, _ := x.Response.Header.Get("Location")
		if x.Response.Status != c.status || string(place) != c.want {
			t.Errorf("%s: %d %q", c.say, x.Response.Status, place)
		}
	}
}
