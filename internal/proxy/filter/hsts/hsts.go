package hsts

import "github.com/gwanmun/gwanmun/internal/proxy/exchange"

var name = []byte("Strict-Transport-Security")

type filter struct{ value []byte }

// New sets the field; nil for an empty value.
func New(value string) exchange.Filter {
	if value == "" {
		return nil
	}
	return filter{[]byte(value)}
}

// Request does nothing.
func (filter) Request(*exchange.Exchange) exchange.Verdict { return exchange.Continue }

// Response replaces what the target said, on connections that are encrypted up to us: over plain HTTP browsers must
// ignore the field (RFC 6797 section 8.1).
func (f filter) Response(x *exchange.Exchange) {
	if x.Conn.HTTPS() {
		x.Response.Header.Put(name, f.value)
	}
}
