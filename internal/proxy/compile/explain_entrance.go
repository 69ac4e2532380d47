package compile

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// entrance says what a connection meets before its first request: the PROXY protocol, TLS, certificates of both sides.
func (t *Trace) entrance(l *Listener, host string) {
	say := func(format string, args ...any) { t.Entrance = append(t.Entrance, fmt.Sprintf(format, args...)) }
	if p := l.ProxyProtocol; p != nil {
		var trusted []string
		for _, prefix := range p.trusted {
			trusted = append(trusted, prefix.String())
		}
		whom := ""
		if len(trusted) > 0 {
			whom = ", which is believed from " + strings.Join(trusted, ", ")
		}
		say("connections begin with a header of the PROXY protocol%s", whom)
	}
	t.secured(l.TLSPolicy, l.certs, host)
	if c := l.HostCiphers(hostOnly(host)); c != nil {
		say("before TLS 1.3 it speaks these ciphers only: %s (ssl-ciphers)", c.List)
	}
	auth := l.ClientAuth
	if auth == nil {
		auth = l.HostAuth(hostOnly(host))
	}
	switch {
	case auth == nil:
	case auth.Store == nil:
		say("clients are asked for a certificate, which targets get as it is (mutual authentication: passthrough)")
	case auth.Required:
		say("clients without a certificate that the trust store lets through get no connection (mutual authentication: verify)")
	default:
		say("clients are asked for a certificate, which is verified (auth-tls-secret)")
	}
}

// secured says what TLS a connection meets.
func (t *Trace) secured(p *TLSPolicy, certs *certificates, host string) {
	if p != nil {
		versions := tls.VersionName(p.Min)
		if p.Min != p.Max {
			versions += " to " + tls.VersionName(p.Max)
		}
		if !strings.HasPrefix(p.Name, "nginx ") {
			versions += ", security policy " + p.Name
		}
		t.Entrance = append(t.Entrance, "speaks "+versions)
	}
	if certs == nil {
		return
	}
	c := certs.pick(&tls.ClientHelloInfo{ServerName: serverName(host)})
	switch {
	case c == nil:
		t.Entrance = append(t.Entrance, "there is no certificate: handshakes fail")
	case len(c.names) == 0:
		t.Entrance = append(t.Entrance, "no certificate is for this host: clients see one that names nobody they know")
	case !covers(c.names, serverName(host)):
		t.Entrance = append(t.Entrance, "no certificate is for this host: clients see that of "+strings.Join(firstNames(c.names), ", "))
	default:
		t.Entrance = append(t.Entrance, "the certificate is for "+strings.Join(firstNames(c.names), ", "))
	}
}

// firstNames are as many names as one line holds.
func firstNames(names []string) []string {
	const most = 5
	if len(names) <= most {
		return names
	}
	return append(slices.Clone(names[:most]), fmt.Sprintf("%d more", len(names)-most))
}

// covers says whether one of a certificate's names is for a host.
func covers(names []string, host string) bool {
	host = strings.ToLower(host)
	_, above, _ := strings.Cut(host, ".")
	return slices.Contains(names, host) || above != "" && slices.Contains(names, "*."+above)
}

// staying says where a client's next requests go, and how connections to targets begin.
func (t *Trace) staying(s *Snapshot) {
	say := func(format string, args ...any) { t.Staying = append(t.Staying, fmt.Sprintf(format, args...)) }
	if t.Rule != nil {
		if a := t.Rule.Policy.Affinity; a != nil {
			mode := "balanced: some clients move when targets come"
			if a.Persistent {
				mode = "persistent"
			}
			say("the cookie %s keeps clients at their target (session affinity, %s)", a.Cookie, mode)
		}
		for _, a := range t.Rule.Model.Actions {
			if f := a.Forward; f != nil && f.Stickiness != nil && f.Stickiness.Enabled {
				say("the cookies AWSALBTG and AWSALBTGCORS keep clients at their target group for %d s (target group stickiness)", f.Stickiness.DurationSeconds)
			}
		}
	}
	g, ok := s.groups.Get(t.Group)
	if !ok || len(g.variants) == 0 {
		return
	}
	tg := g.chosen().group
	if text := stickiness(tg); text != "" {
		say("%s", text)
	}
	switch {
	case tg.Algorithm == "chash":
		say("targets are chosen by a hash of %s", tg.HashBy)
	case tg.Algorithm != "" && tg.Algorithm != "round_robin":
		say("targets are chosen by %s", tg.Algorithm)
	case attribute(tg, "load_balancing.algorithm.type") != "" && attribute(tg, "load_balancing.algorithm.type") != "round_robin":
		say("targets are chosen by %s (load_balancing.algorithm.type)", attribute(tg, "load_balancing.algorithm.type"))
	}
	if attribute(tg, "proxy_protocol_v2.enabled") == "true" {
		say("connections to targets begin with a header of the PROXY protocol, version 2 (proxy_protocol_v2.enabled)")
	}
}

// stickiness is a target group's in the words of its attributes; empty for none.
func stickiness(tg *model.TargetGroup) string {
	if attribute(tg, "stickiness.enabled") != "true" {
		return ""
	}
	lasts := func(key string) string {
		if v := attribute(tg, key); v != "" {
			return v
		}
		return "86400"
	}
	kind := attribute(tg, "stickiness.type")
	mitigated := attribute(tg, "load_balancing.algorithm.type") == "weighted_random" &&
		attribute(tg, "load_balancing.algorithm.anomaly_mitigation") == "on"
	switch {
	case kind == "source_ip":
		return "the address of a client keeps it at its target (stickiness.type=source_ip)"
	case attribute(tg, "load_balancing.cross_zone.enabled") == "false":
		return "no cookie keeps clients at their target: stickiness needs cross-zone load balancing"
	case mitigated:
		return "no cookie keeps clients at their target: there is no stickiness with anomaly mitigation"
	case kind == "app_cookie":
		return fmt.Sprintf("the application's cookie %s, with AWSALBAPP-0 beside it, keeps clients at their target for %s s (stickiness.type=app_cookie)",
			attribute(tg, "stickiness.app_cookie.cookie_name"), lasts("stickiness.app_cookie.duration_seconds"))
	}
	return fmt.Sprintf("the cookies AWSALB and AWSALBCORS keep clients at their target for %s s (stickiness.enabled)",
		lasts("stickiness.lb_cookie.duration_seconds"))
}

// attribute is the value of an attribute of a target group; the last one counts.
func attribute(tg *model.TargetGroup, key string) string {
	value := ""
	for _, a := range tg.Attributes {
		if a.Key == key {
			value = a.Value
		}
	}
	return value
}
