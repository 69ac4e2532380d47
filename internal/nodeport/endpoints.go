package nodeport

import (
	"net/netip"
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// Endpoints are where a Service's port of this name leads, in order: the first address of each ready endpoint that keep
// takes, as kube-proxy has it. An unknown readiness counts as ready; a nil keep takes all.
func Endpoints(list []*discoveryv1.EndpointSlice, port string, keep func(*discoveryv1.Endpoint) bool) []netip.AddrPort {
	var out []netip.AddrPort
	for _, s := range list {
		for _, p := range s.Ports {
			if p.Port == nil || p.Name == nil || *p.Name != port {
				continue
			}
			for i := range s.Endpoints {
				e := &s.Endpoints[i]
				if e.Conditions.Ready != nil && !*e.Conditions.Ready || len(e.Addresses) == 0 || keep != nil && !keep(e) {
					continue
				}
				if a, err := netip.ParseAddr(e.Addresses[0]); err == nil {
					out = append(out, netip.AddrPortFrom(a, uint16(*p.Port))) //nolint:gosec // the API server checks ports
				}
			}
		}
	}
	slices.SortFunc(out, netip.AddrPort.Compare)
	return out
}
