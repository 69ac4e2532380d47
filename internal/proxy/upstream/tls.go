package upstream

import (
	"crypto/tls"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// targetTLS is how both originals speak TLS to targets: the certificate is not verified (it cannot be: pods hold
// self-made ones), no name is sent, and old versions and ciphers are accepted: those of the widest policy that ALB has
// towards targets. It holds for groups that no load balancer of AWS's kind has said anything about (Speak).
func targetTLS() *tls.Config {
	return &tls.Config{
		InsecureSkipVerify:     true, //nolint:gosec // ALB and ingress-nginx (proxy-ssl-verify off) do the same
		MinVersion:             tls.VersionTLS10,
		CipherSuites:           suitesOf(model.SSLPolicyPrefix + "TLS13-1-0-2021-06"),
		SessionTicketsDisabled: true,
	}
}

// suitesOf are the cipher suites of TLS 1.2 and before of a policy.
func suitesOf(policy string) []uint16 {
	p, _ := model.FindSSLPolicy(policy)
	var out []uint16
	for _, name := range p.Ciphers() {
		if id, old := exchange.CipherID(name); old {
			out = append(out, id)
		}
	}
	return out
}

// Speak says which of ELB's security policies the group's targets are spoken to with where they are in TLS, health checks
// too: load balancers choose it by the policies of their listeners (model.PolicyTowardsTargets). It holds for connections
// that are made from now on; those that wait for a request are closed. "", and a name that there is none of, is what holds without it: as much as ELB ever speaks.
func (g *Group) Speak(policy string) {
	said := g.registry.speech(policy)
	if before := g.speech.Swap(said); before == said || !g.TLS() {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range g.order {
		t.pool.drain()
	}
}

// speech is what a policy stands for, nil when there is none of that name. All groups share it.
func (r *Registry) speech(policy string) *tls.Config {
	r.mu.Lock()
	defer r.mu.Unlock()
	if have := r.speeches[policy]; have != nil {
		return have
	}
	p, known := model.FindSSLPolicy(policy)
	if !known {
		return nil
	}
	config := targetTLS()
	config.MinVersion, config.MaxVersion = tls.VersionTLS10+uint16(p.Least), tls.VersionTLS10+uint16(p.Most)
	config.CipherSuites, config.CurvePreferences = suitesOf(policy), exchange.KeyExchanges(p.Hybrid, p.FIPS)
	r.speeches[policy] = config
	return config
}

// speaks is how the group's targets are spoken to in TLS; nil when they are not.
func (g *Group) speaks() *tls.Config {
	config := g.settings.Load().tls
	if config == nil {
		return nil
	}
	if said := g.speech.Load(); said != nil {
		return said
	}
	return config
}
