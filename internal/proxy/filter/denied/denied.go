package denied

import (
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

type filter struct {
	dialect model.Dialect
	server  bool
}

// New answers 503 to everything when there is a reason, which clients never see; nil without one.
func New(reason string, dialect model.Dialect, server bool) exchange.Filter {
	if reason == "" {
		return nil
	}
	return filter{dialect, server}
}

// Request answers 503.
func (f filter) Request(x *exchange.Exchange) exchange.Verdict {
	page.Error(x, f.dialect, f.server, 503)
	return exchange.Respond
}
