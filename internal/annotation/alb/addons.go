package alb

import "github.com/gwanmun/gwanmun/internal/annotation"

const (
	noWAF     = "our own data plane has no web application firewall yet; requests are not filtered"
	noClassic = "WAF classic is being retired by AWS; move the rules to a WAFv2 web ACL"
)

// None is the value that takes a web ACL away.
const None = "none"

// Services that AWS puts before a load balancer.
var (
	WAFv2ACLARN = annotation.Declare[string](annotation.Bounded{What: `an ARN or "none"`, Needed: true}, annotation.Entry{
		Suffix: "wafv2-acl-arn", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer, ParamsField: "wafv2AclArn",
		Merge: annotation.MergeExclusive, OnInvalid: annotation.FailUnit, External: full(), Internal: no(noWAF), Inert: []string{None},
		Doc:     "The WAFv2 web ACL before the load balancer, by ARN. `none` takes it away; without the annotation it is left as it is.",
		Example: "arn:aws:wafv2:ap-northeast-2:123456789012:regional/webacl/shop/0123abcd", Since: since, Group: "Add-ons",
	})
	WAFv2ACLName = annotation.Declare[string](annotation.Bounded{What: `a name or "none"`, Needed: true}, annotation.Entry{
		Suffix: "wafv2-acl-name", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer, ParamsField: "wafv2AclName",
		Merge: annotation.MergeExclusive, OnInvalid: annotation.FailUnit,
		External: partly("the name is passed on; it is not resolved to an ARN yet"), Internal: no(noWAF), Inert: []string{None},
		Doc:     "The WAFv2 web ACL before the load balancer, by name. It beats `wafv2-acl-arn`.",
		Example: "shop", Since: since, Group: "Add-ons",
	})
	WAFACLID = annotation.Declare[string](annotation.Bounded{What: `an id or "none"`, Needed: true}, annotation.Entry{
		Suffix: "waf-acl-id", Aliases: []string{"web-acl-id"}, Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer,
		Merge: annotation.MergeExclusive, External: no(noClassic), Internal: no(noClassic), Inert: []string{None},
		Doc:     "The WAF classic web ACL before the load balancer, by id.",
		Example: "499e8b99-6671-4614-a86d-adb1810b7fbe", Since: since, Group: "Add-ons",
	})
	Shield = annotation.Declare[bool](annotation.Bool{}, annotation.Entry{
		Suffix: "shield-advanced-protection", Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer,
		Merge: annotation.MergeExclusive, External: full(), Internal: no("Shield protects addresses of AWS only"),
		Inert:   []string{"false"},
		Doc:     "Whether AWS Shield Advanced protects the load balancer; without it that is left as it is.",
		Example: "true", Since: since, Group: "Add-ons",
	})
	DryRunPlan = annotation.Declare[string](annotation.Bounded{What: "text"}, annotation.Entry{
		Suffix: "dry-run-plan", Kinds: onIngress(), Scope: annotation.ScopeObject, Merge: annotation.MergeOwn,
		External: full(), Internal: full(),
		Doc:     "Written by controllers that plan without acting; never read.",
		Example: "{}", Since: since, Group: "Add-ons",
	})
)
