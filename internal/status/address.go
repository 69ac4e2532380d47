package status

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
)

// Port is a listener port that an object is served on; UDP is false for TCP.
type Port struct {
	Number int32
	UDP    bool
}

func (p Port) protocol() corev1.Protocol {
	if p.UDP {
		return corev1.ProtocolUDP
	}
	return corev1.ProtocolTCP
}

// IngressByHost is the status of an Ingress that a load balancer of AWS serves: its DNS names in lower case, each with the
// ports that the Ingress uses. No names give an empty status.
func IngressByHost(hosts []string, ports []Port) networkingv1.IngressLoadBalancerStatus {
	var s networkingv1.IngressLoadBalancerStatus
	for _, h := range hosts {
		in := networkingv1.IngressLoadBalancerIngress{Hostname: strings.ToLower(h)}
		for _, p := range ports {
			in.Ports = append(in.Ports, networkingv1.IngressPortStatus{Port: p.Number, Protocol: p.protocol()})
		}
		s.Ingress = append(s.Ingress, in)
	}
	return s
}

// IngressByAddress is the status of an Ingress that our own proxy serves: IP addresses as ip, other texts as hostname, in
// order and without repeats, as ingress-nginx has them.
func IngressByAddress(addresses []string) networkingv1.IngressLoadBalancerStatus {
	sorted := slices.Clone(addresses)
	slices.Sort(sorted)
	var s networkingv1.IngressLoadBalancerStatus
	for _, a := range slices.Compact(sorted) {
		if _, err := netip.ParseAddr(a); err == nil {
			s.Ingress = append(s.Ingress, networkingv1.IngressLoadBalancerIngress{IP: a})
		} else if a != "" {
			s.Ingress = append(s.Ingress, networkingv1.IngressLoadBalancerIngress{Hostname: a})
		}
	}
	return s
}

// ServiceByHost is the status of a Service that a network load balancer serves.
func ServiceByHost(host string, ports []Port) corev1.LoadBalancerStatus {
	if host == "" {
		return corev1.LoadBalancerStatus{}
	}
	in := corev1.LoadBalancerIngress{Hostname: strings.ToLower(host)}
	for _, p := range ports {
		in.Ports = append(in.Ports, corev1.PortStatus{Port: p.Number, Protocol: p.protocol()})
	}
	return corev1.LoadBalancerStatus{Ingress: []corev1.LoadBalancerIngress{in}}
}

// AddressesOfService are the addresses under which a Service can be reached, as ingress-nginx publishes them: those of its
// load balancer and its external IPs; for other types the name it stands for, the external IPs or the cluster IP.
func AddressesOfService(s *corev1.Service) []string {
	switch s.Spec.Type {
	case corev1.ServiceTypeExternalName:
		return []string{s.Spec.ExternalName}
	case corev1.ServiceTypeLoadBalancer:
		var out []string
		for _, in := range s.Status.LoadBalancer.Ingress {
			if in.IP != "" {
				out = append(out, in.IP)
			} else {
				out = append(out, in.Hostname)
			}
		}
		return append(out, s.Spec.ExternalIPs...)
	default:
		if len(s.Spec.ExternalIPs) > 0 {
			return slices.Clone(s.Spec.ExternalIPs)
		}
		if s.Spec.ClusterIP != "" && s.Spec.ClusterIP != corev1.ClusterIPNone {
			return []string{s.Spec.ClusterIP}
		}
	}
	return nil
}

// GateOf is the condition type by which pods wait for a binding.
func GateOf(b *elbv2.TargetGroupBinding) corev1.PodConditionType {
	return corev1.PodConditionType(elbv2.ReadinessGatePrefix + b.Name)
}
