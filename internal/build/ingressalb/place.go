package ingressalb

import (
	"slices"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// placed says where an Ingress belongs.
type placed struct {
	// concerns says that the Ingress is ours, or would be without a mistake that was reported.
	concerns bool
	// group is the group's id text: the name of an explicit group, or "namespace/name". Empty when the Ingress is in none.
	group  string
	params *elbv2.IngressClassParams
}

// place finds the group of an Ingress. An Ingress that is being deleted is in none, unless its load balancer is protected
// from deletion.
func (b *Builder) place(set *objects.Set, ing *networkingv1.Ingress, into *diag.Collector) placed {
	var mistakes diag.Collector
	v := b.classify(set, ing, &mistakes)
	if !v.ours {
		found := mistakes.Sorted()
		into.Append(found...)
		return placed{concerns: len(found) > 0}
	}
	p := placed{concerns: true, params: v.params}
	if ing.DeletionTimestamp != nil && !deletionProtected(ing) {
		return p
	}
	name := annotation.Get(b.reader(ing, v.params, into), alb.GroupName)
	switch {
	case name.Err != nil:
	case name.Set:
		p.group = name.Value
	default:
		p.group = ing.Namespace + "/" + ing.Name
	}
	return p
}

// deletionProtected says whether an Ingress's own annotation asks for deletion protection; IngressClassParams are not
// looked at, as with the original. A value that is no boolean protects: nothing is torn down on a guess.
func deletionProtected(ing *networkingv1.Ingress) bool {
	pairs, err := alb.LoadBalancerAttributes.Type.Parse(ing.Annotations[alb.Prefix+alb.LoadBalancerAttributes.Suffix])
	return err == nil && slices.ContainsFunc(pairs, func(p annotation.Pair) bool {
		on, err := strconv.ParseBool(p.Value)
		return p.Key == elb.DeletionProtection && (on || err != nil)
	})
}

// reader reads annotations of an Ingress, IngressClassParams first.
func (b *Builder) reader(ing *networkingv1.Ingress, params *elbv2.IngressClassParams, into *diag.Collector) *annotation.Reader {
	return annotation.NewReader(b.registry, into, append(paramsLayer(params), ingressLayer(ing))...)
}

func ingressLayer(ing *networkingv1.Ingress) annotation.Layer {
	return annotation.Layer{Kind: annotation.Annotations, Object: objectOf(ing), Values: ing.Annotations}
}

// candidates lists the Ingresses that may be in a group, by name; place decides.
func (b *Builder) candidates(set *objects.Set, group string) []objects.Name {
	if namespace, name, ok := strings.Cut(group, "/"); ok {
		return []objects.Name{{Namespace: namespace, Name: name}}
	}
	out := set.IngressesAnnotatedWith(objects.AnnotationALBGroup, group)
	for _, p := range set.AllIngressClassParams() {
		if p.Spec.Group != nil && p.Spec.Group.Name == group {
			out = append(out, b.ingressesOfParams(set, p.Name)...)
		}
	}
	slices.SortFunc(out, objects.Name.Compare)
	return slices.Compact(out)
}
