package nlb

import (
	"net/netip"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

const (
	notListed = "our own data plane does not know who is in a prefix list, and lets nobody in because of one"
	checks    = "our own data plane lets clients on its own machine in all the same, unless it is told otherwise"
	owned     = "our own data plane knows whom groups let in that the controller makes, and lets everyone in where there are others"
	noGroups  = "our own data plane sends no ICMP messages of its own"
	groupSG   = "Security groups"
)

// Who may connect to the load balancer, and whom targets let in.
var (
	SourceRanges = annotation.Declare[[]netip.Prefix](annotation.CIDRs{}, entry(annotation.Entry{
		Suffix: "load-balancer-source-ranges", Scope: annotation.ScopeLoadBalancer, OnInvalid: annotation.DropObject,
		Internal: partly(checks), Group: groupSG,
		Doc:     "The address ranges that the managed security group lets in, while `spec.loadBalancerSourceRanges` is empty. Without either everyone is let in.",
		Example: "10.0.0.0/8,192.168.0.0/16",
	}))
	PrefixLists = annotation.Declare[[]string](annotation.StringList{}, entry(annotation.Entry{
		Suffix: aws + "security-group-prefix-lists", Scope: annotation.ScopeLoadBalancer, Internal: no(notListed), Group: groupSG,
		Doc:     "The managed prefix lists that the managed security group lets in.",
		Example: "pl-0123456789abcdef0",
	}))
	SecurityGroups = annotation.Declare[[]string](annotation.StringList{}, entry(annotation.Entry{
		Suffix: aws + "security-groups", Scope: annotation.ScopeLoadBalancer, Internal: partly(owned), Group: groupSG,
		Doc:     "The load balancer's security groups, by id or Name tag, in place of the managed one; source ranges and prefix lists have no effect then.",
		Example: "sg-0123456789abcdef0,tcp-clients",
	}))
	ManageBackendRules = annotation.Declare[bool](annotation.Bool{}, entry(annotation.Entry{
		Suffix: aws + "manage-backend-security-group-rules", Scope: annotation.ScopeLoadBalancer,
		Flag: "enable-manage-backend-security-group-rules", OnInvalid: annotation.DropObject, Internal: partly(noVPC), Group: groupSG,
		Doc:     "With security groups of one's own: whether the shared backend group is attached too, so that targets let the load balancer in. For a load balancer without security groups: whether targets let in what it needs, which is so unless this is `false`.",
		Example: "true",
	}))
	DisableSecurityGroups = annotation.Declare[bool](annotation.Bool{}, entry(annotation.Entry{
		Suffix: aws + "disable-nlb-sg", Scope: annotation.ScopeLoadBalancer, Default: "false", OnInvalid: annotation.DropObject,
		Internal: full(), Inert: []string{"false"}, Group: groupSG,
		Doc:     "Makes a load balancer without security groups. It can never get any later.",
		Example: "true",
	}))
	PrivateLinkRules = annotation.Declare[string](annotation.Enum{Words: []string{On, Off}}, entry(annotation.Entry{
		Suffix: aws + "inbound-sg-rules-on-private-link-traffic", Scope: annotation.ScopeLoadBalancer, OnInvalid: annotation.DropObject,
		Internal: no("our own data plane has no PrivateLink"), Group: groupSG,
		Doc:     "Whether security groups hold for traffic that comes through PrivateLink. Without it that is left as it is.",
		Example: Off,
	}))
	EnableICMP = annotation.Declare[string](annotation.Enum{Words: []string{On, Off}}, entry(annotation.Entry{
		Suffix: aws + "enable-icmp-for-path-mtu-discovery", Scope: annotation.ScopeLoadBalancer, Default: Off,
		Internal: no(noGroups), Inert: []string{Off}, Group: groupSG,
		Doc:     "Lets the managed security group take the ICMP messages that path MTU discovery needs, from the same ranges.",
		Example: On,
	}))
)
