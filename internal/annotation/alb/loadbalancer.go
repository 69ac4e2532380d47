package alb

import "github.com/gwanmun/gwanmun/internal/annotation"

const awsOnly = "it is kept for AWS; our own data plane has neither such addresses nor such capacity"

// The load balancer itself.
var (
	LoadBalancerName = annotation.Declare[string](annotation.BalancerName{}, annotation.Entry{
		Suffix: "load-balancer-name", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer,
		ParamsField: "loadBalancerName", Merge: annotation.MergeExclusive, OnInvalid: annotation.FailUnit,
		External: full(), Internal: full(),
		Doc:     "The name of the load balancer as it is; nothing is added to it. Without it a name is made from the group, the cluster and the scheme.",
		Example: "shop-web", Since: since, Group: "Load balancer",
	})
	Scheme = annotation.Declare[string](
		annotation.Enum{Words: []string{"internal", "internet-facing"}}, annotation.Entry{
			Suffix: "scheme", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer, Default: "internal",
			ParamsField: "scheme", Flag: "default-load-balancer-scheme", Merge: annotation.MergeExclusive,
			OnInvalid: annotation.FailUnit, External: full(), Internal: full(),
			Doc:     "Whether the load balancer has addresses of the internet or of the VPC only.",
			Example: "internet-facing", Since: since, Group: "Load balancer",
		})
	IPAddressType = annotation.Declare[string](
		annotation.Enum{Words: []string{"ipv4", "dualstack", "dualstack-without-public-ipv4"}}, annotation.Entry{
			Suffix: "ip-address-type", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer, Default: "ipv4",
			ParamsField: "ipAddressType", Merge: annotation.MergeExclusive, OnInvalid: annotation.FailUnit,
			External: full(), Internal: full(),
			Doc:     "The address families of the load balancer. Services with IPv6 endpoints need one of the dualstack types.",
			Example: "dualstack", Since: since, Group: "Load balancer",
		})
	LoadBalancerAttributes = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, annotation.Entry{
		Suffix: "load-balancer-attributes", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer,
		ParamsField: "loadBalancerAttributes", Merge: annotation.MergeUnion, External: full(),
		Internal: partly("attributes that need AWS services, such as logs in S3, have no effect in our own data plane"),
		Doc:      "Attributes of the load balancer, by the keys of the ELBv2 API. Only the keys that are listed are changed.",
		Example:  "idle_timeout.timeout_seconds=600,routing.http2.enabled=true", Since: since, Group: "Load balancer",
	})
	MinimumCapacity = annotation.Declare[int32](annotation.Capacity{}, annotation.Entry{
		Suffix: "minimum-load-balancer-capacity", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer,
		ParamsField: "minimumLoadBalancerCapacity", Merge: annotation.MergeUnion, External: full(), Internal: partly(awsOnly),
		Doc:     "The capacity that AWS keeps ready. 0 takes a reservation back.",
		Example: "CapacityUnits=1000", Since: since, Group: "Load balancer",
	})
	Tags = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, annotation.Entry{
		Suffix: "tags", Kinds: onBoth(), Scope: annotation.ScopeLoadBalancer, ParamsField: "tags",
		Merge: annotation.MergeUnion, External: full(), Internal: full(),
		Doc:     "Tags of the AWS resources that are made for the Ingress. On a Service they are added to its target group's.",
		Example: "Environment=dev,Team=shop", Since: since, Group: "Load balancer",
	})
	CustomerOwnedIPv4Pool = annotation.Declare[string](annotation.Bounded{What: "a pool id", Needed: true}, annotation.Entry{
		Suffix: "customer-owned-ipv4-pool", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer,
		Merge: annotation.MergeExclusive, OnInvalid: annotation.FailUnit, External: full(), Internal: partly(awsOnly),
		Doc:     "The pool of customer-owned addresses on an Outpost. It cannot be changed later.",
		Example: "ipv4pool-coip-0123456789abcdef0", Since: since, Group: "Load balancer",
	})
	IPAMIPv4Pool = annotation.Declare[string](annotation.Bounded{What: "a pool id"}, annotation.Entry{
		Suffix: "ipam-ipv4-pool-id", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer,
		ParamsField: "ipamConfiguration.ipv4IPAMPoolId", Merge: annotation.MergeExclusive, External: full(),
		Internal: partly(awsOnly),
		Doc:      "The IPAM pool that public IPv4 addresses are taken from.",
		Example:  "ipam-pool-0123456789abcdef0", Since: since, Group: "Load balancer",
	})
)
