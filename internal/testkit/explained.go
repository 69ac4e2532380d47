package testkit

import (
	"fmt"
	"strings"

	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// explained asks the proxy what would happen to a request that has just been answered, and says where the explanation
// differs from what did happen. Requests whose outcome the head alone does not decide are passed over: several target
// groups to choose from, bodies without a declared length, other protocol versions.
func (f *front) explained(r *request, at proxy.Placement, got *reply) []string {
	if r.tls.cert != "" {
		return nil // explain speaks of clients without a certificate
	}
	if r.flow.header != "" || r.flow.raw() || r.sni != "" || r.proto != "http1.1" && r.proto != "http2" || r.chunked || r.hasHeader("Host") || r.hasHeader("Upgrade") {
		return nil
	}
	probe := compile.Probe{Method: r.method, Host: r.url.Host, Target: r.target, BodySize: int64(len(r.body)), HTTP2: r.proto == "http2"}
	probe.Remote, probe.Datagrams = r.flow.client, r.datagrams()
	for _, h := range r.headers {
		name, value, _ := strings.Cut(h, ":")
		probe.Header = append(probe.Header, compile.Field{Name: name, Value: strings.TrimSpace(value)})
	}
	trace := f.server.Explain(at.LoadBalancer, at.Port, probe)
	if !trace.Listening {
		return []string{"explain knows no such listener"}
	}
	if trace.Network != nil {
		// Bytes are passed on as they come: there is nothing to compare but where they went.
		if seen, ok := got.echo(); ok && seen.Namespace != "" && trace.Weight == trace.Total && f.services[trace.Group] != seen.Namespace+"/"+seen.Service {
			return []string{fmt.Sprintf("explain says target group %s, the target was of %s/%s", trace.Group, seen.Namespace, seen.Service)}
		}
		return nil
	}
	if trace.Asked != "" {
		return nil // what somebody outside says decides
	}
	if trace.Group == "" || trace.Mismatch != "" {
		var out []string
		if trace.Status != got.status {
			out = append(out, fmt.Sprintf("explain says status %d", trace.Status))
		}
		if place := got.header.Get("Location"); withoutState(trace.Location) != withoutState(place) {
			out = append(out, fmt.Sprintf("explain says location %q, the answer had %q", trace.Location, place))
		}
		return out
	}
	if trace.Weight != trace.Total {
		return nil
	}
	seen, ok := got.echo()
	if !ok || seen.Path == "" {
		return nil // the target could not be reached, or was asked for something else than its JSON
	}
	var out []string
	for _, c := range []struct{ what, explained, saw string }{
		{"path", trace.UpstreamPath, seen.Path},
		{"host", trace.UpstreamHost, seen.Host},
		{"target group", f.services[trace.Group], seen.Namespace + "/" + seen.Service},
	} {
		if c.explained != c.saw {
			out = append(out, fmt.Sprintf("explain says %s %q, the target saw %q", c.what, c.explained, c.saw))
		}
	}
	return out
}
