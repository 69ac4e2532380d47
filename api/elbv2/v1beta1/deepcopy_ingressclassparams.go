package v1beta1

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
)

// DeepCopyInto copies p into out.
func (p *IngressClassParams) DeepCopyInto(out *IngressClassParams) {
	*out = *p
	p.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	p.Spec.DeepCopyInto(&out.Spec)
}

// DeepCopy makes a copy that shares nothing with p.
func (p *IngressClassParams) DeepCopy() *IngressClassParams { return copied(p, p.DeepCopyInto) }

// DeepCopyObject is DeepCopy for a runtime.Object.
func (p *IngressClassParams) DeepCopyObject() runtime.Object { return p.DeepCopy() }

// DeepCopyInto copies l into out.
func (l *IngressClassParamsList) DeepCopyInto(out *IngressClassParamsList) {
	*out = *l
	l.ListMeta.DeepCopyInto(&out.ListMeta)
	out.Items = copyList(l.Items, func(from, to *IngressClassParams) { from.DeepCopyInto(to) })
}

// DeepCopyObject copies the list.
func (l *IngressClassParamsList) DeepCopyObject() runtime.Object { return copied(l, l.DeepCopyInto) }

// DeepCopyInto copies s into out.
func (s *IngressClassParamsSpec) DeepCopyInto(out *IngressClassParamsSpec) {
	*out = *s
	out.NamespaceSelector = s.NamespaceSelector.DeepCopy()
	out.Group = pointed(s.Group)
	out.Scheme = pointed(s.Scheme)
	out.IPAddressType = pointed(s.IPAddressType)
	if s.Subnets != nil {
		out.Subnets = &SubnetSelector{IDs: slices.Clone(s.Subnets.IDs), Tags: copyMap(s.Subnets.Tags)}
	}
	out.CertificateARN = slices.Clone(s.CertificateARN)
	out.InboundCIDRs = slices.Clone(s.InboundCIDRs)
	out.PrefixListsIDs = slices.Clone(s.PrefixListsIDs)
	out.PrefixListsIDsLegacy = slices.Clone(s.PrefixListsIDsLegacy)
	out.TargetType = pointed(s.TargetType)
	out.Tags = slices.Clone(s.Tags)
	out.LoadBalancerAttributes = slices.Clone(s.LoadBalancerAttributes)
	out.Listeners = copyList(s.Listeners, func(from, to *Listener) {
		*to = *from
		to.ListenerAttributes = slices.Clone(from.ListenerAttributes)
	})
	out.MinimumLoadBalancerCapacity = pointed(s.MinimumLoadBalancerCapacity)
	if s.IPAMConfiguration != nil {
		out.IPAMConfiguration = &IPAMConfiguration{IPv4IPAMPoolID: pointed(s.IPAMConfiguration.IPv4IPAMPoolID)}
	}
}
