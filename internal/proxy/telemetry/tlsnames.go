package telemetry

import (
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// appendTLS appends ssl_cipher and ssl_protocol.
func appendTLS(b []byte, x *exchange.Exchange) []byte {
	if x.Conn == nil || x.Conn.TLS == nil {
		return append(b, "- -"...)
	}
	b = append(b, exchange.CipherName(x.Conn.TLS.CipherSuite)...)
	b = append(b, ' ')
	return append(b, exchange.TLSVersionName(x.Conn.TLS.Version)...)
}
