package binding

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Targets finds the targets of a group through its Binding. It is nil when the group has no binding, the Service or its
// port does not exist, or nothing is ready. The list is sorted and holds no place twice, so equal sets of endpoints
// give equal lists whatever order they came in.
//
// A group without IP address type takes endpoints of both families (class nginx does); otherwise only those of its own.
func Targets(set *objects.Set, tg *model.TargetGroup) []model.Target { return On(set, tg, nil) }

// On is Targets, but of nodes only those that suits takes; nil takes all. It says nothing about pods.
func On(set *objects.Set, tg *model.TargetGroup, suits func(*corev1.Node) bool) []model.Target {
	b := tg.Binding
	if b == nil {
		return nil
	}
	service := objects.Name{Namespace: b.Namespace, Name: b.Service}
	port := FindPortOrTarget(set.Service(service), b.Port)
	if port == nil {
		return nil
	}
	var out []model.Target
	switch b.TargetType {
	case model.TargetInstance:
		out = nodes(set, tg, port.NodePort, suits)
	default:
		out = endpoints(set.EndpointSlicesOf(service), port, tg.IPAddressType)
	}
	slices.SortFunc(out, compareTargets)
	return slices.CompactFunc(out, func(a, c model.Target) bool { return a.ID == c.ID && a.Port == c.Port })
}

func compareTargets(a, b model.Target) int {
	return cmp.Or(
		compareIDs(a.ID, b.ID), cmp.Compare(a.Port, b.Port),
		cmp.Compare(a.Pod, b.Pod), cmp.Compare(a.Node, b.Node), cmp.Compare(a.Zone, b.Zone),
	)
}

// compareIDs orders addresses as addresses, so that 10.0.0.9 comes before 10.0.0.10, and other ids as text.
func compareIDs(a, b string) int {
	x, errX := netip.ParseAddr(a)
	y, errY := netip.ParseAddr(b)
	if errX == nil && errY == nil {
		return x.Compare(y)
	}
	return cmp.Compare(a, b)
}

// endpoints reads the ready addresses of a Service's slices. The slices carry one port number per port name, so a named
// targetPort that differs from pod to pod comes as several slices.
func endpoints(slicesOf []*discoveryv1.EndpointSlice, port *corev1.ServicePort, family model.IPAddressType) []model.Target {
	var out []model.Target
	for _, s := range slicesOf {
		if !familyFits(s.AddressType, family) {
			continue
		}
		number := slicePort(s, port)
		if number <= 0 {
			continue
		}
		for i := range s.Endpoints {
			out = appendEndpoint(out, &s.Endpoints[i], number)
		}
	}
	return out
}

func appendEndpoint(out []model.Target, e *discoveryv1.Endpoint, port int32) []model.Target {
	// An unknown readiness counts as ready (discovery.k8s.io/v1); a terminating pod is never ready.
	if e.Conditions.Ready != nil && !*e.Conditions.Ready {
		return out
	}
	for _, text := range e.Addresses {
		address, err := netip.ParseAddr(text)
		if err != nil || address.IsUnspecified() || address.IsMulticast() {
			continue
		}
		t := model.Target{ID: address.Unmap().String(), Port: port}
		if e.Zone != nil {
			t.Zone = *e.Zone
		}
		if e.NodeName != nil {
			t.Node = *e.NodeName
		}
		if e.TargetRef != nil && e.TargetRef.Kind == "Pod" {
			t.Pod = e.TargetRef.Name
		}
		out = append(out, t)
	}
	return out
}

func familyFits(t discoveryv1.AddressType, family model.IPAddressType) bool {
	switch t {
	case discoveryv1.AddressTypeIPv4:
		return family != model.IPv6
	case discoveryv1.AddressTypeIPv6:
		return family != model.IPv4
	}
	return false
}

// slicePort is the number behind a Service port in one slice; 0 when the slice does not have it.
func slicePort(s *discoveryv1.EndpointSlice, port *corev1.ServicePort) int32 {
	for _, p := range s.Ports {
		name, protocol := "", corev1.ProtocolTCP
		if p.Name != nil {
			name = *p.Name
		}
		if p.Protocol != nil {
			protocol = *p.Protocol
		}
		if name == port.Name && protocol == cmp.Or(port.Protocol, corev1.ProtocolTCP) && p.Port != nil {
			return *p.Port
		}
	}
	return 0
}
