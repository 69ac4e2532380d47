package model

// ListenerProtocol is what a listener speaks to clients.
type ListenerProtocol string

// Listener protocols, as ELBv2's ProtocolEnum.
const (
	HTTP    ListenerProtocol = "HTTP"
	HTTPS   ListenerProtocol = "HTTPS"
	TCP     ListenerProtocol = "TCP"
	TLS     ListenerProtocol = "TLS"
	UDP     ListenerProtocol = "UDP"
	TCPUDP  ListenerProtocol = "TCP_UDP"
	QUIC    ListenerProtocol = "QUIC"
	TCPQUIC ListenerProtocol = "TCP_QUIC"
)

// Listener is one port of a load balancer with its rules.
type Listener struct {
	// Port is unique in its load balancer (with the protocol, for TCP and UDP on one port).
	Port     int32
	Protocol ListenerProtocol
	// DefaultCertificate is served when no other certificate fits the SNI name; Certificates are the SNI ones.
	// Both are IDs of Certificates in the model.
	DefaultCertificate   string
	Certificates         []string
	SSLPolicy            string
	ALPNPolicy           string
	MutualAuthentication *MutualAuthentication
	Attributes           []Attribute
	Tags                 []Tag
	// DefaultActions answer what no rule matches. The last one is the routing action.
	DefaultActions []Action
	// DefaultPolicy goes with DefaultActions.
	DefaultPolicy *Policy
	// DefaultSource names where DefaultActions came from.
	DefaultSource Source
	Rules         []Rule
	// SameRulesAs, when not 0, is the port of another listener of this load balancer whose rules, default actions
	// and default policy this one serves; its own are empty. Used by class nginx, whose HTTP and HTTPS ports
	// differ in nothing but TLS.
	SameRulesAs int32
}

// MutualAuthentication asks clients for certificates.
type MutualAuthentication struct {
	// Mode is off, passthrough or verify.
	Mode                          string
	TrustStore                    string
	IgnoreClientCertificateExpiry bool
	// AdvertiseTrustStoreCANames is on or off; empty means not given.
	AdvertiseTrustStoreCANames string
}

// Certificate is a server certificate, by reference (ARN) or with its content.
type Certificate struct {
	// ID is the ARN, or "secret/<namespace>/<name>" for a Secret, or "default" for the self-made one.
	ID string
	// Hosts are the DNS names it is valid for, lower case; only a hint, the data plane reads the leaf itself.
	Hosts []string
	// Chain and Key are PEM; empty when only AWS knows them.
	Chain []byte
	Key   []byte `text:"secret"`
	// Tags are set on certificates that the controller requests itself.
	Tags []Tag
}

// SecurityGroup is a group that the controller owns.
type SecurityGroup struct {
	ID          string
	Name        string
	Description string
	Ingress     []SecurityGroupRule
	Tags        []Tag
}

// SecurityGroupRule permits one kind of traffic from one source.
type SecurityGroupRule struct {
	// Protocol is tcp, udp, icmp, icmpv6 or -1.
	Protocol string
	FromPort int32
	ToPort   int32
	// Exactly one of the sources is set.
	CIDR          string
	CIDRv6        string
	PrefixList    string
	SecurityGroup string
	Description   string
}
