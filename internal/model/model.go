package model

// A Model is a desired or observed state: load balancers and what they refer to. Everything is referred to by ID,
// which is unique in its slice and stable from build to build (an ID never depends on order or time).
//
// A model may be partial: a unit of building (one host, one IngressGroup) yields a model of its own, and several
// of them join into one with Merge.
type Model struct {
	LoadBalancers  []LoadBalancer
	TargetGroups   []TargetGroup
	Certificates   []Certificate
	SecurityGroups []SecurityGroup
	// UserLists are the user lists that basic authentication checks against, by ID.
	UserLists []UserList
	// TrustStores are what client certificates are verified against, by ID.
	TrustStores []TrustStore
}

// Dialect is the data plane whose observable behaviour a load balancer has where the two originals differ:
// headers towards targets, error pages, path handling, host selection, limits.
type Dialect string

const (
	// DialectELB behaves like an AWS load balancer: rules are tried in priority order over the whole listener, paths
	// are compared as received, X-Forwarded-* and X-Amzn-Trace-Id are sent, errors carry "Server: awselb/2.0".
	DialectELB Dialect = ""
	// DialectNginx behaves like ingress-nginx: a request first picks a host (exact, then one-label wildcard, then
	// none), and then the rule of that host with the lowest priority; paths are compared after normalisation;
	// X-Real-IP, X-Request-ID, X-Forwarded-* and X-Scheme are sent.
	DialectNginx Dialect = "nginx"
)

// LoadBalancerType is application (HTTP) or network (TCP, TLS, UDP).
type LoadBalancerType string

// Load balancer types, as ELBv2's Type.
const (
	Application LoadBalancerType = "application"
	Network     LoadBalancerType = "network"
)

// Scheme says which addresses a load balancer gets.
type Scheme string

// Schemes, as ELBv2's Scheme.
const (
	Internal       Scheme = "internal"
	InternetFacing Scheme = "internet-facing"
)

// IPAddressType is the address family of a load balancer or target group.
type IPAddressType string

// IP address types, as ELBv2's IpAddressType. Target groups know IPv4 and IPv6, load balancers the other three.
const (
	IPv4                       IPAddressType = "ipv4"
	IPv6                       IPAddressType = "ipv6"
	Dualstack                  IPAddressType = "dualstack"
	DualstackWithoutPublicIPv4 IPAddressType = "dualstack-without-public-ipv4"
)

// LoadBalancer is an ELBv2 load balancer, or the in-cluster proxy itself for class nginx.
type LoadBalancer struct {
	// ID is unique among load balancers of a model: the stack's id text ("ns/name" or the group's name) for
	// AWS classes, "nginx" for the in-cluster proxy.
	ID      string
	Name    string
	Type    LoadBalancerType
	Dialect Dialect
	Scheme  Scheme
	// IPAddressType is ipv4 when empty.
	IPAddressType IPAddressType
	Subnets       []SubnetMapping
	// SecurityGroups are IDs of SecurityGroups in the model, or ids of existing groups ("sg-...").
	SecurityGroups        []string
	CustomerOwnedIPv4Pool string
	IPAMPoolID            string
	MinimumCapacityUnits  int32
	// PrivateLinkInboundRules says whether a network load balancer's security groups hold for traffic from PrivateLink:
	// on, off, or empty when not given.
	PrivateLinkInboundRules string
	// IPv6SourceNAT gives a network load balancer prefixes to reach IPv6 targets with UDP: on, off, or empty.
	IPv6SourceNAT string
	Attributes    []Attribute
	Tags          []Tag
	Listeners     []Listener
	// WebACL, Shield: add-ons; empty means not managed, "none" means removed on purpose.
	WebACL string
	Shield string
	// Sources name the objects that asked for settings.
	Sources []SettingSource
}

// SubnetMapping attaches a load balancer to a subnet.
type SubnetMapping struct {
	SubnetID           string
	AllocationID       string
	PrivateIPv4Address string
	IPv6Address        string
	SourceNATIPv6      string
}

// Tag is one AWS tag.
type Tag struct {
	Key   string
	Value string
}

// Attribute is one key of the attribute table (attributes.go) with its value as text.
type Attribute struct {
	Key   string
	Value string
}

// Source names the Kubernetes object that a part of the model came from, for explain, logs and metrics. It has no
// influence on behaviour.
type Source struct {
	Kind      string
	Namespace string
	Name      string
	// Field is the place inside the object, such as "spec.rules[0].http.paths[1]".
	Field string
	// Path is the path text as the user wrote it.
	Path string
	// Service and Port name the backend that the rule forwards to, when there is exactly one.
	Service string
	Port    string
}
