package store

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Records are never changed in place: who wants a change copies the record, replaces the members in question and puts
// the copy. So what View hands out may be kept. Seq grows with each record that is made and orders lists.

// LoadBalancer is a load balancer without its listeners.
type LoadBalancer struct {
	ARN           string                       `json:"arn"`
	Seq           uint64                       `json:"seq"`
	Name          string                       `json:"name"`
	Type          types.LoadBalancerTypeEnum   `json:"type"`
	Scheme        types.LoadBalancerSchemeEnum `json:"scheme"`
	IPAddressType types.IpAddressType          `json:"ipAddressType"`
	VPC           string                       `json:"vpc"`
	Subnets       []Subnet                     `json:"subnets"`
	// SecurityGroups are ids, in the order they were given.
	SecurityGroups []string `json:"securityGroups,omitempty"`
	// PrivateLink is EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: on, off, or empty.
	PrivateLink           string `json:"privateLink,omitempty"`
	CustomerOwnedIPv4Pool string `json:"customerOwnedIPv4Pool,omitempty"`
	IPv4Pool              string `json:"ipv4Pool,omitempty"`
	// IPv6SourceNAT is EnablePrefixForIpv6SourceNat: on, off, or empty.
	IPv6SourceNAT string    `json:"ipv6SourceNAT,omitempty"`
	DNSName       string    `json:"dnsName"`
	Created       time.Time `json:"created"`
	// Address is where its listeners are served on this machine.
	Address  netip.Addr `json:"address,omitzero"`
	Capacity Capacity   `json:"capacity,omitzero"`
	// Attributes holds what was set; all others have their defaults.
	Attributes map[string]string `json:"attributes,omitempty"`
	Tags       map[string]string `json:"tags,omitempty"`
}

// Subnet attaches a load balancer to a subnet.
type Subnet struct {
	ID                 string `json:"id"`
	Zone               string `json:"zone"`
	Outpost            string `json:"outpost,omitempty"`
	AllocationID       string `json:"allocation,omitempty"`
	PrivateIPv4Address string `json:"ipv4,omitempty"`
	IPv6Address        string `json:"ipv6,omitempty"`
	SourceNATIPv6      string `json:"sourceNATIPv6,omitempty"`
}

// Capacity is a reservation of capacity units; 0 units is none.
type Capacity struct {
	Units    int32     `json:"units,omitempty"`
	Modified time.Time `json:"modified,omitzero"`
	// Decreases counts today's requests for less.
	Decreases int32 `json:"decreases,omitempty"`
}

// Listener is one port of a load balancer. Its default actions are those of its default rule.
type Listener struct {
	ARN          string             `json:"arn"`
	Seq          uint64             `json:"seq"`
	LoadBalancer string             `json:"loadBalancer"`
	Port         int32              `json:"port"`
	Protocol     types.ProtocolEnum `json:"protocol"`
	SSLPolicy    string             `json:"sslPolicy,omitempty"`
	ALPNPolicy   string             `json:"alpnPolicy,omitempty"`
	// Certificate is the default one; Certificates are the others, in the order they were added.
	Certificate  string            `json:"certificate,omitempty"`
	Certificates []string          `json:"certificates,omitempty"`
	Mutual       *Mutual           `json:"mutual,omitempty"`
	Attributes   map[string]string `json:"attributes,omitempty"`
	Tags         map[string]string `json:"tags,omitempty"`
}

// Mutual asks clients for certificates.
type Mutual struct {
	// Mode is off, passthrough or verify.
	Mode         string `json:"mode"`
	TrustStore   string `json:"trustStore,omitempty"`
	IgnoreExpiry bool   `json:"ignoreExpiry,omitempty"`
	// Advertise is AdvertiseTrustStoreCaNames: on, off, or empty.
	Advertise string `json:"advertise,omitempty"`
}

