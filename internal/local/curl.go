package local

import (
	"net"
	"net/netip"
	"regexp/syntax"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

// CurlLines are command lines that a person can paste, one per host of the Ingress, and for class alb one per
// protocol.
func CurlLines(ing *networkingv1.Ingress, lb *LoadBalancerState) []string {
	plain, secure := listenerOf(lb, "HTTP"), listenerOf(lb, "HTTPS")
	hosts := map[string]string{}
	var order []string
	for i := range ing.Spec.Rules {
		r := &ing.Spec.Rules[i]
		if _, seen := hosts[r.Host]; seen {
			continue
		}
		order = append(order, r.Host)
		hosts[r.Host] = "/"
		if r.HTTP != nil && len(r.HTTP.Paths) > 0 {
			hosts[r.Host] = samplePath(&r.HTTP.Paths[0])
		}
	}
	if len(order) == 0 {
		order, hosts[""] = []string{""}, "/"
	}
	withTLS := tlsHosts(ing)
	var out []string
	for _, host := range order {
		at := []*ListenerState{plain, secure}
		if lb.Class == "nginx" {
			// Its plain listener answers hosts with TLS by a redirect, and its other one serves all hosts: one line is enough.
			at = []*ListenerState{plain}
			if secure != nil && slices.Contains(withTLS, host) {
				at = []*ListenerState{secure}
			}
		}
		for _, l := range at {
			if l != nil {
				out = append(out, CurlLine(l.Protocol == "HTTPS", l.Address, host, hosts[host]))
			}
		}
	}
	return out
}

// listenerOf is the first listener of a protocol that has a socket.
func listenerOf(lb *LoadBalancerState, protocol string) *ListenerState {
	for i := range lb.Listeners {
		if lb.Listeners[i].Protocol == protocol && lb.Listeners[i].Address != "" {
			return &lb.Listeners[i]
		}
	}
	return nil
}

// CurlLine is a command line that sends a request for a host and path to an address; extra are further arguments. An
// empty host asks for the address itself. No name needs to be known to any name server.
func CurlLine(secure bool, address, host, path string, extra ...string) string {
	scheme, standard := "http", "80"
	args := []string{"curl"}
	if secure {
		scheme, standard = "https", "443"
		args = append(args, "-k")
	}
	args = append(args, extra...)
	addr, port, err := net.SplitHostPort(address)
	if err != nil {
		addr, port = address, standard
	}
	// A wildcard stands for one label; any will do.
	if rest, ok := strings.CutPrefix(host, "*."); ok {
		host = "any." + rest
	}
	if host == "" {
		host = addr
		if a, err := netip.ParseAddr(addr); err == nil && a.Is6() {
			host = "[" + addr + "]"
		}
	} else {
		args = append(args, "--resolve", host+":"+port+":"+addr)
	}
	if port != standard {
		host += ":" + port
	}
	return strings.Join(append(args, quote(scheme+"://"+host+path)), " ")
}

// samplePath is a path that an Ingress's path matches. What the path means depends on annotations, of other Ingresses too:
// where it can be more than itself, the first reading that fits it is taken.
func samplePath(p *networkingv1.HTTPIngressPath) string {
	path := p.Path
	if path == "" || path[0] != '/' {
		return "/"
	}
	if !strings.ContainsAny(path, `*?()[]{}|+^$\`) || p.PathType != nil && *p.PathType != networkingv1.PathTypeImplementationSpecific {
		return path
	}
	if !strings.ContainsAny(path, `()[]{}|+^$\`) && !strings.Contains(path, ".*") {
		return strings.NewReplacer("*", "any", "?", "x").Replace(path) // a pattern of class alb
	}
	for _, expression := range []string{path[1:], path} {
		// Class alb's expressions stand behind the slash that an Ingress's path begins with.
		if re, err := syntax.Parse(expression, syntax.Perl); err == nil {
			if sample := shortest(re.Simplify()); strings.HasPrefix(sample, "/") {
				return sample
			}
		}
	}
	return "/"
}

// shortest is a short text that the expression matches; assertions are taken to hold.
func shortest(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		return sampleOf(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "x"
	case syntax.OpCapture, syntax.OpPlus:
		return shortest(re.Sub[0])
	case syntax.OpRepeat:
		return strings.Repeat(shortest(re.Sub[0]), min(re.Min, 100))
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			b.WriteString(shortest(sub))
		}
		return b.String()
	case syntax.OpAlternate:
		return shortest(re.Sub[0])
	}
	return "" // what may be left out, and assertions
}

// sampleOf is a letter or digit of a class of characters, or its first one.
func sampleOf(ranges []rune) string {
	for _, r := range "x0A" {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= r && r <= ranges[i+1] {
				return string(r)
			}
		}
	}
	if len(ranges) == 0 {
		return ""
	}
	return string(ranges[0])
}

// quote protects text from a shell.
func quote(s string) string {
	if strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/@%+=,", r)
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
