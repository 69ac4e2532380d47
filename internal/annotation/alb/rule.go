package alb

import "github.com/gwanmun/gwanmun/internal/annotation"

// Rules.
var (
	Actions = annotation.Declare[Action](annotation.JSON[Action]{
		What: "an action: forward, redirect or fixed-response", Validate: Action.validate,
	}, annotation.Entry{
		Suffix: "actions.", Kinds: onIngress(), Scope: annotation.ScopeRule, Merge: annotation.MergeOwn,
		OnInvalid: annotation.FailUnit, External: full(),
		Internal: partly("target groups named by ARN or name are known to AWS only, and our own data plane does not keep clients at one of several target groups yet"),
		Doc:      "An action for backends that are written as a Service of this name with the port name `use-annotation`: a weighted forward, a redirect or a fixed response.",
		Example:  `{"type":"redirect","redirectConfig":{"host":"www.example.com","statusCode":"HTTP_301"}}`, Since: since, Group: "Rules",
	})
	Conditions = annotation.Declare[[]Condition](annotation.JSON[[]Condition]{
		What: "a list of conditions", Validate: validateConditions,
	}, annotation.Entry{
		Suffix: "conditions.", Kinds: onIngress(), Scope: annotation.ScopeRule, Merge: annotation.MergeOwn,
		OnInvalid: annotation.FailUnit, External: full(), Internal: full(),
		Doc:     "Further conditions for every rule whose backend is the Service of this name: hosts, paths, headers, methods, query strings, client addresses.",
		Example: `[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X-Team","values":["shop"]}}]`, Since: since, Group: "Rules",
	})
	Transforms = annotation.Declare[[]Transform](annotation.JSON[[]Transform]{
		What: "a list of transforms", Validate: validateTransforms,
	}, annotation.Entry{
		Suffix: "transforms.", Kinds: onIngress(), Scope: annotation.ScopeRule, Merge: annotation.MergeOwn,
		OnInvalid: annotation.FailUnit, External: full(), Internal: full(),
		Doc:     "Rewrites of the host or the path with query for every rule whose backend is the Service of this name.",
		Example: `[{"type":"url-rewrite","urlRewriteConfig":{"rewrites":[{"regex":"^/api/(.*)","replace":"/$1"}]}}]`, Since: since, Group: "Rules",
	})
	UseRegexPathMatch = annotation.Declare[bool](annotation.Bool{}, annotation.Entry{
		Suffix: "use-regex-path-match", Kinds: onIngress(), Scope: annotation.ScopeRule, Default: "false",
		Merge: annotation.MergeOwn, OnInvalid: annotation.FailUnit, External: full(), Internal: full(),
		Doc:     "Reads ImplementationSpecific paths as regular expressions. The first character, the slash that the API server insists on, is not part of the expression.",
		Example: "true", Since: since, Group: "Rules",
	})
)
