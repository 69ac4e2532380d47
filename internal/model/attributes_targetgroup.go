package model

import "strings"

// targetGroupAttributes are the rows of target groups.
func targetGroupAttributes() []AttributeSpec {
	rows := []AttributeSpec{
		{
			Key: "deregistration_delay.timeout_seconds", Types: everyType(), Kind: NumberAttribute, Min: 0, Max: 3600, Default: "300",
			Honoured: true,
			Doc:      "Seconds that a target which was taken out may go on with what it has begun.",
		},
		{
			Key: "load_balancing.algorithm.type", Types: albOnly(), Kind: WordAttribute, Default: "round_robin",
			Words:    []string{"round_robin", "least_outstanding_requests", "weighted_random"},
			Honoured: true,
			Doc:      "How a target is chosen.",
		},
		{
			Key: "load_balancing.algorithm.anomaly_mitigation", Types: albOnly(), Kind: WordAttribute, Default: "off",
			Words:    []string{"on", "off"},
			Honoured: true,
			Doc:      "Sends less to targets that fail more than the others; needs weighted_random.",
		},
		{
			Key: "slow_start.duration_seconds", Types: albOnly(), Kind: NumberAttribute, Min: 30, Max: 900, Words: []string{"0"}, Default: "0",
			Honoured: true,
			Doc:      "Seconds in which a new target's share grows to its full size; needs round_robin.",
		},
		{
			Key: "load_balancing.cross_zone.enabled", Types: albOnly(), Kind: WordAttribute, Default: "use_load_balancer_configuration",
			Words:    []string{"true", "false", "use_load_balancer_configuration"},
			Honoured: true,
			Doc:      "Spreads over the targets of all zones, or does what the load balancer says.",
		},
		{
			Key: "load_balancing.cross_zone.enabled", Types: nlbOnly(), Kind: WordAttribute, Default: "use_load_balancer_configuration",
			Words:    []string{"true", "false", "use_load_balancer_configuration"},
			Honoured: true,
			Doc:      "Spreads over the targets of all zones, or does what the load balancer says.",
		},
		{
			Key: "lambda.multi_value_headers.enabled", Types: albOnly(), Kind: BooleanAttribute, Default: "false",
			TargetTypes: []TargetType{TargetLambda},
			Doc:         "Gives a function all values of a repeated field.",
		},
	}
	rows = append(rows, stickinessAttributes()...)
	rows = append(rows, groupHealthAttributes()...)
	rows = append(rows, connectionAttributes()...)
	return ofResource(TargetGroupAttribute, append(rows, failoverAttributes()...))
}

// stickinessAttributes keep a client at its target.
func stickinessAttributes() []AttributeSpec {
	return []AttributeSpec{
		{
			Key: "stickiness.enabled", Types: []LoadBalancerType{Application, GatewayLoadBalancer}, Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Keeps a client at the target it was first sent to.",
		},
		{
			Key: "stickiness.enabled", Types: nlbOnly(), Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Keeps a client at the target it was first sent to.",
		},
		{
			Key: "stickiness.type", Types: albOnly(), Kind: WordAttribute, Words: []string{"lb_cookie", "app_cookie"}, Default: "lb_cookie",
			Honoured: true,
			Doc:      "Knows the client by a cookie of the load balancer, or by one of the application.",
		},
		{
			Key: "stickiness.type", Types: nlbOnly(), Kind: WordAttribute, Words: []string{"source_ip"}, Default: "source_ip",
			Honoured: true,
			Doc:      "Knows the client by its address.",
		},
		{
			Key: "stickiness.type", Types: gwlbOnly(), Kind: WordAttribute, Default: "source_ip_dest_ip",
			Words: []string{"source_ip_dest_ip", "source_ip_dest_ip_proto"},
			Doc:   "Knows a flow by two or three of its parts in place of five.",
		},
		{
			Key: "stickiness.lb_cookie.duration_seconds", Types: albOnly(), Kind: NumberAttribute, Min: 1, Max: 604800, Default: "86400",
			Honoured: true,
			Doc:      "Seconds that the load balancer's cookie is good for.",
		},
		{
			Key: "stickiness.app_cookie.cookie_name", Types: albOnly(), Kind: TextAttribute, refuse: reservedCookie,
			Honoured: true,
			Doc:      "The application's cookie; needed when the type is app_cookie.",
		},
		{
			Key: "stickiness.app_cookie.duration_seconds", Types: albOnly(), Kind: NumberAttribute, Min: 1, Max: 604800, Default: "86400",
			Honoured: true,
			Doc:      "Seconds that the application's cookie is good for.",
		},
	}
}

