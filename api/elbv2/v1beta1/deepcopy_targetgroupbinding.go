package v1beta1

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Copies are written by hand: the types are few, and a test fills every member and compares.

// DeepCopyInto copies b into out.
func (b *TargetGroupBinding) DeepCopyInto(out *TargetGroupBinding) {
	*out = *b
	b.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	b.Spec.DeepCopyInto(&out.Spec)
	b.Status.DeepCopyInto(&out.Status)
}

// DeepCopy makes a copy that shares nothing with b.
func (b *TargetGroupBinding) DeepCopy() *TargetGroupBinding { return copied(b, b.DeepCopyInto) }

// DeepCopyObject is DeepCopy for a runtime.Object.
func (b *TargetGroupBinding) DeepCopyObject() runtime.Object { return b.DeepCopy() }

// DeepCopyInto copies l into out.
func (l *TargetGroupBindingList) DeepCopyInto(out *TargetGroupBindingList) {
	*out = *l
	l.ListMeta.DeepCopyInto(&out.ListMeta)
	out.Items = copyList(l.Items, func(from, to *TargetGroupBinding) { from.DeepCopyInto(to) })
}

// DeepCopyObject copies the list.
func (l *TargetGroupBindingList) DeepCopyObject() runtime.Object { return copied(l, l.DeepCopyInto) }

// DeepCopyInto copies s into out.
func (s *TargetGroupBindingSpec) DeepCopyInto(out *TargetGroupBindingSpec) {
	*out = *s
	out.NodeSelector = s.NodeSelector.DeepCopy()
	if s.Networking != nil {
		out.Networking = &TargetGroupBindingNetworking{
			Ingress: copyList(s.Networking.Ingress, func(from, to *NetworkingIngressRule) {
				to.From = copyList(from.From, func(from, to *NetworkingPeer) {
					to.IPBlock, to.SecurityGroup = pointed(from.IPBlock), pointed(from.SecurityGroup)
				})
				to.Ports = copyList(from.Ports, func(from, to *NetworkingPort) {
					to.Protocol, to.Port = from.Protocol, pointed(from.Port)
				})
			}),
		}
	}
}

// DeepCopyInto copies s into out.
func (s *TargetGroupBindingStatus) DeepCopyInto(out *TargetGroupBindingStatus) {
	out.ObservedGeneration = pointed(s.ObservedGeneration)
	out.Conditions = copyList(s.Conditions, func(from, to *metav1.Condition) { from.DeepCopyInto(to) })
}

// copied is a new value filled by into; nil for nil.
func copied[T any](from *T, into func(*T)) *T {
	if from == nil {
		return nil
	}
	out := new(T)
	into(out)
	return out
}

// copyList copies a list one by one; a nil list stays nil.
func copyList[T any](from []T, into func(from, to *T)) []T {
	if from == nil {
		return nil
	}
	out := make([]T, len(from))
	for i := range from {
		into(&from[i], &out[i])
	}
	return out
}

// pointed copies a value without pointers inside.
func pointed[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// copyMap copies a map of lists.
func copyMap(from map[string][]string) map[string][]string {
	if from == nil {
		return nil
	}
	out := make(map[string][]string, len(from))
	for k, v := range from {
		out[k] = slices.Clone(v)
	}
	return out
}
