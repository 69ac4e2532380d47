package manifest

import (
	"crypto/sha256"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// setDefaults fills in what an API server fills in when an object is created, as far as anything here looks at it. Node
// ports are given later (admit.go), since they must differ over all Services.
func setDefaults(k *kind, o metav1.Object) {
	switch {
	case k.cluster:
		o.SetNamespace("")
	case o.GetNamespace() == "":
		o.SetNamespace(metav1.NamespaceDefault)
	}
	if o.GetUID() == "" {
		o.SetUID(uidOf(string(k.kind), o.GetNamespace(), o.GetName()))
	}
	switch o := o.(type) {
	case *corev1.Service:
		serviceDefaults(o)
	case *corev1.Secret:
		secretDefaults(o)
	case *corev1.Pod:
		podDefaults(&o.Spec)
	case *discoveryv1.EndpointSlice:
		sliceDefaults(o)
	case *appsv1.Deployment:
		o.Spec.Replicas = atLeastSet(o.Spec.Replicas)
		podDefaults(&o.Spec.Template.Spec)
	case *appsv1.StatefulSet:
		o.Spec.Replicas = atLeastSet(o.Spec.Replicas)
		podDefaults(&o.Spec.Template.Spec)
	case *appsv1.ReplicaSet:
		o.Spec.Replicas = atLeastSet(o.Spec.Replicas)
		podDefaults(&o.Spec.Template.Spec)
	case *appsv1.DaemonSet:
		podDefaults(&o.Spec.Template.Spec)
	}
}

// uidOf makes a UID that depends on the object's name alone: names of AWS resources are made from UIDs and must not
// change from run to run.
func uidOf(kind, namespace, name string) types.UID {
	h := sha256.Sum256([]byte(kind + "\x00" + namespace + "\x00" + name))
	h[6] = h[6]&0x0f | 0x80 // version 8: made by a rule of our own
	h[8] = h[8]&0x3f | 0x80
	return types.UID(fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16]))
}

func serviceDefaults(s *corev1.Service) {
	if s.Spec.Type == "" {
		s.Spec.Type = corev1.ServiceTypeClusterIP
	}
	if s.Spec.SessionAffinity == "" {
		s.Spec.SessionAffinity = corev1.ServiceAffinityNone
	}
	if s.Spec.Type != corev1.ServiceTypeExternalName {
		if len(s.Spec.IPFamilies) == 0 {
			s.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
		}
		if s.Spec.IPFamilyPolicy == nil {
			single := corev1.IPFamilyPolicySingleStack
			s.Spec.IPFamilyPolicy = &single
		}
	}
	if usesNodePorts(s) && s.Spec.ExternalTrafficPolicy == "" {
		s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyCluster
	}
	for i := range s.Spec.Ports {
		p := &s.Spec.Ports[i]
		if p.Protocol == "" {
			p.Protocol = corev1.ProtocolTCP
		}
		if p.TargetPort == (intstr.IntOrString{}) || p.TargetPort == intstr.FromString("") {
			p.TargetPort = intstr.FromInt32(p.Port)
		}
	}
}

// usesNodePorts says whether a Service's ports get node ports without being asked.
func usesNodePorts(s *corev1.Service) bool {
	switch s.Spec.Type {
	case corev1.ServiceTypeNodePort:
		return true
	case corev1.ServiceTypeLoadBalancer:
		return s.Spec.AllocateLoadBalancerNodePorts == nil || *s.Spec.AllocateLoadBalancerNodePorts
	}
	return false
}

// secretDefaults merges stringData into data, where it wins.
func secretDefaults(s *corev1.Secret) {
	if s.Type == "" {
		s.Type = corev1.SecretTypeOpaque
	}
	for key, value := range s.StringData {
		if s.Data == nil {
			s.Data = map[string][]byte{}
		}
		s.Data[key] = []byte(value)
	}
	s.StringData = nil
}

func podDefaults(p *corev1.PodSpec) {
	for _, containers := range [][]corev1.Container{p.InitContainers, p.Containers} {
		for i := range containers {
			for j := range containers[i].Ports {
				if containers[i].Ports[j].Protocol == "" {
					containers[i].Ports[j].Protocol = corev1.ProtocolTCP
				}
			}
		}
	}
}

func sliceDefaults(s *discoveryv1.EndpointSlice) {
	for i := range s.Ports {
		p := &s.Ports[i]
		if p.Name == nil {
			p.Name = new(string)
		}
		if p.Protocol == nil {
			tcp := corev1.ProtocolTCP
			p.Protocol = &tcp
		}
	}
}

func atLeastSet(replicas *int32) *int32 {
	if replicas == nil {
		one := int32(1)
		return &one
	}
	return replicas
}
