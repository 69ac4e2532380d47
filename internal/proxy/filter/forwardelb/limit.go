package forwardelb

import (
	"bytes"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// maxAddresses is how many addresses X-Forwarded-For may bring along.
const maxAddresses = 30

type limit struct{ style page.Style }

// NewLimit answers 463 to requests with more than 30 addresses in X-Forwarded-For; nil when nothing is appended to it.
func NewLimit(s *compile.Settings, style page.Style) exchange.Filter {
	if s.ForwardedFor != compile.ForwardedForAppend {
		return nil
	}
	return limit{style}
}

// Request counts the addresses of all fields of the name.
func (l limit) Request(x *exchange.Exchange) exchange.Verdict {
	addresses := 0
	for i := range x.Request.Header.Len() {
		f := x.Request.Header.At(i)
		if len(f.Name) == len(xFor) && len(f.Value) > 0 && exchange.EqualFold(f.Name, "X-Forwarded-For") {
			addresses += 1 + bytes.Count(f.Value, []byte{','})
		}
	}
	if addresses > maxAddresses {
		l.style.Error(x, 463)
		return exchange.Respond
	}
	return exchange.Continue
}
