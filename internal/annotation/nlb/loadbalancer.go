package nlb

import "github.com/gwanmun/gwanmun/internal/annotation"

const (
	awsOnly = "it is kept for AWS; our own data plane has neither such addresses nor such capacity"
)

// The load balancer itself.
var (
	Name = annotation.Declare[string](annotation.BalancerName{}, entry(annotation.Entry{
		Suffix: aws + "name", Scope: annotation.ScopeLoadBalancer, OnInvalid: annotation.DropObject, Internal: full(),
		Doc:     "The name of the load balancer as it is; nothing is added to it. Without it a name is made from the Service, the cluster and the scheme.",
		Example: "shop-tcp", Group: "Load balancer",
	}))
	Scheme = annotation.Declare[string](annotation.Enum{Words: []string{"internal", "internet-facing"}}, entry(annotation.Entry{
		Suffix: aws + "scheme", Scope: annotation.ScopeLoadBalancer, Default: "internal", Flag: "default-load-balancer-scheme",
		OnInvalid: annotation.DropObject, Internal: full(), Group: "Load balancer",
		Doc:     "Whether the load balancer has addresses of the internet or of the VPC only. Without it an existing load balancer keeps its scheme.",
		Example: "internet-facing",
	}))
	Internal = annotation.Declare[bool](annotation.Bool{}, entry(annotation.Entry{
		Suffix: aws + "internal", Scope: annotation.ScopeLoadBalancer, OnInvalid: annotation.DropObject, Internal: full(),
		Doc:     "The way before `aws-load-balancer-scheme`, which beats it: `true` is internal, `false` internet-facing.",
		Example: "true", Group: "Load balancer",
	}))
	IPAddressType = annotation.Declare[string](annotation.Enum{Words: []string{"ipv4", "dualstack"}}, entry(annotation.Entry{
		Suffix: aws + "ip-address-type", Scope: annotation.ScopeLoadBalancer, Default: "ipv4",
		OnInvalid: annotation.DropObject, Internal: full(), Group: "Load balancer",
		Doc:     "The address families of the load balancer. Services with IPv6 among their families need `dualstack`.",
		Example: "dualstack",
	}))
	Attributes = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, entry(annotation.Entry{
		Suffix: aws + "attributes", Scope: annotation.ScopeLoadBalancer,
		Internal: partly("attributes that need AWS services have no effect in our own data plane; logs go to the folder of --log-folder"),
		Doc:      "Attributes of the load balancer, by the keys of the ELBv2 API. Only the keys that are listed are changed.",
		Example:  "load_balancing.cross_zone.enabled=true,deletion_protection.enabled=true", Group: "Load balancer",
	}))
	AccessLogEnabled = annotation.Declare[bool](annotation.Bool{}, entry(annotation.Entry{
		Suffix: aws + "access-log-enabled", Scope: annotation.ScopeLoadBalancer, Internal: full(), Inert: []string{"false"},
		Doc:     "Writes access logs of TLS listeners to S3, or to the folder of `--log-folder` in our own data plane; beats `access_logs.s3.enabled` in `aws-load-balancer-attributes`. `false` leaves the attribute as it is.",
		Example: "true", Group: "Load balancer",
	}))
	AccessLogBucket = annotation.Declare[string](annotation.Bounded{What: "the name of a bucket"}, entry(annotation.Entry{
		Suffix: aws + "access-log-s3-bucket-name", Scope: annotation.ScopeLoadBalancer, Internal: full(),
		Doc:     "The bucket of the access logs; read only while `aws-load-balancer-access-log-enabled` is `true`.",
		Example: "shop-logs", Group: "Load balancer",
	}))
	AccessLogPrefix = annotation.Declare[string](annotation.Bounded{What: "a prefix"}, entry(annotation.Entry{
		Suffix: aws + "access-log-s3-bucket-prefix", Scope: annotation.ScopeLoadBalancer, Internal: full(),
		Doc:     "What the names of access logs begin with; read only while `aws-load-balancer-access-log-enabled` is `true`.",
		Example: "tcp/shop", Group: "Load balancer",
	}))
	CrossZone = annotation.Declare[bool](annotation.Bool{}, entry(annotation.Entry{
		Suffix: aws + "cross-zone-load-balancing-enabled", Scope: annotation.ScopeLoadBalancer, Internal: full(),
		Doc:     "Spreads connections over the targets of all zones; beats `load_balancing.cross_zone.enabled` in `aws-load-balancer-attributes`. Without it each zone of the load balancer sends to its own targets; in our own data plane `--zone` says which zone that is, and without that flag all zones get equal parts.",
		Example: "true", Group: "Load balancer",
	}))
	MinimumCapacity = annotation.Declare[int32](annotation.Capacity{}, entry(annotation.Entry{
		Suffix: aws + "minimum-load-balancer-capacity", Scope: annotation.ScopeLoadBalancer, OnInvalid: annotation.DropObject,
		Internal: partly(awsOnly), Group: "Load balancer",
		Doc:     "The capacity that AWS keeps ready. 0 takes a reservation back.",
		Example: "CapacityUnits=1000",
	}))
	Tags = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, entry(annotation.Entry{
		Suffix: aws + "additional-resource-tags", Scope: annotation.ScopeLoadBalancer, Internal: full(),
		Doc:     "Tags of the AWS resources that are made for the Service.",
		Example: "Environment=dev,Team=shop", Group: "Load balancer",
	}))
)
