package sslredirect

import (
	"bytes"
	"strconv"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

type filter struct {
	style  page.Style
	status int
	port   string
	slash  bool
	except [][]byte
}

// New redirects requests that did not come over HTTPS; nil for nil. The status is 308 when it is not given.
func New(c *model.SSLRedirect, style page.Style) exchange.Filter {
	if c == nil {
		return nil
	}
	f := filter{style: style, status: int(c.StatusCode), slash: c.PreserveTrailingSlash}
	if f.status < 300 || f.status > 399 {
		f.status = 308
	}
	if c.Port != 0 {
		f.port = ":" + strconv.Itoa(int(c.Port))
	}
	for _, p := range c.ExceptPrefixes {
		f.except = append(f.except, []byte(p))
	}
	return f
}

// Request answers with the same URL over HTTPS: the host without its port, and the request's target as it came, without
// one slash at its end unless that is to stay (so that "/" leads to "https://host").
func (f filter) Request(x *exchange.Exchange) exchange.Verdict {
	if x.HTTPS {
		return exchange.Continue
	}
	for _, p := range f.except {
		if bytes.HasPrefix(x.Request.NormalPath, p) {
			return exchange.Continue
		}
	}
	authority := x.ForwardedHost
	if len(authority) == 0 {
		authority = x.Request.Authority
	}
	host, _, ok := http1.SplitAuthority(authority)
	if !ok || len(host) == 0 {
		// HTTP/1.0 without Host: there is no name to redirect to.
		f.style.Error(x, 400)
		return exchange.Respond
	}
	target := x.Request.Target
	if !f.slash {
		target = bytes.TrimSuffix(target, []byte("/"))
	}
	place := x.Build(func(b []byte) []byte {
		b = append(b, "https://"...)
		b = append(b, host...)
		b = append(b, f.port...)
		return append(b, target...)
	})
	f.style.Redirect(x, f.status, place)
	return exchange.Respond
}
