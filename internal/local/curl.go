package local

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

// curlLines are command lines that a person can paste, one per host of the Ingress, and for class alb one per
// protocol.
func curlLines(ing *networkingv1.Ingress, lb *LoadBalancerState) []string {
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

// samplePath is a path that an Ingress's path matches.
func samplePath(p *networkingv1.HTTPIngressPath) string {
	path := p.Path
	if path == "" || path[0] != '/' {
		return "/"
	}
	if p.PathType != nil && *p.PathType != networkingv1.PathTypeImplementationSpecific {
		return path
	}
	// A pattern or a regular expression: what stands before its first special letter is the best guess.
	if i := strings.IndexAny(path, `*?()[]{}|+^$\`); i >= 0 {
		path = path[:strings.LastIndexByte(path[:i], '/')+1]
	}
	return path
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
