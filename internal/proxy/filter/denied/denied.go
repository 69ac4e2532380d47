package denied

import (
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

type filter struct {
	style page.Style
}

// New answers 503 to everything when there is a reason, which clients never see; nil without one.
func New(reason string, style page.Style) exchange.Filter {
	if reason == "" {
		return nil
	}
	return filter{style}
}

// Request answers 503.
func (f filter) Request(x *exchange.Exchange) exchange.Verdict {
	f.style.Error(x, 503)
	return exchange.Respond
}
