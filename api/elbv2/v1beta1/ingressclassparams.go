package v1beta1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// IngressClassParams gives settings to all Ingresses of the IngressClasses that refer to it. A field that is set beats
// the annotation for the same thing. It is cluster-scoped.
type IngressClassParams struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec IngressClassParamsSpec `json:"spec,omitempty"`
}

// IngressClassParamsList is a list of IngressClassParams.
type IngressClassParamsList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []IngressClassParams `json:"items"`
}

// IngressClassParamsSpec is what an IngressClassParams asks for.
type IngressClassParamsSpec struct {
	// NamespaceSelector limits the namespaces whose Ingresses may use the class; empty allows all.
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`
	// Group puts every Ingress of the class into one IngressGroup.
	Group *IngressGroup `json:"group,omitempty"`
	// Scheme is internal or internet-facing.
	Scheme *string `json:"scheme,omitempty"`
	// LoadBalancerName is the name of the load balancer, up to 32 characters.
	LoadBalancerName string `json:"loadBalancerName,omitempty"`
	// IPAddressType is ipv4, dualstack or dualstack-without-public-ipv4.
	IPAddressType *string `json:"ipAddressType,omitempty"`
	// Subnets are given by ids or by tags.
	Subnets *SubnetSelector `json:"subnets,omitempty"`
	// CertificateARN are the certificates of HTTPS listeners.
	CertificateARN []string `json:"certificateArn,omitempty"`
	// SSLPolicy is the security policy of HTTPS listeners.
	SSLPolicy string `json:"sslPolicy,omitempty"`
	// SSLRedirectPort is the HTTPS port that HTTP ports redirect to, as text.
	SSLRedirectPort string `json:"sslRedirectPort,omitempty"`
	// InboundCIDRs are the address ranges that are let in.
	InboundCIDRs []string `json:"inboundCIDRs,omitempty"`
	// PrefixListsIDs are the managed prefix lists that are let in; PrefixListsIDsLegacy is their old spelling. At most
	// one of the two is set.
	PrefixListsIDs       []string `json:"prefixListsIDs,omitempty"`
	PrefixListsIDsLegacy []string `json:"PrefixListsIDs,omitempty"`
	// TargetType is instance or ip; it beats the annotations of Services too.
	TargetType *string `json:"targetType,omitempty"`
	// Tags of AWS resources.
	Tags []Tag `json:"tags,omitempty"`
	// LoadBalancerAttributes of the load balancer.
	LoadBalancerAttributes []Attribute `json:"loadBalancerAttributes,omitempty"`
	// Listeners holds attributes of listeners by protocol and port.
	Listeners []Listener `json:"listeners,omitempty"`
	// MinimumLoadBalancerCapacity is the capacity that is kept ready.
	MinimumLoadBalancerCapacity *MinimumLoadBalancerCapacity `json:"minimumLoadBalancerCapacity,omitempty"`
	// IPAMConfiguration is the pool of public addresses.
	IPAMConfiguration *IPAMConfiguration `json:"ipamConfiguration,omitempty"`
	// WAFv2ACLARN and WAFv2ACLName are the web ACL; "none" takes it away.
	WAFv2ACLARN  string `json:"wafv2AclArn,omitempty"`
	WAFv2ACLName string `json:"wafv2AclName,omitempty"`
}

// IngressGroup names an IngressGroup.
type IngressGroup struct {
	Name string `json:"name"`
}

// SubnetSelector names subnets by id, or by tag keys with the values that each may have.
type SubnetSelector struct {
	IDs  []string            `json:"ids,omitempty"`
	Tags map[string][]string `json:"tags,omitempty"`
}

// Tag is one AWS tag.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Attribute is one attribute of an ELBv2 resource.
type Attribute struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Listener holds the attributes of one listener.
type Listener struct {
	Protocol           string      `json:"protocol,omitempty"`
	Port               int32       `json:"port,omitempty"`
	ListenerAttributes []Attribute `json:"listenerAttributes,omitempty"`
}

// MinimumLoadBalancerCapacity is a capacity reservation; 0 takes it back.
type MinimumLoadBalancerCapacity struct {
	CapacityUnits int32 `json:"capacityUnits"`
}

// IPAMConfiguration names an IPAM pool.
type IPAMConfiguration struct {
	IPv4IPAMPoolID *string `json:"ipv4IPAMPoolId,omitempty"`
}
