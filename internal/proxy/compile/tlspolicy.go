package compile

import (
	"crypto/tls"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// TLSPolicy is what a TLS listener speaks, in the terms of crypto/tls. It is never changed.
type TLSPolicy struct {
	// Name tells policies apart: ELB's name, or what class nginx was told.
	Name string
	// Min and Max are versions of TLS.
	Min, Max uint16
	// Suites are the cipher suites of TLS 1.2 and before. crypto/tls puts them in its own order, which has the safest
	// first; those of TLS 1.3 are always all three.
	Suites []uint16
	// Curves are the key exchanges; crypto/tls orders them itself.
	Curves []tls.CurveID

	// unspoken are the suites of the policy that crypto/tls does not know, unwanted those that it cannot leave out.
	unspoken, unwanted []string
}

// elbTLSPolicy reads one of ELB's policies; "" is the default one. It is false when there is none of that name, and the
// default one then.
func elbTLSPolicy(name string) (*TLSPolicy, bool) {
	if name == "" {
		name = model.DefaultSSLPolicy
	}
	p, known := model.FindSSLPolicy(name)
	if !known {
		p, _ = model.FindSSLPolicy(model.DefaultSSLPolicy)
	}
	out := &TLSPolicy{
		Name: p.Name, Min: tls.VersionTLS10 + uint16(p.Least), Max: tls.VersionTLS10 + uint16(p.Most),
		Curves: exchange.KeyExchanges(p.Hybrid, p.FIPS),
	}
	if p.Most == 3 && !slices.Contains(p.Ciphers(), "TLS_CHACHA20_POLY1305_SHA256") {
		out.unwanted = []string{"TLS_CHACHA20_POLY1305_SHA256"}
	}
	out.takeSuites(p.Ciphers())
	return out, known
}

// takeSuites sorts names into suites for crypto/tls and names that it does not know.
func (p *TLSPolicy) takeSuites(names []string) {
	for _, name := range names {
		id, old := exchange.CipherID(name)
		switch {
		case id == 0:
			p.unspoken = append(p.unspoken, name)
		case old:
			p.Suites = append(p.Suites, id)
		}
	}
}

// tlsPolicy reads the policy of a listener of an AWS load balancer, and says what of it is not as AWS has it. Of the
// default policy, which nobody chose, the reference tells.
func tlsPolicy(lb *model.LoadBalancer, ml *model.Listener, diags *[]diag.Diagnostic) *TLSPolicy {
	p, known := elbTLSPolicy(ml.SSLPolicy)
	source := settingOf(lb, ml, model.SettingSSLPolicy)
	say := func(m diag.Message, args ...diag.Arg) {
		args = append(args, diag.A("lb", lb.ID), diag.A("port", ml.Port), diag.A("policy", p.Name))
		*diags = append(*diags, diag.New(m, objectOf(source, lb.ID), source.Field, args...))
	}
	if !known {
		say(diag.SSLPolicyUnknown, diag.A("unknown", ml.SSLPolicy))
	}
	if len(p.unspoken) > 0 && p.Name != model.DefaultSSLPolicy {
		say(diag.CiphersNotSpoken, diag.A("ciphers", strings.Join(p.unspoken, ", ")))
	}
	if len(p.unwanted) > 0 {
		say(diag.CiphersNotLeftOut, diag.A("ciphers", strings.Join(p.unwanted, ", ")))
	}
	return p
}

// Config makes the settings of crypto/tls that the policy stands for.
func (p *TLSPolicy) Config() *tls.Config {
	return &tls.Config{
		MinVersion: p.Min, MaxVersion: p.Max, CipherSuites: p.Suites, CurvePreferences: p.Curves,
		// Responses are written in pieces as large as they come: small records only cost.
		DynamicRecordSizingDisabled: true,
	}
}
