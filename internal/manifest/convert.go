package manifest

import (
	extensionsv1beta1 "k8s.io/api/extensions/v1beta1"
	networkingv1 "k8s.io/api/networking/v1"
	networkingv1beta1 "k8s.io/api/networking/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// convertOldestIngress turns an Ingress of extensions/v1beta1 into one of networking.k8s.io/v1. Its fields are those of
// networking.k8s.io/v1beta1 under another name.
func convertOldestIngress(o metav1.Object) metav1.Object {
	old := o.(*extensionsv1beta1.Ingress)
	mid := &networkingv1beta1.Ingress{
		ObjectMeta: old.ObjectMeta,
		Spec:       networkingv1beta1.IngressSpec{IngressClassName: old.Spec.IngressClassName},
	}
	mid.Spec.Backend = midBackend(old.Spec.Backend)
	for _, t := range old.Spec.TLS {
		mid.Spec.TLS = append(mid.Spec.TLS, networkingv1beta1.IngressTLS{Hosts: t.Hosts, SecretName: t.SecretName})
	}
	for _, r := range old.Spec.Rules {
		rule := networkingv1beta1.IngressRule{Host: r.Host}
		if r.HTTP != nil {
			rule.HTTP = &networkingv1beta1.HTTPIngressRuleValue{}
			for _, p := range r.HTTP.Paths {
				rule.HTTP.Paths = append(rule.HTTP.Paths, networkingv1beta1.HTTPIngressPath{
					Path: p.Path, PathType: (*networkingv1beta1.PathType)(p.PathType), Backend: *midBackend(&p.Backend),
				})
			}
		}
		mid.Spec.Rules = append(mid.Spec.Rules, rule)
	}
	return convertIngress(mid)
}

func midBackend(b *extensionsv1beta1.IngressBackend) *networkingv1beta1.IngressBackend {
	if b == nil {
		return nil
	}
	return &networkingv1beta1.IngressBackend{ServiceName: b.ServiceName, ServicePort: b.ServicePort, Resource: b.Resource}
}

// convertIngress turns an Ingress of networking.k8s.io/v1beta1 into one of networking.k8s.io/v1, as API servers did while
// they knew both: a missing pathType is ImplementationSpecific.
func convertIngress(o metav1.Object) metav1.Object {
	old := o.(*networkingv1beta1.Ingress)
	ing := &networkingv1.Ingress{
		ObjectMeta: old.ObjectMeta,
		Spec: networkingv1.IngressSpec{
			IngressClassName: old.Spec.IngressClassName,
			DefaultBackend:   newBackend(old.Spec.Backend),
		},
	}
	for _, t := range old.Spec.TLS {
		ing.Spec.TLS = append(ing.Spec.TLS, networkingv1.IngressTLS{Hosts: t.Hosts, SecretName: t.SecretName})
	}
	for _, r := range old.Spec.Rules {
		rule := networkingv1.IngressRule{Host: r.Host}
		if r.HTTP != nil {
			rule.HTTP = &networkingv1.HTTPIngressRuleValue{}
			for _, p := range r.HTTP.Paths {
				pathType := networkingv1.PathTypeImplementationSpecific
				if p.PathType != nil {
					pathType = networkingv1.PathType(*p.PathType)
				}
				rule.HTTP.Paths = append(rule.HTTP.Paths, networkingv1.HTTPIngressPath{
					Path: p.Path, PathType: &pathType, Backend: *newBackend(&p.Backend),
				})
			}
		}
		ing.Spec.Rules = append(ing.Spec.Rules, rule)
	}
	return ing
}

func newBackend(b *networkingv1beta1.IngressBackend) *networkingv1.IngressBackend {
	if b == nil {
		return nil
	}
	if b.ServiceName == "" {
		return &networkingv1.IngressBackend{Resource: b.Resource}
	}
	port := networkingv1.ServiceBackendPort{Number: b.ServicePort.IntVal}
	if b.ServicePort.Type == intstr.String {
		port = networkingv1.ServiceBackendPort{Name: b.ServicePort.StrVal}
	}
	return &networkingv1.IngressBackend{
		Service:  &networkingv1.IngressServiceBackend{Name: b.ServiceName, Port: port},
		Resource: b.Resource,
	}
}
