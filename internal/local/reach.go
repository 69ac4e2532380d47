package local

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/manifest"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// writtenSlices are the EndpointSlices among the manifests, by the Service that they belong to.
func writtenSlices(l *manifest.Loaded) map[objects.Name][]*discoveryv1.EndpointSlice {
	out := map[objects.Name][]*discoveryv1.EndpointSlice{}
	for _, o := range l.Objects {
		if s, ok := o.Value.(*discoveryv1.EndpointSlice); ok {
			n := objects.Name{Namespace: s.Namespace, Name: s.Labels[discoveryv1.LabelServiceName]}
			out[n] = append(out[n], s)
		}
	}
	return out
}

// askedFor are the Services that Ingresses name as backends.
func askedFor(l *manifest.Loaded) map[objects.Name]bool {
	out := map[objects.Name]bool{}
	for _, o := range l.Objects {
		ing, ok := o.Value.(*networkingv1.Ingress)
		if !ok {
			continue
		}
		add := func(b *networkingv1.IngressBackend) {
			if b != nil && b.Service != nil {
				out[objects.Name{Namespace: ing.Namespace, Name: b.Service.Name}] = true
			}
		}
		add(ing.Spec.DefaultBackend)
		for i := range ing.Spec.Rules {
			if http := ing.Spec.Rules[i].HTTP; http != nil {
				for j := range http.Paths {
					add(&http.Paths[j].Backend)
				}
			}
		}
	}
	return out
}

// tellUnreachable reports a Service whose requests cannot go anywhere, as far as its EndpointSlices say. Nothing else
// would: in a cluster that is a state that comes and goes, in files it is a mistake.
func tellUnreachable(s *corev1.Service, k objects.Key, written []*discoveryv1.EndpointSlice, into *diag.Collector) {
	if len(written) == 0 {
		into.Add(diag.LocalNoSlice, k.Object(), "spec", diag.A("key", AnnotationAddress))
		return
	}
	for i, sp := range s.Spec.Ports {
		if sp.Protocol != corev1.ProtocolTCP && sp.Protocol != corev1.ProtocolUDP {
			continue
		}
		if !slices.ContainsFunc(written, func(e *discoveryv1.EndpointSlice) bool { return leadsTo(e, sp.Name, sp.Protocol) }) {
			into.Add(diag.LocalNoAddress, k.Object(), fmt.Sprintf("spec.ports[%d]", i), diag.A("port", fmt.Sprintf("%q", sp.Name)))
		}
	}
}

// leadsTo says whether an EndpointSlice holds a ready address for the port with that name and protocol.
func leadsTo(e *discoveryv1.EndpointSlice, port string, wanted corev1.Protocol) bool {
	has := slices.ContainsFunc(e.Ports, func(p discoveryv1.EndpointPort) bool {
		name, protocol := "", corev1.ProtocolTCP
		if p.Name != nil {
			name = *p.Name
		}
		if p.Protocol != nil {
			protocol = *p.Protocol
		}
		return name == port && protocol == wanted && p.Port != nil && *p.Port > 0 && *p.Port <= 65535
	})
	return has && slices.ContainsFunc(e.Endpoints, func(at discoveryv1.Endpoint) bool {
		return (at.Conditions.Ready == nil || *at.Conditions.Ready) && slices.ContainsFunc(at.Addresses, func(a string) bool {
			_, err := netip.ParseAddr(a)
			return err == nil
		})
	})
}
