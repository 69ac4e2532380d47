package binding

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Pending finds the endpoints of a group that are not ready, although their containers are: what such a pod waits for may
// be its health in this very target group (a readiness gate), so it has to be registered before it is ready. Pods that
// end, and pods on nodes that are not ready, are not among them. When neither these nor any ready endpoint are left, pods on
// nodes that have ceased to report stand in. The list is sorted like that of Targets.
func Pending(set *objects.Set, tg *model.TargetGroup) []model.Target {
	b := tg.Binding
	if b == nil || b.TargetType != model.TargetIP {
		return nil
	}
	service := objects.Name{Namespace: b.Namespace, Name: b.Service}
	port := FindPortOrTarget(set.Service(service), b.Port)
	if port == nil {
		return nil
	}
	var waiting, unknown []model.Target
	for _, s := range set.EndpointSlicesOf(service) {
		number := slicePort(s, port)
		if !familyFits(s.AddressType, tg.IPAddressType) || number <= 0 {
			continue
		}
		for i := range s.Endpoints {
			e := s.Endpoints[i]
			node := pending(set, b.Namespace, &e)
			e.Conditions.Ready = nil
			switch Readiness(node) {
			case corev1.ConditionTrue:
				waiting = appendEndpoint(waiting, &e, number)
			case corev1.ConditionUnknown:
				unknown = appendEndpoint(unknown, &e, number)
			}
		}
	}
	if len(waiting) == 0 && len(unknown) > 0 && !b.FailClosed && len(Targets(set, tg)) == 0 {
		waiting = unknown
	}
	slices.SortFunc(waiting, compareTargets)
	return slices.CompactFunc(waiting, func(a, c model.Target) bool { return a.ID == c.ID && a.Port == c.Port })
}

// pending is the node of a pod that is not ready although its containers are; nil for all other endpoints.
func pending(set *objects.Set, namespace string, e *discoveryv1.Endpoint) *corev1.Node {
	if e.Conditions.Ready == nil || *e.Conditions.Ready || e.Conditions.Terminating != nil && *e.Conditions.Terminating ||
		e.TargetRef == nil || e.TargetRef.Kind != "Pod" {
		return nil
	}
	pod := set.Pod(objects.Name{Namespace: namespace, Name: e.TargetRef.Name})
	if pod == nil || pod.DeletionTimestamp != nil || !slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.ContainersReady && c.Status == corev1.ConditionTrue
	}) {
		return nil
	}
	return set.Node(pod.Spec.NodeName)
}
