package alb

import "github.com/gwanmun/gwanmun/internal/annotation"

// Which class and group an Ingress belongs to.
var (
	IngressClass = annotation.Declare[string](annotation.Bounded{What: "a class name"}, annotation.Entry{
		FullKey: "kubernetes.io/ingress.class", Kinds: onIngress(), Scope: annotation.ScopeObject,
		Merge: annotation.MergeOwn, External: full(), Internal: full(),
		Doc:     "The class of the Ingress in the way before `spec.ingressClassName`. When it is present it decides alone, and the Ingress has no IngressClassParams.",
		Example: "alb", Since: since, Group: "Class and group",
	})
	GroupName = annotation.Declare[string](groupName{}, annotation.Entry{
		Suffix: "group.name", Kinds: onIngress(), Scope: annotation.ScopeObject, ParamsField: "group.name",
		Merge: annotation.MergeOwn, OnInvalid: annotation.FailUnit, External: full(), Internal: full(),
		Doc:     "Puts the Ingress into the IngressGroup of this name: all its members, of any namespace, share one load balancer. Without it the Ingress has a load balancer of its own.",
		Example: "shop.web", Since: since, Group: "Class and group",
	})
	GroupOrder = annotation.Declare[int64](annotation.Int{Min: -1000, Max: 1000}, annotation.Entry{
		Suffix: "group.order", Kinds: onIngress(), Scope: annotation.ScopeObject, Default: "0",
		Merge: annotation.MergeOwn, OnInvalid: annotation.FailUnit, External: full(), Internal: full(),
		Doc:     "The place of the Ingress in its group: rules of lower numbers come first. Equal numbers are ordered by namespace/name.",
		Example: "10", Since: since, Group: "Class and group",
	})
)
