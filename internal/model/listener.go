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
	DefaultCertificate string
	Certificates       []string
	// SSLPolicy is the name of one of ELB's policies; for class nginx it is the versions of TLS that are spoken, TLSv1.2
	// TLSv1.3 when empty, and behind CiphersAfter the ciphers of versions before TLS 1.3, as OpenSSL lists them.
	SSLPolicy            string
	ALPNPolicy           string
	MutualAuthentication *MutualAuthentication
	// ClientAuth are the hosts whose clients are asked for certificates, for class nginx.
	ClientAuth []HostClientAuth
	// HostCiphers are the hosts with cipher suites of their own, for class nginx.
	HostCiphers []HostCiphers
	Attributes  []Attribute
	Tags        []Tag
	// DefaultActions answer what no rule matches. The last one is the routing action.
	DefaultActions []Action
	// DefaultPolicy goes with DefaultActions.
	DefaultPolicy *Policy
	// DefaultSource names where DefaultActions came from.
	DefaultSource Source
	// Sources name the objects that asked for other settings of the listener.
	Sources []SettingSource
	Rules   []Rule
	// SameRulesAs, when not 0, is the port of another listener of this load balancer whose rules, default actions
	// and default policy this one serves; its own are empty. Used by class nginx, whose HTTP and HTTPS ports
	// differ in nothing but TLS.
	SameRulesAs int32
	// Passthrough are names whose TLS connections go to a target group undecrypted. Used by class nginx
	// (ssl-passthrough), on ports with TLS.
	Passthrough []Passthrough
	// ProxyProtocol, when not nil, has clients begin every connection with a header of the PROXY protocol. Used by
	// class nginx (use-proxy-protocol).
	ProxyProtocol *ProxyProtocol
	// Clients says how clients are treated, for class nginx; nil for the defaults.
	Clients *ClientSettings
}

// Passthrough sends the TLS connections of one server name (SNI) to a target group as they come.
type Passthrough struct {
	// Host is a name in lower case.
	Host        string
	TargetGroup string
	Source      Source
}

// ProxyProtocol says how headers of the PROXY protocol that clients begin with are taken.
type ProxyProtocol struct {
	// TimeoutMillis is how long a header may take to arrive; 0 takes the dialect's default of 5 s.
	TimeoutMillis int64
	// TrustedCIDRs are the peers whose word about the client is believed; all must send a header. Empty means everyone.
	TrustedCIDRs []string
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

// TrustStore is what client certificates are verified against, by reference (ARN) or with its content.
type TrustStore struct {
	// ID is the ARN, or "secret/<namespace>/<name>" for a Secret.
	ID string
	// Authorities are the certificates of authorities, PEM; empty when only AWS knows them.
	Authorities []byte
	// Revocations are the revocation lists of authorities, PEM, one block for each.
	Revocations []byte
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

// CiphersAfter stands before the ciphers in a listener's SSLPolicy for class nginx.
const CiphersAfter = " ciphers="

// TargetGroups lists the IDs of the target groups that the listener's default actions and rules forward to, in their order;
// one may be there more than once.
func (l *Listener) TargetGroups() []string {
	var out []string
	add := func(actions []Action) {
		for i := range actions {
			if f := actions[i].Forward; f != nil {
				for _, g := range f.TargetGroups {
					out = append(out, g.TargetGroup)
				}
			}
		}
	}
	add(l.DefaultActions)
	for i := range l.Rules {
		add(l.Rules[i].Actions)
	}
	return out
}
