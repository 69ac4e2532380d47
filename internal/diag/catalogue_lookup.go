package diag

// Messages about lookups in the cloud.
var (
	LookupFailed = Message{
		"GW6001", Warning, "asking for {what} failed: {reason}",
		"give the controller the permission it lacks, or name what is meant in an annotation",
	}
	LookupSubnetMissing = Message{
		"GW6002", Error, "the subnet {name} was not found", "correct the id or Name tag; until then the load balancer has no subnets",
	}
	LookupSubnetZone = Message{
		"GW6003", Error, "the subnets {first} and {second} are in the same zone, {zone}",
		"name one subnet for each zone; until then the load balancer has no subnets",
	}
	LookupSubnetsFew = Message{
		"GW6004", Error, "the load balancer needs {needed} subnets in different zones, and {found} can be used: {dropped}",
		"tag more subnets for the scheme, or name them with the subnets annotation; until then the load balancer has no subnets",
	}
	LookupSubnetIPv6 = Message{
		"GW6005", Error, "the subnet {name} has no IPv6 addresses, which a dualstack load balancer needs",
		"give the subnet an IPv6 range, or name another one; until then the load balancer has no subnets",
	}
	LookupSubnetLocale = Message{
		"GW6006", Error, "the subnets are of different kinds: {first} in {firstLocale}, {second} in {secondLocale}",
		"name subnets of one kind of zone; until then the load balancer has no subnets",
	}
	LookupCertificateMissing = Message{
		"GW6007", Error, "no issued certificate covers the host {host}",
		"request or import one in ACM, or name one with certificate-arn; until then the Ingress is left out of its group",
	}
	LookupSecurityGroupMissing = Message{
		"GW6008", Error, "the security group {name} was not found", "correct the Name tag; until then the Ingress is left out of its group",
	}
	LookupTargetGroupMissing = Message{
		"GW6009", Error, "the target group {name} was not found",
		"correct targetGroupName; until then the Ingress is left out of its group",
	}

	lookupMessages = []Message{
		LookupFailed, LookupSubnetMissing, LookupSubnetZone, LookupSubnetsFew, LookupSubnetIPv6, LookupSubnetLocale,
		LookupCertificateMissing, LookupSecurityGroupMissing, LookupTargetGroupMissing,
	}
)
