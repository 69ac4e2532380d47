package action

import (
	"fmt"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// fixed answers with a response of its own.
type fixed struct {
	status     int
	kind, body []byte
	style      page.Style
}

// NewFixed makes the step of a fixed-response action; nil for nil. With DialectNginx, where the only such response is
// that of the default backend, an empty body means the dialect's page of that status.
func NewFixed(c *compile.Config, f *model.FixedResponse) (exchange.Filter, error) {
	if f == nil {
		return nil, nil
	}
	if f.StatusCode < 200 || f.StatusCode > 599 {
		return nil, fmt.Errorf("%d is not the status of a fixed response", f.StatusCode)
	}
	if strings.ContainsFunc(f.ContentType, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, fmt.Errorf("the content type of the fixed response holds control characters")
	}
	out := fixed{
		status: int(f.StatusCode), kind: []byte(f.ContentType), body: []byte(f.MessageBody),
		style: c.Style,
	}
	if f.ContentType == "text/plain" && c.Dialect != model.DialectNginx {
		out.kind = []byte("text/plain; charset=utf-8")
	}
	return out, nil
}

// Request makes the response; the driver leaves the body away for HEAD.
func (f fixed) Request(x *exchange.Exchange) exchange.Verdict {
	x.Did(exchange.ActionFixedResponse)
	if f.style.Dialect == model.DialectNginx && len(f.body) == 0 {
		f.style.Error(x, f.status)
	} else {
		f.style.Fixed(x, f.status, f.kind, f.body)
	}
	return exchange.Respond
}
