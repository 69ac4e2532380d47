package upstream

import (
	"crypto/tls"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// targetTLS is how both originals speak TLS to targets: the certificate is not verified (it cannot be: pods hold
// self-made ones), no name is sent, and old versions and ciphers are accepted: those of the widest policy that ALB has
// towards targets. With a listener whose policy has no TLS 1.3, ALB speaks none to targets either; here it does.
func targetTLS() *tls.Config {
	return &tls.Config{
		InsecureSkipVerify:     true, //nolint:gosec // ALB and ingress-nginx (proxy-ssl-verify off) do the same
		MinVersion:             tls.VersionTLS10,
		CipherSuites:           targetSuites(),
		SessionTicketsDisabled: true,
	}
}

// targetSuites are the cipher suites of TLS 1.2 and before towards targets.
func targetSuites() []uint16 {
	p, _ := model.FindSSLPolicy(model.SSLPolicyPrefix + "TLS13-1-0-2021-06")
	var out []uint16
	for _, name := range p.Ciphers() {
		if id, old := exchange.CipherID(name); old {
			out = append(out, id)
		}
	}
	return out
}
