package diag

// Messages about the data plane. GW8010 told of fields about client certificates that were not sent.
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
		"GW8005", Warning, "stickiness of a weighted forward of load balancer {lb} is not carried out: network load balancers have it on listeners for TCP and UDP, not on those for TLS, where each connection chooses its target group anew",
		"switch it off, use a listener for TCP and end TLS at the targets, or keep sessions where every target finds them",
	}
	AttributeInvalid = Message{
		"GW8006", Error, `attribute {key} of load balancer {lb} has the value "{value}", which is not {expected}`,
		"write {expected}; until then the default {default} is in effect",
	}
	MutualTLSDenied = Message{
		"GW8007", Error, "port {port} of load balancer {lb} asks clients for certificates, which is not carried out here: {reason}",
		"correct it, or remove mutual authentication; until then every request on this port is answered 503",
	}
	ListenerLeftOut = Message{
		"GW8008", Error, "port {port} of load balancer {lb} is left out: {reason}",
		"change the protocol of the listener to HTTP or HTTPS",
	}
	PriorityTwice = Message{
		"GW8009", Warning, "two rules of load balancer {lb}, port {port}, have priority {priority}",
		"give each rule a priority of its own; the first one wins",
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
		"use a listener of protocol TCP, TLS, UDP, TCP_UDP, QUIC or TCP_QUIC that forwards to target groups; until then what comes to this port is reset or dropped",
	}
	NetworkGroupUnfit = Message{
		"GW8014", Error, "port {port} of network load balancer {lb} cannot forward to target group {group}: {reason}",
		"forward to a target group of the model whose protocol goes with the listener's (TLS with TCP or TLS, every other one with " +
			"its own); until then the connections that it would get are reset, and datagrams dropped",
	}
	ALPNPolicyUnknown = Message{
		"GW8015", Warning, `port {port} of network load balancer {lb} has the ALPN policy "{policy}", which is not known`,
		"write HTTP1Only, HTTP2Only, HTTP2Optional, HTTP2Preferred or None; until then no protocol is negotiated",
	}
	NetworkSettingIgnored = Message{
		"GW8016", Warning, "{setting} has no effect at port {port} of network load balancer {lb}: {reason}",
		"remove it, or serve the port with protocol TCP; AWS does not carry it out either",
	}
	SSLPolicyUnknown = Message{
		"GW8040", Warning, `port {port} of load balancer {lb} has the SSL policy "{unknown}", which is not known`,
		"name a policy of ELB's; until then {policy} is in effect",
	}
	CiphersNotSpoken = Message{
		"GW8041", Notice, "port {port} of load balancer {lb} does not offer these cipher suites of {policy}: {ciphers}",
		"nothing is to be done as a rule: clients that know them know others of the policy too",
	}
	CiphersNotLeftOut = Message{
		"GW8042", Notice, "port {port} of load balancer {lb} offers cipher suites that {policy} leaves out: {ciphers}",
		"TLS 1.3 comes with all of its cipher suites here; do not rely on this policy where FIPS 140 is a duty",
	}
	NoCipherSpoken = Message{
		"GW8044", Warning, "port {port} of load balancer {lb} offers none of the cipher suites that {policy} lists: {ciphers}",
		"name suites with ECDHE and AES-GCM or ChaCha20; until then the usual ones are offered",
	}
	TrustStoreBroken = Message{
		"GW8043", Error, "trust store {store} cannot be read: {reason}",
		"put certificates of authorities in it, and revocation lists that they have signed, as PEM",
	}
	LogsNotDelivered = Message{
		"GW8060", Warning, "load balancer {lb} asks for logs in bucket {bucket}, and this proxy was given no folder that stands for buckets",
		"start it with a folder for logs (--log-folder), or switch the logs off",
	}
	WebACLNotInspected = Message{
		"GW8061", Warning, "web ACL {acl} is attached to load balancer {lb}, and nothing here inspects requests",
		"do not rely on it where this proxy serves the load balancer; on AWS it is in effect",
	}

	proxyMessages = []Message{
		RuleLeftOut, RuleDenied, TargetGroupUnknown, TargetGroupDiffers, GroupStickinessIgnored, AttributeInvalid,
		MutualTLSDenied, ListenerLeftOut, PriorityTwice, WeightsAllZero,
		SharedRulesMissing, NetworkListenerLeftOut, NetworkGroupUnfit, ALPNPolicyUnknown, NetworkSettingIgnored,
		SSLPolicyUnknown, CiphersNotSpoken, CiphersNotLeftOut, NoCipherSpoken, TrustStoreBroken,
		LogsNotDelivered, WebACLNotInspected,
	}
)
