package model

// TargetType says what a target's id is.
type TargetType string

// Target types, as ELBv2's TargetTypeEnum.
const (
	TargetInstance TargetType = "instance"
	TargetIP       TargetType = "ip"
	TargetALB      TargetType = "alb"
)

// TargetProtocol is the protocol of a target group.
type TargetProtocol string

// Target group protocols, as ELBv2's ProtocolEnum.
const (
	TargetHTTP    TargetProtocol = "HTTP"
	TargetHTTPS   TargetProtocol = "HTTPS"
	TargetTCP     TargetProtocol = "TCP"
	TargetTLS     TargetProtocol = "TLS"
	TargetUDP     TargetProtocol = "UDP"
	TargetTCPUDP  TargetProtocol = "TCP_UDP"
	TargetQUIC    TargetProtocol = "QUIC"
	TargetTCPQUIC TargetProtocol = "TCP_QUIC"
)

// ProtocolVersion is the HTTP version spoken to targets.
type ProtocolVersion string

// Protocol versions, as ELBv2's ProtocolVersion. Empty means HTTP1.
const (
	HTTP1 ProtocolVersion = "HTTP1"
	HTTP2 ProtocolVersion = "HTTP2"
	GRPC  ProtocolVersion = "GRPC"
)

// TargetGroup is a set of targets that share settings.
type TargetGroup struct {
	// ID is unique among target groups of a model.
	ID              string
	Name            string
	Type            TargetType
	Protocol        TargetProtocol
	ProtocolVersion ProtocolVersion
	Port            int32
	IPAddressType   IPAddressType
	HealthCheck     *HealthCheck
	Attributes      []Attribute
	Tags            []Tag
	ControlPort     int32
	// Algorithm overrides the load balancing attribute for DialectNginx: round_robin, ewma, chash. Empty: the
	// attribute, or round_robin.
	Algorithm string
	// HashBy is the expression that chash hashes, such as "$request_uri".
	HashBy string
	// HashSubset makes HashBy choose a subset of so many targets, and chance one of it; 0 chooses the target itself.
	HashSubset int32
	Binding    *Binding
	// Targets change far more often than anything else: they are kept out of fingerprints, and a change of them
	// alone never leads to a build or compile.
	Targets []Target
}

// Binding says where a target group's targets come from.
type Binding struct {
	Namespace string
	Service   string
	// Port is the Service port as referred to: a number or a name.
	Port string
	// TargetType instance takes nodes and the Service's node port, ip takes endpoints.
	TargetType   TargetType
	NodeSelector []Tag
	MultiCluster bool
	// FailClosed takes what runs on nodes of unknown state for no target, even when there is nothing else.
	FailClosed bool
	// Networking says who must be let in to the targets; nil when the security groups of targets are somebody else's
	// affair. Only AWS carries it out.
	Networking []BindingRule
}

// BindingRule lets one source in to ports of a binding's targets.
type BindingRule struct {
	// Exactly one of the sources is set: a CIDR, or a security group by its ID in the model or by id ("sg-...").
	CIDR          string
	SecurityGroup string
	Ports         []BindingPort
}

// BindingPort is a port of targets.
type BindingPort struct {
	// Protocol is TCP or UDP.
	Protocol string
	// Port is a number, or a name that is looked up in each pod; empty means all ports.
	Port string
}

// Target is one place that requests are sent to.
type Target struct {
	// ID is an instance id, an IP address, or a load balancer's ARN.
	ID   string
	Port int32
	// Zone is the availability zone, or "all".
	Zone string
	// Address is where the data plane dials when ID is not an address; empty otherwise.
	Address string
	// Pod and Node are names for logs, explain and the state file.
	Pod  string
	Node string
	// QUICServerID is what connections of QUIC name the target by: "0x" and 16 lower-case hexadecimal digits. Empty
	// outside of QUIC and TCP_QUIC groups.
	QUICServerID string
}

// HealthCheck asks targets whether they can serve. A nil health check means that targets are always taken as
// healthy (class nginx relies on readiness instead).
type HealthCheck struct {
	// Protocol is HTTP, HTTPS or TCP.
	Protocol TargetProtocol
	// Port is a number or "traffic-port".
	Port               string
	Path               string
	IntervalSeconds    int32
	TimeoutSeconds     int32
	HealthyThreshold   int32
	UnhealthyThreshold int32
	// HTTPCodes and GRPCCodes are lists and ranges: "200,202" or "200-299"; at most one is set.
	HTTPCodes string
	GRPCCodes string
}
