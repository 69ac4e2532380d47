package diag

// Messages about network load balancers of Services. What they have in common with class alb (attributes, tags) is told with
// that class's messages.
var (
	NLBTypeIncomplete = Message{
		"GW5501", Warning, `aws-load-balancer-type is external, but aws-load-balancer-nlb-target-type is "{value}", so no controller takes the Service`,
		"set aws-load-balancer-nlb-target-type to ip or instance, or spec.loadBalancerClass to {class}",
	}
	NLBDeletionProtected = Message{
		"GW5502", Error, "the Service gives up its load balancer, but that has deletion protection",
		"set deletion_protection.enabled=false in aws-load-balancer-attributes; until then the load balancer stays as it is",
	}
	NLBAddressNeeds = Message{
		"GW5503", Error, "{key} needs {need}, but the load balancer is {is}",
		"remove the annotation, or make the load balancer {need}; until then the load balancer stays as it is",
	}
	NLBAddressCount = Message{
		"GW5504", Error, "{key} has {count} entries, but the load balancer has {subnets} subnets",
		"write one entry for each subnet; until then the load balancer stays as it is",
	}
	NLBAddressSubnet = Message{
		"GW5505", Error, "{count} of the addresses in {key} belong to the subnet {subnet} ({ranges})",
		"write exactly one address of each subnet; until then the load balancer stays as it is",
	}
	NLBSourceNATOff = Message{
		"GW5506", Error, "{key} has no meaning while {switch} is not on",
		"set {switch} to on, or remove the prefixes; until then the load balancer stays as it is",
	}
	NLBPrefixSubnet = Message{
		"GW5507", Error, "the source NAT prefix {prefix} does not lie in the subnet at its place, {subnet} ({ranges})",
		"write the prefixes in the order of the subnets, or auto_assigned; until then the load balancer stays as it is",
	}
	NLBSecurityGroupMissing = Message{
		"GW5508", Error, "the security group {name} was not found",
		"correct the id or Name tag; until then the load balancer stays as it is",
	}
	NLBSecurityGroupsFixed = Message{
		"GW5509", Error, "the load balancer has security groups, which cannot be taken away from it, but they are switched off by {by}",
		"remove the setting, or delete the Service and create it again; until then the load balancer stays as it is",
	}
	NLBSecurityGroupsNever = Message{
		"GW5510", Warning, "{key} has no effect: the load balancer was made without security groups and can never get any",
		"remove the annotation, or delete the Service and create it again",
	}
	NLBBackendGroupOff = Message{
		"GW5511", Error, "with security groups of one's own, managing the rules of targets needs the shared backend security group, which is switched off in this controller",
		"set aws-load-balancer-manage-backend-security-group-rules to false, or switch the backend security group on; until then the load balancer stays as it is",
	}
	NLBSourceRange = Message{
		"GW5512", Error, `the source range "{range}" cannot be let in: {reason}`,
		"correct the range or remove it; until then the load balancer stays as it is",
	}
	NLBSSLPort = Message{
		"GW5513", Error, `aws-load-balancer-ssl-ports names "{port}", which is neither number nor name of a port of the Service`,
		"use one of its ports ({ports}); until then the load balancer stays as it is",
	}
	NLBQUIC = Message{
		"GW5514", Error, "aws-load-balancer-quic-enabled-ports names port {port}, whose listener is {protocol}",
		"QUIC needs UDP: give the Service a UDP port of this number, or take the port out of the list; until then the load balancer stays as it is",
	}
	NLBPortTwice = Message{
		"GW5515", Error, "the Service has port {port} for {first} and for {second}, and one listener serves one of them",
		"set aws-load-balancer-enable-tcp-udp-listener to true, or use another port; until then only {first} is served",
	}
	NLBPortMerge = Message{
		"GW5516", Error, "port {port} is there for {protocols}; one listener can serve TCP and UDP together, nothing else",
		"use other ports; until then the load balancer stays as it is",
	}
	NLBPortProtocol = Message{
		"GW5517", Error, "port {port} is for {protocol}, which network load balancers do not serve",
		"use TCP or UDP; until then the load balancer stays as it is",
	}
	NLBServiceMissing = Message{
		"GW5518", Error, "the Service {service} does not exist",
		"create the Service, or correct its name; until then the load balancer stays as it is",
	}
	NLBServicePortMissing = Message{
		"GW5519", Error, "the Service {service} has no port {port}",
		"use one of its ports ({ports}); until then the load balancer stays as it is",
	}
	NLBNodePortMissing = Message{
		"GW5520", Error, "the Service {service} of type {type} has no node port for port {port}, which instance targets need",
		"make it a Service with node ports (type NodePort or LoadBalancer, spec.allocateLoadBalancerNodePorts not false), or set aws-load-balancer-nlb-target-type to ip; until then the load balancer stays as it is",
	}
	NLBIPTargetsOff = Message{
		"GW5521", Error, "target type ip is switched off in this controller",
		"set aws-load-balancer-nlb-target-type to instance; until then the load balancer stays as it is",
	}
	NLBTargetsIPv6 = Message{
		"GW5522", Error, "the Service {service} has IPv6 among its families, but the load balancer has IPv4 addresses only",
		"set aws-load-balancer-ip-address-type to dualstack; until then the load balancer stays as it is",
	}
	NLBHealthCheckPort = Message{
		"GW5523", Error, `aws-load-balancer-healthcheck-port "{port}" is not a port of the Service {service} with a number: {reason}`,
		"use traffic-port, a number, or the name of a Service port; until then the load balancer stays as it is",
	}
	NLBTargetProtocol = Message{
		"GW5524", Error, "port {port} of the Service {service} gets {protocol} from one listener and {other} from another",
		"forward both listeners in the same way; until then the load balancer stays as it is",
	}
	NLBKeyUnused = Message{
		"GW5525", Warning, "{key} has no effect: {why}",
		"correct it or remove it",
	}
	NLBTooManyListeners = Message{
		"GW5526", Error, "the Service has more than {limit} ports, as many as a load balancer can have",
		"spread the ports over several Services; until then port {port} is not served",
	}
	NLBQUICRefused = Message{
		"GW5527", Warning, "AWS refuses the listener for QUIC: {reason}",
		"give QUIC one port of a Service of its own, with IPv4 addresses and aws-load-balancer-disable-nlb-sg set to true; our own data plane serves it as it is",
	}

	nlbMessages = []Message{
		NLBTypeIncomplete, NLBDeletionProtected, NLBAddressNeeds, NLBAddressCount, NLBAddressSubnet, NLBSourceNATOff,
		NLBPrefixSubnet, NLBSecurityGroupMissing, NLBSecurityGroupsFixed, NLBSecurityGroupsNever, NLBBackendGroupOff,
		NLBSourceRange, NLBSSLPort, NLBQUIC, NLBPortTwice, NLBPortMerge, NLBPortProtocol, NLBServiceMissing,
		NLBServicePortMissing, NLBNodePortMissing, NLBIPTargetsOff, NLBTargetsIPv6, NLBHealthCheckPort, NLBTargetProtocol,
		NLBKeyUnused, NLBTooManyListeners, NLBQUICRefused,
	}
)
