package nlb

import "github.com/gwanmun/gwanmun/internal/annotation"

// Whether a Service is taken, and what its targets are.
var (
	Type = annotation.Declare[string](annotation.Bounded{What: "nlb-ip or external"}, entry(annotation.Entry{
		Suffix: aws + "type", Scope: annotation.ScopeObject, Internal: full(), Group: "Which Services",
		Doc:     "Makes a Service without `spec.loadBalancerClass` ours: `nlb-ip`, or `external` together with `aws-load-balancer-nlb-target-type`. Every other value is the cloud provider's in the cluster. `nlb-ip` sends straight to pods.",
		Example: "external",
	}))
	TargetType = annotation.Declare[string](annotation.Enum{Words: []string{"instance", "ip"}}, entry(annotation.Entry{
		Suffix: aws + "nlb-target-type", Scope: annotation.ScopeTargetGroup, Default: "instance", Flag: "default-target-type",
		Internal: full(), Group: "Which Services",
		Doc:     "`instance` sends to the Service's node port on the nodes, `ip` straight to the pods. A value that is neither means `instance`.",
		Example: "ip",
	}))
)

// NLBIP and External are the values of Type that make a Service ours.
const (
	NLBIP    = "nlb-ip"
	External = "external"
)
