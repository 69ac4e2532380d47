package world

import (
	"net/netip"
	"time"
)

// Tags of a resource.
type Tags map[string]string

// VPC is a virtual network.
type VPC struct {
	ID       string         `json:"id"`
	CIDRs    []netip.Prefix `json:"cidrs"`
	IPv6     []netip.Prefix `json:"ipv6,omitempty"`
	Default  bool           `json:"default,omitempty"`
	DNSNames bool           `json:"dnsHostnames,omitempty"`
	NoDNS    bool           `json:"noDNSSupport,omitempty"`
	// UsageMetrics is the attribute enableNetworkAddressUsageMetrics: kept, without effect.
	UsageMetrics bool `json:"usageMetrics,omitempty"`
	Tags         Tags `json:"tags,omitempty"`
}

// Zone is an availability zone.
type Zone struct {
	// Name is such as ap-northeast-2a, ID such as apne2-az1.
	Name string `json:"name"`
	ID   string `json:"id"`
	// Type is availability-zone, local-zone or wavelength-zone; availability-zone when empty.
	Type string `json:"type,omitempty"`
}

// Subnet is a part of a VPC in one zone.
type Subnet struct {
	ID        string       `json:"id"`
	VPC       string       `json:"vpc"`
	Zone      string       `json:"zone"`
	CIDR      netip.Prefix `json:"cidr"`
	IPv6      netip.Prefix `json:"ipv6,omitzero"`
	Outpost   string       `json:"outpost,omitempty"`
	PublicIPs bool         `json:"publicIPs,omitempty"`
	// What ModifySubnetAttribute sets besides; kept, without effect.
	AssignIPv6   bool   `json:"assignIPv6,omitempty"`
	DNS64        bool   `json:"dns64,omitempty"`
	HostnameType string `json:"hostnameType,omitempty"`
	ARecord      bool   `json:"aRecord,omitempty"`
	AAAARecord   bool   `json:"aaaaRecord,omitempty"`
	Tags         Tags   `json:"tags,omitempty"`
}

// Instance is a machine.
type Instance struct {
	ID        string     `json:"id"`
	VPC       string     `json:"vpc"`
	Subnet    string     `json:"subnet"`
	PrivateIP netip.Addr `json:"privateIP"`
	// State is pending, running, stopping, stopped or terminated; running when empty.
	State          string   `json:"state,omitempty"`
	SecurityGroups []string `json:"securityGroups,omitempty"`
	// Type (t3.medium when empty) and Image are what RunInstances was given; no machine is behind them.
	Type  string `json:"type,omitempty"`
	Image string `json:"image,omitempty"`
	// Launched is the time it was started at, Terminated the time it ended; zero when not known, or not ended.
	Launched   time.Time `json:"launched,omitzero"`
	Terminated time.Time `json:"terminated,omitzero"`
	Tags       Tags      `json:"tags,omitempty"`
}

// Interface is a network interface: of an instance, of pods, or of a load balancer.
type Interface struct {
	ID             string       `json:"id"`
	VPC            string       `json:"vpc"`
	Subnet         string       `json:"subnet"`
	Addresses      []netip.Addr `json:"addresses"`
	SecurityGroups []string     `json:"securityGroups,omitempty"`
	Description    string       `json:"description,omitempty"`
	// Instance is what it is attached to; Requester is amazon-elb for load balancers.
	Instance  string `json:"instance,omitempty"`
	Requester string `json:"requester,omitempty"`
	Tags      Tags   `json:"tags,omitempty"`
}

// Certificate is a certificate of ACM. Key never leaves this machine: no call returns it.
type Certificate struct {
	ARN    string `json:"arn"`
	Domain string `json:"domain"`
	// Names are the subject alternative names, Domain first.
	Names []string `json:"names"`
	// Type is IMPORTED, AMAZON_ISSUED or PRIVATE; Status ISSUED, PENDING_VALIDATION and so on.
	Type      string   `json:"type"`
	Status    string   `json:"status"`
	Authority string   `json:"authority,omitempty"`
	Chain     string   `json:"chain"`
	Key       string   `json:"key"`
	InUseBy   []string `json:"-"`
	// Created is the time of the request or the import; the zero time when not known. Validation is DNS, EMAIL or HTTP for
	// requested ones.
	Created    time.Time `json:"created,omitzero"`
	Validation string    `json:"validation,omitempty"`
	// Token is what makes a repeated request the same request; empty when none was given.
	Token string `json:"token,omitempty"`
	Tags  Tags   `json:"tags,omitempty"`
}
