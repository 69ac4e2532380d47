package alb

import (
	"net/netip"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

const (
	noVPC     = "it is kept for AWS; our own data plane stands in no VPC of its own"
	notListed = "our own data plane does not know who is in a prefix list, and lets nobody in because of one"
	checks    = "our own data plane lets clients on its own machine in all the same, unless it is told otherwise"
	owned     = "our own data plane knows whom groups let in that the controller makes, and lets everyone in where there are others"
)

// Where the load balancer stands and who may connect.
var (
	Subnets = annotation.Declare[[]string](annotation.StringList{}, annotation.Entry{
		Suffix: "subnets", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer, ParamsField: "subnets",
		Merge: annotation.MergeExclusive, OnInvalid: annotation.FailUnit, External: full(), Internal: partly(noVPC),
		Doc:     "The subnets of the load balancer, one for each zone, by id or Name tag. Without it they are found by their tags.",
		Example: "subnet-0123456789abcdef0,public-b", Since: since, Group: "Subnets and security groups",
	})
	SecurityGroups = annotation.Declare[[]string](annotation.StringList{}, annotation.Entry{
		Suffix: "security-groups", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer,
		Merge: annotation.MergeExclusive, OnInvalid: annotation.FailUnit, External: full(), Internal: partly(owned),
		Doc:     "The load balancer's security groups, by id or Name tag, in place of the managed one. `inbound-cidrs` has no effect then.",
		Example: "sg-0123456789abcdef0,web-clients", Since: since, Group: "Subnets and security groups",
	})
	ManageBackendRules = annotation.Declare[bool](annotation.Bool{}, annotation.Entry{
		Suffix: "manage-backend-security-group-rules", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer,
		Default: "false", Flag: "enable-manage-backend-security-group-rules", Merge: annotation.MergeExclusive,
		External: full(), Internal: partly(noVPC),
		Doc:     "With security groups of one's own: whether the shared backend group is attached too, so that targets let the load balancer in.",
		Example: "true", Since: since, Group: "Subnets and security groups",
	})
	InboundCIDRs = annotation.Declare[[]netip.Prefix](annotation.CIDRs{}, annotation.Entry{
		Suffix: "inbound-cidrs", Kinds: onIngress(), Scope: annotation.ScopeListener, ParamsField: "inboundCIDRs",
		Merge: annotation.MergePerPort, OnInvalid: annotation.FailUnit, External: full(), Internal: partly(checks),
		Doc:     "The address ranges that the managed security group lets in on the Ingress' ports. Without it everyone is let in.",
		Example: "10.0.0.0/8,192.168.0.0/16", Since: since, Group: "Subnets and security groups",
	})
	PrefixLists = annotation.Declare[[]string](annotation.StringList{}, annotation.Entry{
		Suffix: "security-group-prefix-lists", Kinds: onIngress(), Scope: annotation.ScopeListener,
		ParamsField: "prefixListsIDs", Merge: annotation.MergePerPort, OnInvalid: annotation.FailUnit,
		External: full(), Internal: no(notListed),
		Doc:     "The managed prefix lists that the managed security group lets in on the Ingress' ports.",
		Example: "pl-0123456789abcdef0", Since: since, Group: "Subnets and security groups",
	})
)
