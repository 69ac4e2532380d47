package local

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/manifest"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// managedBy marks the EndpointSlices that stand-ins are entered in.
const managedBy = "stand-in.gwanmun.dev"

// place is one pod behind one Service: what an EndpointSlice of its own will say.
type place struct {
	service objects.Name
	pod     string
	node    standInNode
	ports   []placePort
	// process is the local process that serves it; a stand-in is started when it is invalid.
	process netip.AddrPort
}

// placePort is one port of the Service with the number that the pod has for it.
type placePort struct {
	name   string
	number int32
	target int32
	// datagrams says that it is one of UDP.
	datagrams bool
}

// standIns says which pods have to be stood in for: those of Services that have a selector and no EndpointSlices of their
// own, and whose pods exist in manifests only.
func standIns(l *manifest.Loaded, nodes []standInNode, into *diag.Collector) []place {
	pods := podsOf(l, nodes, into)
	written := writtenSlices(l)
	asked := askedFor(l)
	var out []place
	for _, o := range l.Objects {
		s, ok := o.Value.(*corev1.Service)
		if !ok || s.Spec.Type == corev1.ServiceTypeExternalName {
			continue
		}
		if value := s.Annotations[AnnotationAddress]; value != "" {
			out = append(out, processes(s, o.Key, value, into)...)
			continue
		}
		slices := written[o.Key.Name]
		if len(s.Spec.Selector) == 0 || len(slices) > 0 {
			if asked[o.Key.Name] {
				tellUnreachable(s, o.Key, slices, into)
			}
			continue
		}
		out = append(out, served(s, o.Key, pods[s.Namespace], into)...)
	}
	return out
}

// processes makes the places of a Service that names local processes itself.
func processes(s *corev1.Service, k objects.Key, value string, into *diag.Collector) []place {
	field := "metadata.annotations[" + AnnotationAddress + "]"
	addresses, err := parseAddresses(value)
	if err != nil {
		into.Add(diag.LocalAddressInvalid, k.Object(), field, diag.A("key", AnnotationAddress), diag.A("value", value))
		return nil
	}
	into.Add(diag.LocalProcess, k.Object(), field, diag.A("address", value))
	var out []place
	for _, a := range addresses {
		p := place{service: k.Name, pod: "process-" + strings.NewReplacer(".", "-", ":", "-").Replace(a.String()), process: a}
		for _, sp := range servedPorts(s) {
			p.ports = append(p.ports, placePort{sp.Name, sp.Port, int32(a.Port()), sp.Protocol == corev1.ProtocolUDP})
		}
		out = append(out, p)
	}
	return out
}

// served makes the places of a Service whose pods are in the manifests.
func served(s *corev1.Service, k objects.Key, pods []pod, into *diag.Collector) []place {
	selector := labels.SelectorFromSet(s.Spec.Selector)
	var out []place
	sources := map[string]bool{}
	standing := 0
	for i := range pods {
		p := &pods[i]
		if !selector.Matches(labels.Set(p.labels)) {
			continue
		}
		at := place{service: k.Name, pod: p.name, node: p.node, process: p.process}
		for _, sp := range servedPorts(s) {
			target := p.containerPort(sp)
			switch {
			case p.process.IsValid():
				target = int32(p.process.Port())
			case target == 0:
				into.Add(diag.LocalTargetPort, k.Object(), "spec.ports", diag.A("port", sp.TargetPort.StrVal), diag.A("source", p.source.Object()))
				continue
			}
			at.ports = append(at.ports, placePort{sp.Name, sp.Port, target, sp.Protocol == corev1.ProtocolUDP})
		}
		if len(at.ports) == 0 {
			continue
		}
		out = append(out, at)
		if p.process.IsValid() {
			into.Add(diag.LocalProcess, k.Object(), "", diag.A("address", p.process))
			continue
		}
		standing++
		sources[p.source.Object().String()] = true
	}
	switch {
	case standing > 0:
		names := make([]string, 0, len(sources))
		for name := range sources {
			names = append(names, name)
		}
		slices.Sort(names)
		into.Add(diag.LocalStandIns, k.Object(), "", diag.A("count", standing), diag.A("source", strings.Join(names, ", ")), diag.A("key", AnnotationAddress))
	case len(out) == 0:
		into.Add(diag.LocalNoPods, k.Object(), "spec.selector", diag.A("selector", selector), diag.A("key", AnnotationAddress))
	}
	return out
}

// servedPorts are the ports that stand-ins answer on: those of TCP and UDP.
func servedPorts(s *corev1.Service) []corev1.ServicePort {
	return slices.DeleteFunc(slices.Clone(s.Spec.Ports), func(p corev1.ServicePort) bool {
		return p.Protocol != corev1.ProtocolTCP && p.Protocol != corev1.ProtocolUDP
	})
}

// slice makes the EndpointSlice of a place. ports are the numbers that its stand-ins listen on, in the order of its ports.
func (p *place) slice(address netip.Addr, ports []uint16) *discoveryv1.EndpointSlice {
	ready := true
	endpoint := discoveryv1.Endpoint{
		Addresses:  []string{address.String()},
		Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &ready},
		TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: p.service.Namespace, Name: p.pod},
	}
	if p.node.name != "" {
		endpoint.NodeName, endpoint.Zone = &p.node.name, &p.node.zone
	}
	family := discoveryv1.AddressTypeIPv4
	if address.Is6() {
		family = discoveryv1.AddressTypeIPv6
	}
	s := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: p.service.Namespace,
			Name:      p.service.Name + "-" + suffix(5, p.service.Name, p.pod),
			Labels:    map[string]string{discoveryv1.LabelServiceName: p.service.Name, discoveryv1.LabelManagedBy: managedBy},
		},
		AddressType: family,
		Endpoints:   []discoveryv1.Endpoint{endpoint},
	}
	for i := range p.ports {
		number, protocol := int32(ports[i]), corev1.ProtocolTCP
		if p.ports[i].datagrams {
			protocol = corev1.ProtocolUDP
		}
		s.Ports = append(s.Ports, discoveryv1.EndpointPort{Name: &p.ports[i].name, Protocol: &protocol, Port: &number})
	}
	return s
}
