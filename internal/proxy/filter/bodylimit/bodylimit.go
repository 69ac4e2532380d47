package bodylimit

import (
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

type filter struct {
	limit int64
	style page.Style
}

// New bounds request bodies to limit bytes; nil when there is no limit (0).
func New(limit int64, style page.Style) exchange.Filter {
	if limit <= 0 {
		return nil
	}
	return filter{limit, style}
}

// Request answers 413 to a declared length beyond the limit, as nginx does when it has found the location, and tells the
// driver where to stop reading a body of unknown length.
func (f filter) Request(x *exchange.Exchange) exchange.Verdict {
	x.BodyLimit = f.limit
	if x.Request.ContentLength > f.limit {
		f.style.Error(x, 413)
		return exchange.Respond
	}
	return exchange.Continue
}