// Rule is a rule of a listener. Priority 0 is the default rule, which every listener has.
type Rule struct {
	ARN        string                `json:"arn"`
	Seq        uint64                `json:"seq"`
	Listener   string                `json:"listener"`
	Priority   int32                 `json:"priority"`
	Conditions []types.RuleCondition `json:"conditions,omitempty"`
	// Actions are complete: defaults are filled in, a client's secret is there.
	Actions    []types.Action        `json:"actions"`
	Transforms []types.RuleTransform `json:"transforms,omitempty"`
	Tags       map[string]string     `json:"tags,omitempty"`
}

// TargetGroup is a target group with its targets.
type TargetGroup struct {
	ARN             string                             `json:"arn"`
	Seq             uint64                             `json:"seq"`
	Name            string                             `json:"name"`
	Type            types.TargetTypeEnum               `json:"type"`
	Protocol        types.ProtocolEnum                 `json:"protocol,omitempty"`
	ProtocolVersion string                             `json:"protocolVersion,omitempty"`
	Port            int32                              `json:"port,omitempty"`
	ControlPort     int32                              `json:"controlPort,omitempty"`
	VPC             string                             `json:"vpc,omitempty"`
	IPAddressType   types.TargetGroupIpAddressTypeEnum `json:"ipAddressType,omitempty"`
	Check           HealthCheck                        `json:"check"`
	Targets         []Target                           `json:"targets,omitempty"`
	// Attributes holds what was set; all others have their defaults.
	Attributes map[string]string `json:"attributes,omitempty"`
	Tags       map[string]string `json:"tags,omitempty"`
}

// HealthCheck asks targets whether they can serve.
type HealthCheck struct {
	Disabled  bool               `json:"disabled,omitempty"`
	Protocol  types.ProtocolEnum `json:"protocol,omitempty"`
	Port      string             `json:"port,omitempty"`
	Path      string             `json:"path,omitempty"`
	Interval  int32              `json:"interval"`
	Timeout   int32              `json:"timeout"`
	Healthy   int32              `json:"healthy"`
	Unhealthy int32              `json:"unhealthy"`
	HTTPCode  string             `json:"httpCode,omitempty"`
	GRPCCode  string             `json:"grpcCode,omitempty"`
}

// Target is one place that requests are sent to. ID, Port and Zone together tell targets of a group apart.
type Target struct {
	ID string `json:"id"`
	// Port is the group's when the registration named none; 0 for functions.
	Port int32 `json:"port,omitempty"`
	// Zone is all, or empty.
	Zone string `json:"zone,omitempty"`
	// QUIC is the target's QUIC server id, or empty.
	QUIC string `json:"quic,omitempty"`
}

// TrustStore holds certificates of authorities that clients' certificates are checked with.
type TrustStore struct {
	ARN  string `json:"arn"`
	Seq  uint64 `json:"seq"`
	Name string `json:"name"`
	// Authorities are PEM blocks, Count of them.
	Authorities string            `json:"authorities"`
	Count       int32             `json:"count"`
	Revocations []Revocation      `json:"revocations,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
}

// Revocation is a list of certificates that are valid no more.
type Revocation struct {
	// ID is unique in its trust store.
	ID int64 `json:"id"`
	// Content is a PEM block, Entries the number of certificates that it names.
	Content string `json:"content"`
	Entries int64  `json:"entries"`
}

// TargetHealth is what the data plane knows about a target.
type TargetHealth struct {
	ID   string
	Port int32
	Zone string
	// State, Reason and Description are as DescribeTargetHealth has them.
	State       types.TargetHealthStateEnum
	Reason      types.TargetHealthReasonEnum
	Description string
	// Anomalous and Mitigated are what anomaly detection found and whether the target gets less for it.
	Anomalous, Mitigated bool
}

// Set returns a copy of a map with further entries.
func Set(m, more map[string]string) map[string]string {
	out := make(map[string]string, len(m)+len(more))
	maps.Copy(out, m)
	maps.Copy(out, more)
	return out
}

// Without returns a copy of a map without some keys.
func Without(m map[string]string, keys []string) map[string]string {
	out := maps.Clone(m)
	maps.DeleteFunc(out, func(k, _ string) bool { return slices.Contains(keys, k) })
	return out
}
