package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Names of the group, its version and its kinds.
const (
	Group                  = "elbv2.k8s.aws"
	Version                = "v1beta1"
	KindIngressClassParams = "IngressClassParams"
	KindTargetGroupBinding = "TargetGroupBinding"
)

// GroupVersion is the group and version of every type here.
func GroupVersion() schema.GroupVersion { return schema.GroupVersion{Group: Group, Version: Version} }

// AddToScheme makes the types known to clients that use the scheme.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion(),
		&IngressClassParams{}, &IngressClassParamsList{}, &TargetGroupBinding{}, &TargetGroupBindingList{})
	metav1.AddToGroupVersion(s, GroupVersion())
	return nil
}
