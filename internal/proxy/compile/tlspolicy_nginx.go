package compile

import (
	"crypto/tls"
)

// nginxTLSPolicy is what class nginx speaks: TLS 1.2 and 1.3 with what encrypts and authenticates in one step and keeps
// forward secrecy, which is what crypto/tls offers by itself, and its key exchanges.
func nginxTLSPolicy() *TLSPolicy {
	return &TLSPolicy{Name: "nginx", Min: tls.VersionTLS12, Max: tls.VersionTLS13}
}
