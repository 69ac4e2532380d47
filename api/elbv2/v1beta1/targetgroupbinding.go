package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// FinalizerTargetGroupBinding keeps a TargetGroupBinding until its targets are deregistered.
const FinalizerTargetGroupBinding = "elbv2.k8s.aws/resources"

// Annotations that the controller writes on a TargetGroupBinding.
const (
	// AnnotationCheckpoint is a hash of the spec and the targets that were registered last; empty while that is under
	// way. Equal to what is wanted, it says that AWS need not be asked.
	AnnotationCheckpoint = "elbv2.k8s.aws/checkpoint"
	// AnnotationCheckpointTime is when the checkpoint was written, in seconds since 1970.
	AnnotationCheckpointTime = "elbv2.k8s.aws/checkpoint-timestamp"
)

// ReadinessGatePrefix comes before the name of a binding in the readiness gate of a pod: the pod is ready only when it
// is healthy in the binding's target group.
const ReadinessGatePrefix = "target-health.elbv2.k8s.aws/"

// Values of spec.targetType.
const (
	TargetTypeInstance = "instance"
	TargetTypeIP       = "ip"
)

// TargetGroupBinding registers the endpoints of a Service, or the nodes with its node port, as the targets of a target
// group. The controller makes one for every target group of its own; users make them for target groups of theirs. It is
// namespaced, and its Service is in the same namespace.
type TargetGroupBinding struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   TargetGroupBindingSpec   `json:"spec,omitempty"`
	Status TargetGroupBindingStatus `json:"status,omitempty"`
}

// TargetGroupBindingList is a list of bindings.
type TargetGroupBindingList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []TargetGroupBinding `json:"items"`
}

// TargetGroupBindingSpec is what a binding asks for.
type TargetGroupBindingSpec struct {
	// TargetGroupARN or TargetGroupName names the target group; the ARN counts when both are given.
	TargetGroupARN  string `json:"targetGroupARN,omitempty"`
	TargetGroupName string `json:"targetGroupName,omitempty"`
	// TargetGroupProtocol is HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP, QUIC or TCP_QUIC; AWS's view when empty.
	TargetGroupProtocol string `json:"targetGroupProtocol,omitempty"`
	// TargetType is instance or ip; AWS's view when empty.
	TargetType string `json:"targetType,omitempty"`
	// ServiceRef is the Service, and the port of it, that requests are meant for.
	ServiceRef ServiceReference `json:"serviceRef"`
	// Networking says who is let in to the targets; nil leaves security groups alone.
	Networking *TargetGroupBindingNetworking `json:"networking,omitempty"`
	// NodeSelector chooses the nodes of instance targets; nil takes all.
	NodeSelector *metav1.LabelSelector `json:"nodeSelector,omitempty"`
	// IPAddressType is ipv4 or ipv6; AWS's view, or ipv4, when empty.
	IPAddressType string `json:"ipAddressType,omitempty"`
	// VPCID is the VPC of the target group; the cluster's when empty.
	VPCID string `json:"vpcID,omitempty"`
	// IAMRoleARNToAssume and AssumeRoleExternalID reach a target group in another account; ip targets only.
	IAMRoleARNToAssume   string `json:"iamRoleArnToAssume,omitempty"`
	AssumeRoleExternalID string `json:"assumeRoleExternalId,omitempty"`
	// MultiClusterTargetGroup says that other clusters register targets too: only this cluster's are ever taken out.
	MultiClusterTargetGroup bool `json:"multiClusterTargetGroup,omitempty"`
}

// ServiceReference names a Service and one of its ports, by number or name.
type ServiceReference struct {
	Name string             `json:"name"`
	Port intstr.IntOrString `json:"port"`
}

// TargetGroupBindingNetworking are rules about who may reach the targets.
type TargetGroupBindingNetworking struct {
	Ingress []NetworkingIngressRule `json:"ingress,omitempty"`
}

// NetworkingIngressRule lets every source in to every port.
type NetworkingIngressRule struct {
	From  []NetworkingPeer `json:"from"`
	Ports []NetworkingPort `json:"ports"`
}

// NetworkingPeer is one source; exactly one member is set.
type NetworkingPeer struct {
	IPBlock       *IPBlock       `json:"ipBlock,omitempty"`
	SecurityGroup *SecurityGroup `json:"securityGroup,omitempty"`
}

// IPBlock is a range of addresses.
type IPBlock struct {
	CIDR string `json:"cidr"`
}

// SecurityGroup is a security group by its id.
type SecurityGroup struct {
	GroupID string `json:"groupID"`
}

// NetworkingPort is a port of targets. Protocol is TCP when empty, or UDP. Port is a number, or a name that is looked
// up in each pod; nil means all ports.
type NetworkingPort struct {
	Protocol string              `json:"protocol,omitempty"`
	Port     *intstr.IntOrString `json:"port,omitempty"`
}

// TargetGroupBindingStatus says how far the controller has come.
type TargetGroupBindingStatus struct {
	// ObservedGeneration is the generation whose targets are registered.
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`
	// Conditions holds Ready.
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}
