package binding

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/objects"
)

// ServicePort resolves a reference to a Service's port as an Ingress writes it: a number or a name. It is nil when the
// Service does not exist or has no such port. A text of digits is a number first and a name only then, though names
// of digits alone are refused by the API server.
func ServicePort(set *objects.Set, service objects.Name, ref string) *corev1.ServicePort {
	return FindPort(set.Service(service), ref)
}

// FindPort is ServicePort for a Service at hand; svc may be nil.
func FindPort(svc *corev1.Service, ref string) *corev1.ServicePort {
	if svc == nil || ref == "" {
		return nil
	}
	ports := svc.Spec.Ports
	if number, err := strconv.ParseInt(ref, 10, 32); err == nil {
		for i := range ports {
			if ports[i].Port == int32(number) {
				return &ports[i]
			}
		}
	}
	for i := range ports {
		if ports[i].Name == ref {
			return &ports[i]
		}
	}
	return nil
}

// FindPortOrTarget is FindPort as ingress-nginx has it: a reference that is neither number nor name of a Service port
// may also be the text of its targetPort.
func FindPortOrTarget(svc *corev1.Service, ref string) *corev1.ServicePort {
	if p := FindPort(svc, ref); p != nil || svc == nil || ref == "" {
		return p
	}
	for i := range svc.Spec.Ports {
		if svc.Spec.Ports[i].TargetPort.String() == ref {
			return &svc.Spec.Ports[i]
		}
	}
	return nil
}
