package servicenlb

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Finalizer is what a Service with a load balancer carries until that is gone.
const Finalizer = "service.k8s.aws/resources"

// verdict says whether a Service is ours.
type verdict int

const (
	// others are Services that are none of our business (any more): what was made for one is taken down.
	others verdict = iota
	ours
	// frozen is a Service that gives up a load balancer which has deletion protection: nothing is changed.
	frozen
)

// judge decides whose a Service is.
func (b *Builder) judge(svc *corev1.Service, into *diag.Collector) verdict {
	if svc.DeletionTimestamp == nil && b.takes(svc, into) {
		return ours
	}
	if slices.Contains(svc.Finalizers, Finalizer) && deletionProtected(svc) {
		into.Add(diag.NLBDeletionProtected, objectOf(svc), fieldOf(nlb.Attributes))
		return frozen
	}
	return others
}

// takes decides by the class alone when there is one; annotations count only without.
func (b *Builder) takes(svc *corev1.Service, into *diag.Collector) bool {
	if b.options.LoadBalancersOnly && svc.Spec.Type != corev1.ServiceTypeLoadBalancer {
		return false
	}
	if class := svc.Spec.LoadBalancerClass; class != nil && *class != "" {
		return *class == b.options.loadBalancerClass()
	}
	switch svc.Annotations[nlb.Prefix+nlb.Type.Suffix] {
	case nlb.NLBIP:
		return true
	case nlb.External:
		value := svc.Annotations[nlb.Prefix+nlb.TargetType.Suffix]
		if nlb.TargetType.Check(value) == nil {
			return true
		}
		into.Add(diag.NLBTypeIncomplete, objectOf(svc), fieldOf(nlb.TargetType),
			diag.A("value", value), diag.A("class", b.options.loadBalancerClass()))
	}
	return false
}

// deletionProtected says whether a Service asks for deletion protection. A value that is no boolean protects: nothing is
// torn down on a guess.
func deletionProtected(svc *corev1.Service) bool {
	pairs, err := nlb.Attributes.Type.Parse(svc.Annotations[nlb.Prefix+nlb.Attributes.Suffix])
	return err == nil && slices.ContainsFunc(pairs, func(p annotation.Pair) bool {
		on, err := strconv.ParseBool(p.Value)
		return p.Key == elb.DeletionProtection && (on || err != nil)
	})
}

func objectOf(svc *corev1.Service) diag.Object {
	return diag.Object{Kind: string(objects.KindService), Namespace: svc.Namespace, Name: svc.Name}
}

// keyOf is an annotation as users write it, and fieldOf its place in an object.
func keyOf(k annotation.Declared) string { return nlb.Prefix + k.Declaration().Suffix }

func fieldOf(k annotation.Declared) string { return annotation.FieldOf(keyOf(k)) }

// judgeKeys reports unknown keys, and annotations that the realizer in use does not carry out at all.
func (b *Builder) judgeKeys(svc *corev1.Service, into *diag.Collector) {
	object, values := objectOf(svc), nlb.Ours(svc.Annotations)
	b.registry.CheckKeys(object, annotation.Service, values, into)
	for _, f := range b.registry.Examine(values) {
		e := f.Key.Declaration()
		support := b.options.support(e)
		if support.Level == annotation.No && !f.Inert() && f.Err == nil && slices.Contains(e.Kinds, annotation.Service) {
			into.Add(diag.AnnotationUnsupported, object, annotation.FieldOf(f.Name), diag.A("key", f.Name), diag.A("why", support.Why))
		}
	}
}
