package elb

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/gwanmun/gwanmun/internal/model"
)

// PortText is a port number as text.
func PortText(port int32) string { return strconv.FormatInt(int64(port), 10) }

// NumericTargetPort is the target port when it is a number, 0 when it is a name; the API server fills an absent one in with
// the port.
func NumericTargetPort(p *corev1.ServicePort) int32 {
	switch {
	case p.TargetPort.Type == intstr.String:
		return 0
	case p.TargetPort.IntVal == 0:
		return p.Port
	}
	return p.TargetPort.IntVal
}

// TargetPortText is the port of targets as security groups of targets need it: the node port for instance targets, the
// target port for ip targets. A name stays a name, as it may differ from pod to pod.
func TargetPortText(t model.TargetType, p *corev1.ServicePort) string {
	if t == model.TargetInstance {
		return PortText(p.NodePort)
	}
	if n := NumericTargetPort(p); n != 0 {
		return PortText(n)
	}
	return p.TargetPort.StrVal
}

// AddressType is ipv6 as soon as the Service has IPv6 among its families, even behind IPv4.
func AddressType(svc *corev1.Service) model.IPAddressType {
	if slices.Contains(svc.Spec.IPFamilies, corev1.IPv6Protocol) {
		return model.IPv6
	}
	return model.IPv4
}

// PortsOf lists the ports of a Service, for messages; svc may be nil.
func PortsOf(svc *corev1.Service) string {
	if svc == nil {
		return ""
	}
	var out []string
	for _, p := range svc.Spec.Ports {
		text := PortText(p.Port)
		if p.Name != "" {
			text += " " + p.Name
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// Dualstack says whether a load balancer has IPv6 addresses.
func Dualstack(t model.IPAddressType) bool {
	return t == model.Dualstack || t == model.DualstackWithoutPublicIPv4
}
