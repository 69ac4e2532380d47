package compile

import (
	"crypto/tls"
	"strings"
)

// nginxTLSPolicy is what class nginx speaks: the versions of a list, TLS 1.2 and 1.3 when it is empty, with what encrypts
// and authenticates in one step and keeps forward secrecy, which is what crypto/tls offers by itself, and its key
// exchanges.
func nginxTLSPolicy(versions string) *TLSPolicy {
	p := &TLSPolicy{Name: "nginx " + versions, Min: tls.VersionTLS12, Max: tls.VersionTLS13}
	known := map[string]uint16{
		"TLSv1": tls.VersionTLS10, "TLSv1.1": tls.VersionTLS11, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13,
	}
	for i, name := range strings.Fields(versions) {
		v := known[name]
		if v == 0 {
			continue // the builder takes known ones only
		}
		if i == 0 {
			p.Min, p.Max = v, v
		}
		p.Min, p.Max = min(p.Min, v), max(p.Max, v)
	}
	return p
}
