package compile

import (
	"crypto/tls"
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// nginxTLSPolicy is what class nginx speaks: the versions of a list, TLS 1.2 and 1.3 when there are none, and the cipher
// suites of a list; without one, or when nothing in it is spoken here, what encrypts and authenticates in one step and keeps
// forward secrecy, which is what crypto/tls offers by itself. Key exchanges are its own.
func nginxTLSPolicy(said string) *TLSPolicy {
	versions, ciphers, listed := strings.Cut(said, model.CiphersAfter)
	p := &TLSPolicy{Name: "nginx " + said, Min: tls.VersionTLS12, Max: tls.VersionTLS13}
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
	if listed {
		p.Suites, p.unspoken = cipherList(ciphers)
	}
	return p
}

// tlsPolicy reads the policy of a listener of class nginx and says what of it is not carried out.
func (n *nginxEdit) tlsPolicy(ml *model.Listener, diags *[]diag.Diagnostic) *TLSPolicy {
	p := nginxTLSPolicy(ml.SSLPolicy)
	_, ciphers, listed := strings.Cut(ml.SSLPolicy, model.CiphersAfter)
	source := ml.SourceOf(model.SettingSSLPolicy)
	say := func(m diag.Message, ciphers string) {
		*diags = append(*diags, diag.New(m, objectOf(source, n.id), source.Field, diag.A("lb", n.id),
			diag.A("port", ml.Port), diag.A("policy", "ssl-ciphers"), diag.A("ciphers", ciphers)))
	}
	switch {
	case listed && len(p.Suites) == 0:
		say(diag.NoCipherSpoken, ciphers)
	case len(p.unspoken) > 0:
		say(diag.CiphersNotSpoken, strings.Join(p.unspoken, ", "))
	}
	return p
}
