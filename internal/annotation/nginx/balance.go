package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// Load balancing. These are settings of the target group, which all Ingresses that refer to the same Service and port
// share: the oldest one decides.
var (
	LoadBalance = declare(annotation.Enum{
		Words: []string{"round_robin", "ewma", "chash", "chashsubset", "sticky_balanced", "sticky_persistent"},
	}, annotation.Entry{
		Suffix: "load-balance", Group: groupBalance, Scope: annotation.ScopeTargetGroup, Merge: annotation.MergeFirst,
		Default: "round_robin", ConfigMapKey: "load-balance", Risk: annotation.Low,
		Internal: partly("round_robin and ewma are carried out; the others count as round_robin"), Example: "ewma",
		Doc: "How a target is chosen. upstream-hash-by takes precedence.",
	})
	UpstreamHashBy = declare(annotation.Chars{Also: variable, What: "text with variables such as $request_uri"}, annotation.Entry{
		Suffix: "upstream-hash-by", Group: groupBalance, Scope: annotation.ScopeTargetGroup, Merge: annotation.MergeFirst,
		Risk: annotation.High, OnInvalid: annotation.DropObject, Example: "$request_uri",
		Internal: partly("variables that the data plane does not know count as empty"),
		Doc:      "Requests with the same value go to the same target (consistent hashing).",
	})
	UpstreamHashBySubset = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "upstream-hash-by-subset", Group: groupBalance, Scope: annotation.ScopeTargetGroup,
		Merge: annotation.MergeFirst, Default: "false", Risk: annotation.Low, Internal: full, Example: "true",
		Doc: "upstream-hash-by chooses a subset of the targets, and chance one of it.",
	})
	UpstreamHashBySubsetSize = declare(annotation.Int{Min: 1, Max: 1 << 20}, annotation.Entry{
		Suffix: "upstream-hash-by-subset-size", Group: groupBalance, Scope: annotation.ScopeTargetGroup,
		Merge: annotation.MergeFirst, Default: "3", Risk: annotation.Low, Internal: full, Example: "5",
		Doc: "How many targets a subset has.",
	})

	balanceKeys = []annotation.Declared{LoadBalance, UpstreamHashBy, UpstreamHashBySubset, UpstreamHashBySubsetSize}
)
