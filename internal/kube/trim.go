package kube

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Annotations that matter to nobody here, or to one reader only.
const (
	annotationApplied = "kubectl.kubernetes.io/last-applied-configuration"
	// annotationBranchInterface names the network interface of a pod with security groups of its own.
	annotationBranchInterface = "vpc.amazonaws.com/pod-eni"
)

// trim takes out of an object what nobody reads, before it is kept: the caches of a cluster with many pods hold little
// else than what load balancing needs. The object is ours to change.
func trim(object any) (any, error) {
	if o, ok := object.(metav1.Object); ok {
		o.SetManagedFields(nil)
		if a := o.GetAnnotations(); a[annotationApplied] != "" {
			delete(a, annotationApplied)
		}
	}
	switch o := object.(type) {
	case *corev1.Pod:
		trimPod(o)
	case *corev1.Node:
		trimNode(o)
	case *corev1.Namespace:
		*o = corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: o.Name, UID: o.UID, Labels: o.Labels}}
	case *corev1.Secret:
		o.Labels, o.Annotations, o.OwnerReferences, o.StringData = nil, nil, nil, nil
	case *discoveryv1.EndpointSlice:
		trimSlice(o)
	}
	return object, nil
}

// trimPod keeps the address, the gates and the conditions that gates are about.
func trimPod(p *corev1.Pod) {
	kept := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: p.Namespace, Name: p.Name, UID: p.UID, DeletionTimestamp: p.DeletionTimestamp,
			CreationTimestamp: p.CreationTimestamp,
		},
		Spec:   corev1.PodSpec{NodeName: p.Spec.NodeName, ReadinessGates: p.Spec.ReadinessGates, HostNetwork: p.Spec.HostNetwork},
		Status: corev1.PodStatus{Phase: p.Status.Phase, PodIP: p.Status.PodIP, PodIPs: p.Status.PodIPs},
	}
	if v, ok := p.Annotations[annotationBranchInterface]; ok {
		kept.Annotations = map[string]string{annotationBranchInterface: v}
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady || c.Type == corev1.ContainersReady || gates(p, c.Type) {
			kept.Status.Conditions = append(kept.Status.Conditions, corev1.PodCondition{Type: c.Type, Status: c.Status})
		}
	}
	*p = kept
}

func gates(p *corev1.Pod, t corev1.PodConditionType) bool {
	for _, g := range p.Spec.ReadinessGates {
		if g.ConditionType == t {
			return true
		}
	}
	return false
}

// trimNode keeps what decides whether a node is a target. The time of the last heartbeat is not: without it, a node
// changes when something changes.
func trimNode(n *corev1.Node) {
	kept := corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: n.Name, UID: n.UID, Labels: n.Labels, CreationTimestamp: n.CreationTimestamp},
		Spec:       corev1.NodeSpec{ProviderID: n.Spec.ProviderID, Taints: n.Spec.Taints},
		Status:     corev1.NodeStatus{Addresses: n.Status.Addresses},
	}
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			kept.Status.Conditions = append(kept.Status.Conditions, corev1.NodeCondition{Type: c.Type, Status: c.Status})
		}
	}
	*n = kept
}

func trimSlice(s *discoveryv1.EndpointSlice) {
	service := s.Labels[discoveryv1.LabelServiceName]
	s.ObjectMeta = metav1.ObjectMeta{
		Namespace: s.Namespace, Name: s.Name, UID: s.UID,
		Labels: map[string]string{discoveryv1.LabelServiceName: service},
	}
	for i := range s.Endpoints {
		s.Endpoints[i].Hints, s.Endpoints[i].DeprecatedTopology = nil, nil
	}
}

// sameMeta says whether two versions of an object's metadata differ in nothing but the version.
func sameMeta(a, b *metav1.ObjectMeta) bool {
	return a.Generation == b.Generation && maps.Equal(a.Labels, b.Labels) && maps.Equal(a.Annotations, b.Annotations) &&
		a.DeletionTimestamp.Equal(b.DeletionTimestamp)
}
