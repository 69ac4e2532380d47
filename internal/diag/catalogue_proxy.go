package diag

// Messages about the data plane.
var (
	RuleLeftOut = Message{
		"GW8001", Error, "rule {priority} of load balancer {lb} is left out: {reason}",
		"correct it; until then requests meant for it are answered by the rules behind it",
	}
	RuleDenied = Message{
		"GW8002", Error, "rule {priority} of load balancer {lb} answers 503 to every request: {reason}",
		"correct the setting; until then nothing is sent to targets, so that nothing stands open by mistake",
	}
	TargetGroupUnknown = Message{
		"GW8003", Error, "the rule forwards to target group {group}, which has no targets that this proxy knows",
		"name a Service of the cluster; requests sent there get 503",
	}
	TargetGroupDiffers = Message{
		"GW8004", Warning, "target group {group} is described in {count} different ways; one of them is used for all",
		"give the objects that use this Service and port the same settings for it",
	}
	GroupStickinessIgnored = Message{
		"GW8005", Warning, "stickiness of a weighted forward is not carried out: each request chooses its target group anew",
		"switch it off, or keep sessions where every target finds them; a release to come carries it out",
	}
	AttributeInvalid = Message{
		"GW8006", Error, `attribute {key} of load balancer {lb} has the value "{value}", which is not {expected}`,
		"write {expected}; until then the default {default} is in effect",
	}
	MutualTLSDenied = Message{
		"GW8007", Error, "port {port} of load balancer {lb} asks clients for certificates, which is not carried out here",
		"remove mutual authentication; until then every request on this port is answered 503",
	}
	ListenerLeftOut = Message{
		"GW8008", Error, "port {port} of load balancer {lb} is left out: {reason}",
		"change the protocol of the listener to HTTP or HTTPS",
	}
	PriorityTwice = Message{
		"GW8009", Warning, "two rules of load balancer {lb}, port {port}, have priority {priority}",
		"give each rule a priority of its own; the first one wins",
	}
	MutualTLSHeadersMissing = Message{
		"GW8010", Warning, "port {port} of load balancer {lb} passes client certificates through, which is not carried out here",
		"do not rely on X-Amzn-Mtls-* headers; those that clients send are removed",
	}
	WeightsAllZero = Message{
		"GW8011", Warning, "all target groups of the rule have weight 0, so it answers 503",
		"give one of them a weight",
	}
	SharedRulesMissing = Message{
		"GW8012", Error, "port {port} of load balancer {lb} serves the rules of port {other}, which does not exist",
		"this is a mistake of the controller: please report it with the Ingresses that lead to it",
	}
	NetworkListenerLeftOut = Message{
		"GW8013", Error, "port {port} of network load balancer {lb} is not served: {reason}",
		"use a listener of protocol TCP or TLS that forwards to target groups; until then connections to this port are reset",
	}
	NetworkGroupUnfit = Message{
		"GW8014", Error, "port {port} of network load balancer {lb} cannot forward to target group {group}: {reason}",
		"forward to a target group of the model whose protocol goes with the listener's (TCP with TCP, TLS with TCP or TLS); " +
			"until then the connections that it would get are reset",
	}
	ALPNPolicyUnknown = Message{
		"GW8015", Warning, `port {port} of network load balancer {lb} has the ALPN policy "{policy}", which is not known`,
		"write HTTP1Only, HTTP2Only, HTTP2Optional, HTTP2Preferred or None; until then no protocol is negotiated",
	}

	proxyMessages = []Message{
		RuleLeftOut, RuleDenied, TargetGroupUnknown, TargetGroupDiffers, GroupStickinessIgnored, AttributeInvalid,
		MutualTLSDenied, ListenerLeftOut, PriorityTwice, MutualTLSHeadersMissing, WeightsAllZero,
		SharedRulesMissing, NetworkListenerLeftOut, NetworkGroupUnfit, ALPNPolicyUnknown,
	}
)