// reservedCookie refuses the names that load balancers use themselves (AWSALB, AWSALBAPP, AWSALBTG).
func reservedCookie(name string) string {
	if strings.HasPrefix(name, "AWSALB") {
		return "names that begin with AWSALB belong to the load balancer"
	}
	return ""
}

// groupHealthAttributes say when a whole group counts as healthy.
func groupHealthAttributes() []AttributeSpec {
	const prefix = "target_group_health."
	off := []string{"off"}
	return []AttributeSpec{
		{
			Key: prefix + "dns_failover.minimum_healthy_targets.count", Types: albAndNLB(), Kind: NumberAttribute,
			Min: 1, Max: anyCount, Words: off, Default: "1",
			Honoured: true,
			Doc:      "Fewer healthy targets than this take the zone out of DNS.",
		},
		{
			Key: prefix + "dns_failover.minimum_healthy_targets.percentage", Types: albAndNLB(), Kind: NumberAttribute,
			Min: 1, Max: 100, Words: off, Default: "off",
			Honoured: true,
			Doc:      "A smaller share of healthy targets takes the zone out of DNS.",
		},
		{
			Key: prefix + "unhealthy_state_routing.minimum_healthy_targets.count", Types: albAndNLB(), Kind: NumberAttribute,
			Min: 1, Max: anyCount, Default: "1",
			Honoured: true,
			Doc:      "With fewer healthy targets than this, all targets get traffic.",
		},
		{
			Key: prefix + "unhealthy_state_routing.minimum_healthy_targets.percentage", Types: albAndNLB(), Kind: NumberAttribute,
			Min: 1, Max: 100, Words: off, Default: "off",
			Honoured: true,
			Doc:      "With a smaller share of healthy targets, all targets get traffic.",
		},
	}
}

// connectionAttributes are about connections behind network load balancers.
func connectionAttributes() []AttributeSpec {
	return []AttributeSpec{
		{
			Key: "deregistration_delay.connection_termination.enabled", Types: nlbOnly(), Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Closes connections when the deregistration delay is over; true by default for new UDP and TCP_UDP groups.",
		},
		{
			Key: "preserve_client_ip.enabled", Types: nlbOnly(), Kind: BooleanAttribute, Default: "true",
			Doc: "Shows targets the client's address; false by default for ip groups with TCP or TLS, always true for UDP and TCP_UDP.",
		},
		{
			Key: "proxy_protocol_v2.enabled", Types: nlbOnly(), Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Begins each connection to a target with a PROXY protocol header.",
		},
		{
			Key: "target_health_state.unhealthy.connection_termination.enabled", Types: nlbOnly(), Kind: BooleanAttribute, Default: "true",
			Honoured: true,
			Doc:      "Closes the connections of a target that turned unhealthy; not for UDP and TCP_UDP.",
		},
		{
			Key: "target_health_state.unhealthy.draining_interval_seconds", Types: nlbOnly(), Kind: NumberAttribute, Min: 0, Max: 360000, Default: "0",
			Honoured: true,
			Doc:      "Seconds that an unhealthy target keeps its connections; needs their termination to be off.",
		},
	}
}

// failoverAttributes are known to gateway load balancers only.
func failoverAttributes() []AttributeSpec {
	words := []string{"rebalance", "no_rebalance"}
	return []AttributeSpec{
		{
			Key: "target_failover.on_deregistration", Types: gwlbOnly(), Kind: WordAttribute, Words: words, Default: "no_rebalance",
			Doc: "What happens to flows of a target that was taken out; must equal target_failover.on_unhealthy.",
		},
		{
			Key: "target_failover.on_unhealthy", Types: gwlbOnly(), Kind: WordAttribute, Words: words, Default: "no_rebalance",
			Doc: "What happens to flows of a target that turned unhealthy; must equal target_failover.on_deregistration.",
		},
		{
			Key: "send_tcp_reset.on_unhealthy.enabled", Types: gwlbOnly(), Kind: BooleanAttribute, Default: "false",
			Doc: "Resets the TCP connections of a target that turned unhealthy.",
		},
		{
			Key: "send_tcp_reset.on_deregistration.enabled", Types: gwlbOnly(), Kind: BooleanAttribute, Default: "false",
			Doc: "Resets the TCP connections of a target that was taken out.",
		},
	}
}
