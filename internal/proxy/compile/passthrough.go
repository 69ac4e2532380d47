package compile

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// passthrough is a server name whose TLS connections one unit sends on undecrypted.
type passthrough struct {
	unit string
	host string
	to   *NetworkListener
}

// passIdle ends a connection that is passed through when nothing moves on it and neither side sends keep-alives.
const passIdle = time.Hour

// Passes says whether the listener sends any TLS connection on undecrypted, so that server names have to be looked at
// before a handshake.
func (l *Listener) Passes() bool { return l.passes.Len() > 0 }

// Passthrough is where TLS connections for a server name (in lower case) go undecrypted; nil when they end here. A name
// beats the wildcard of one label above it.
func (l *Listener) Passthrough(name string) *NetworkListener {
	if p, ok := l.passes.Get(name); ok {
		return p.to
	}
	if _, above, ok := strings.Cut(name, "."); ok {
		if p, ok := l.passes.Get("*." + above); ok {
			return p.to
		}
	}
	return nil
}

// passedTo is Passthrough for a host with or without a port.
func (l *Listener) passedTo(host string) *NetworkListener {
	if !l.TLS() || !l.Passes() {
		return nil
	}
	name, _, _ := strings.Cut(strings.ToLower(host), ":")
	return l.Passthrough(name)
}

// passthroughs compiles what one unit sends on undecrypted on a port.
func (e *edit) passthroughs(u *unit, lb *model.LoadBalancer, l *model.Listener) []passthrough {
	var out []passthrough
	for i := range l.Passthrough {
		p := &l.Passthrough[i]
		to := &NetworkListener{
			LoadBalancer: lb.ID, Name: lb.Name, Dialect: lb.Dialect, Port: l.Port, Protocol: model.TCP, IdleTimeout: passIdle, Source: p.Source,
			networkForward: networkForward{choices: []networkChoice{{id: p.TargetGroup, weight: 1, bound: 1}}, total: 1},
		}
		if u.hasGroup(p.TargetGroup) {
			to.choices[0].group = e.handle(p.TargetGroup)
		}
		out = append(out, passthrough{u.key, strings.ToLower(p.Host), to})
	}
	return out
}

// ProxyProtocol says how a listener takes headers of the PROXY protocol.
type ProxyProtocol struct {
	// Timeout is how long a header may take to arrive. nginx: proxy-protocol-header-timeout, 5 s.
	Timeout time.Duration
	trusted []netip.Prefix
}

// Believes says whether a peer's word about the client counts. Every peer must send a header.
func (p *ProxyProtocol) Believes(peer netip.Addr) bool {
	return len(p.trusted) == 0 || within(p.trusted, peer.Unmap().WithZone(""))
}

// proxyProtocol reads how headers are taken; nil without any. It fails on a range that cannot be read: a peer might be
// believed that must not be.
func proxyProtocol(p *model.ProxyProtocol) (*ProxyProtocol, error) {
	if p == nil {
		return nil, nil
	}
	out := &ProxyProtocol{Timeout: time.Duration(p.TimeoutMillis) * time.Millisecond}
	if out.Timeout <= 0 {
		out.Timeout = 5 * time.Second
	}
	for _, text := range p.TrustedCIDRs {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return out, fmt.Errorf("%q in the list of trusted proxies is not a CIDR block", text)
		}
		out.trusted = append(out.trusted, prefix.Masked())
	}
	return out, nil
}

// Admits says whether a client may connect, as far as the security groups of the load balancer go.
func (l *Listener) Admits(client netip.Addr) bool { return l.sources.admit(client, l.Port, false) }
