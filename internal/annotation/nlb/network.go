package nlb

import (
	"net/netip"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

const (
	noVPC  = "it is kept for AWS; our own data plane stands in no VPC of its own"
	groupS = "Subnets and addresses"
)

// Where the load balancer stands, and under which addresses.
var (
	Subnets = annotation.Declare[[]string](annotation.StringList{}, entry(annotation.Entry{
		Suffix: aws + "subnets", Scope: annotation.ScopeLoadBalancer, Internal: partly(noVPC), Group: groupS,
		Doc:     "The subnets of the load balancer, one for each zone, by id or Name tag. Without it an existing load balancer keeps its subnets, and a new one gets those that are tagged for its scheme.",
		Example: "subnet-0123456789abcdef0,public-b",
	}))
	EIPAllocations = annotation.Declare[[]string](annotation.StringList{}, entry(annotation.Entry{
		Suffix: aws + "eip-allocations", Scope: annotation.ScopeLoadBalancer, Internal: partly(awsOnly), Group: groupS,
		Doc:     "Elastic IP addresses, one for each subnet, in the order of the subnets; for `internet-facing` only.",
		Example: "eipalloc-0123456789abcdef0,eipalloc-0123456789abcdef1",
	}))
	PrivateIPv4Addresses = annotation.Declare[[]netip.Addr](addresses{}, entry(annotation.Entry{
		Suffix: aws + "private-ipv4-addresses", Scope: annotation.ScopeLoadBalancer, OnInvalid: annotation.DropObject,
		Internal: partly(awsOnly), Group: groupS,
		Doc:     "Private IPv4 addresses, one of each subnet in any order; for `internal` only.",
		Example: "10.42.64.100,10.42.80.100",
	}))
	IPv6Addresses = annotation.Declare[[]netip.Addr](addresses{v6: true}, entry(annotation.Entry{
		Suffix: aws + "ipv6-addresses", Scope: annotation.ScopeLoadBalancer, OnInvalid: annotation.DropObject,
		Internal: partly(awsOnly), Group: groupS,
		Doc:     "IPv6 addresses, one of each subnet in any order; for `dualstack` only.",
		Example: "2600:1f13:837:8500::9,2600:1f13:837:8504::1",
	}))
	EnableSourceNAT = annotation.Declare[string](annotation.Enum{Words: []string{On, Off}}, entry(annotation.Entry{
		Suffix: aws + "enable-prefix-for-ipv6-source-nat", Scope: annotation.ScopeLoadBalancer, Default: Off,
		OnInvalid: annotation.DropObject, Internal: partly(awsOnly), Inert: []string{Off}, Group: groupS,
		Doc:     "Gives the load balancer IPv6 prefixes to reach targets from, which UDP over IPv6 needs; for `dualstack` only.",
		Example: On,
	}))
	SourceNATPrefixes = annotation.Declare[[]string](natPrefixes{}, entry(annotation.Entry{
		Suffix: aws + "source-nat-ipv6-prefixes", Scope: annotation.ScopeLoadBalancer, OnInvalid: annotation.DropObject,
		Internal: partly(awsOnly), Group: groupS,
		Doc:     "The prefixes of `aws-load-balancer-enable-prefix-for-ipv6-source-nat`, one for each subnet, in the order of the subnets; `auto_assigned` leaves the choice to AWS.",
		Example: "2600:1f13:837:8500:9::/80,auto_assigned",
	}))
)

// On and Off are the values of switches that are no booleans.
const (
	On  = "on"
	Off = "off"
)

// AutoAssigned leaves a source NAT prefix to AWS.
const AutoAssigned = "auto_assigned"
