package standin

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// podPorts are the TCP ports that a stand-in answers on: those of its containers, and those that only a Service's targetPort
// names. A real container listens whether anybody wrote its port down or not.
func podPorts(pod *corev1.Pod, services []*corev1.Service) []int32 {
	ports := map[int32]bool{}
	for _, c := range pod.Spec.Containers {
		for _, p := range c.Ports {
			if p.Protocol == "" || p.Protocol == corev1.ProtocolTCP {
				ports[p.ContainerPort] = true
			}
		}
	}
	for _, s := range services {
		for _, p := range s.Spec.Ports {
			if p.Protocol != "" && p.Protocol != corev1.ProtocolTCP || p.TargetPort.Type != intstr.Int {
				continue
			}
			if n := p.TargetPort.IntVal; n != 0 {
				ports[n] = true
			} else {
				ports[p.Port] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(ports))
}

// servicesOf are the Services that select the pod, by name.
func servicesOf(pod *corev1.Pod, all []*corev1.Service) []*corev1.Service {
	var out []*corev1.Service
	for _, s := range all {
		if s.Namespace == pod.Namespace && len(s.Spec.Selector) > 0 && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(pod.Labels)) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *corev1.Service) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}
