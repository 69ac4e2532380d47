package nlb

import "github.com/gwanmun/gwanmun/internal/annotation"

const groupTG = "Target groups"

// Target groups: one for each port of the Service.
var (
	ProxyProtocol = annotation.Declare[string](annotation.Enum{Words: []string{"*"}}, entry(annotation.Entry{
		Suffix: aws + "proxy-protocol", Scope: annotation.ScopeTargetGroup, OnInvalid: annotation.DropObject,
		Internal: partly("an attribute has an effect where the attribute table says so"), Group: groupTG,
		Doc:     "Begins every connection to every target with a PROXY protocol header, version 2. `*` is the only value.",
		Example: "*",
	}))
	ProxyProtocolPorts = annotation.Declare[[]int32](portNumbers{}, entry(annotation.Entry{
		Suffix: aws + "proxy-protocol-per-target-group", Scope: annotation.ScopeTargetGroup, OnInvalid: annotation.DropObject,
		Internal: partly("an attribute has an effect where the attribute table says so"), Group: groupTG,
		Doc:     "The ports of the Service whose targets get a PROXY protocol header; those of all other ports get none. `aws-load-balancer-proxy-protocol` beats it.",
		Example: "80,443",
	}))
	TargetGroupAttributes = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, entry(annotation.Entry{
		Suffix: aws + "target-group-attributes", Scope: annotation.ScopeTargetGroup, Group: groupTG,
		Internal: partly("our own data plane honours the deregistration delay and the unhealthy-state routing, and what else the attribute table says"),
		Doc:      "Attributes of all target groups, by the keys of the ELBv2 API. Only the keys that are listed are changed; `proxy_protocol_v2.enabled` is always among them.",
		Example:  "deregistration_delay.timeout_seconds=30,preserve_client_ip.enabled=true",
	}))
	PortAttributes = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, entry(annotation.Entry{
		Suffix: aws + "target-group-attributes.", Scope: annotation.ScopeTargetGroup, Group: groupTG,
		Internal: partly("an attribute has an effect where the attribute table says so"),
		Doc:      "Attributes of one target group, over those of all; the key ends in the Service port's number, such as `aws-load-balancer-target-group-attributes.80`. An empty value keeps that of all target groups.",
		Example:  "deregistration_delay.timeout_seconds=60",
	}))
	TargetNodeLabels = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, entry(annotation.Entry{
		Suffix: aws + "target-node-labels", Scope: annotation.ScopeTargetGroup, OnInvalid: annotation.DropObject, Internal: full(),
		Doc:     "Labels that a node must have to be a target, for instance targets.",
		Example: "pool=web,arch=arm64", Group: groupTG,
	}))
	MultiCluster = annotation.Declare[bool](annotation.Bool{}, entry(annotation.Entry{
		Suffix: aws + "multi-cluster-target-group", Scope: annotation.ScopeTargetGroup, Default: "false",
		OnInvalid: annotation.DropObject, Internal: partly("our own data plane serves the targets of its own cluster only"), Group: groupTG,
		Doc:     "Lets several clusters register their targets with one target group.",
		Example: "true",
	}))
)
