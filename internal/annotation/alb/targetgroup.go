package alb

import "github.com/gwanmun/gwanmun/internal/annotation"

// Target groups.
var (
	TargetType = annotation.Declare[string](annotation.Enum{Words: []string{"instance", "ip"}}, annotation.Entry{
		Suffix: "target-type", Kinds: onBoth(), Scope: annotation.ScopeTargetGroup, Default: "instance",
		ParamsField: "targetType", Flag: "default-target-type", Merge: annotation.MergeOwn,
		OnInvalid: annotation.FailUnit, External: full(), Internal: full(),
		Doc:     "`instance` sends to the Service's node port on the nodes, `ip` straight to the pods.",
		Example: "ip", Since: since, Group: "Target groups",
	})
	BackendProtocol = annotation.Declare[string](annotation.Enum{Words: []string{"HTTP", "HTTPS"}}, annotation.Entry{
		Suffix: "backend-protocol", Kinds: onBoth(), Scope: annotation.ScopeTargetGroup, Default: "HTTP",
		Merge: annotation.MergeOwn, OnInvalid: annotation.FailUnit, External: full(), Internal: full(),
		Doc:     "The protocol towards targets. Certificates of targets are not verified.",
		Example: "HTTPS", Since: since, Group: "Target groups",
	})
	BackendProtocolVersion = annotation.Declare[string](
		annotation.Enum{Words: []string{"HTTP1", "HTTP2", "GRPC"}}, annotation.Entry{
			Suffix: "backend-protocol-version", Kinds: onBoth(), Scope: annotation.ScopeTargetGroup, Default: "HTTP1",
			Merge: annotation.MergeOwn, OnInvalid: annotation.FailUnit, External: full(), Internal: full(),
			Doc: "The HTTP version towards targets. Requests whose own version does not go with it are answered 464: clients of " +
				"HTTP/1.1 reach HTTP1 only, gRPC calls HTTP2 and GRPC, and other requests of HTTP/2 reach GRPC with POST only.",
			Example: "GRPC", Since: since, Group: "Target groups",
		})
	TargetGroupAttributes = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, annotation.Entry{
		Suffix: "target-group-attributes", Kinds: onBoth(), Scope: annotation.ScopeTargetGroup,
		Merge: annotation.MergeOwn, External: full(),
		Internal: partly("our own data plane honours the deregistration delay, the algorithm, slow start and the unhealthy-state routing; stickiness not yet"),
		Doc:      "Attributes of the target group, by the keys of the ELBv2 API. Only the keys that are listed are changed.",
		Example:  "deregistration_delay.timeout_seconds=30,slow_start.duration_seconds=30", Since: since, Group: "Target groups",
	})
	TargetNodeLabels = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, annotation.Entry{
		Suffix: "target-node-labels", Kinds: onBoth(), Scope: annotation.ScopeTargetGroup, Merge: annotation.MergeOwn,
		External: full(), Internal: full(),
		Doc:     "Labels that a node must have to be a target, for target type `instance`.",
		Example: "pool=web,arch=arm64", Since: since, Group: "Target groups",
	})
	MultiCluster = annotation.Declare[bool](annotation.Bool{}, annotation.Entry{
		Suffix: "multi-cluster-target-group", Kinds: onBoth(), Scope: annotation.ScopeTargetGroup, Default: "false",
		Merge: annotation.MergeOwn, External: full(),
		Internal: partly("our own data plane serves the targets of its own cluster only"),
		Doc:      "Lets several clusters register their targets with one target group.",
		Example:  "true", Since: since, Group: "Target groups",
	})
	TargetControlPort = annotation.Declare[int64](annotation.Int{Min: 1, Max: 65535}, annotation.Entry{
		Suffix: "target-control-port.", Kinds: onIngress(), Scope: annotation.ScopeTargetGroup, Merge: annotation.MergeOwn,
		OnInvalid: annotation.FailUnit, External: full(),
		Internal: no("our own data plane does not ask targets for their load"),
		Doc:      "The control port of one target group's targets; the key ends in the Service and port, such as `target-control-port.web.80`. Only for target type `ip`.",
		Example:  "3000", Since: since, Group: "Target groups",
	})
)
