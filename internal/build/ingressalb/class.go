package ingressalb

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Controller is the spec.controller of IngressClasses that are ours.
const Controller = "ingress.k8s.aws/alb"

const annotationClass = "kubernetes.io/ingress.class"

// verdict says whether an Ingress is ours.
type verdict struct {
	ours   bool
	params *elbv2.IngressClassParams
}

// classify decides whose an Ingress is. The class annotation decides alone when it is there, and such an Ingress never
// has IngressClassParams; then spec.ingressClassName; then the only default class. Mistakes are reported and make the
// Ingress not ours.
func (b *Builder) classify(set *objects.Set, ing *networkingv1.Ingress, into *diag.Collector) verdict {
	if class, ok := ing.Annotations[annotationClass]; ok {
		ours := class == b.options.ingressClass() || b.options.TakeClassless && class == ""
		return verdict{ours: ours}
	}
	if name := ing.Spec.IngressClassName; name != nil {
		if class := set.IngressClass(*name); class != nil {
			return b.ofClass(set, ing, class, into)
		}
		into.Add(diag.ClassMissing, objectOf(ing), "spec.ingressClassName", diag.A("class", *name))
		return verdict{}
	}
	defaults := defaultClasses(set)
	switch len(defaults) {
	case 0:
		return verdict{ours: b.options.TakeClassless}
	case 1:
		return b.ofClass(set, ing, defaults[0], into)
	}
	names := make([]string, len(defaults))
	for i, c := range defaults {
		names[i] = c.Name
	}
	into.Add(diag.ClassDefaults, objectOf(ing), "spec.ingressClassName", diag.A("classes", strings.Join(names, ", ")))
	return verdict{}
}

// ofClass judges an Ingress of an existing class.
func (b *Builder) ofClass(set *objects.Set, ing *networkingv1.Ingress, class *networkingv1.IngressClass, into *diag.Collector) verdict {
	if class.Spec.Controller != Controller {
		return verdict{}
	}
	ref := class.Spec.Parameters
	if ref == nil {
		return verdict{ours: true}
	}
	object := objectOf(ing)
	const field = "spec.ingressClassName"
	if ref.APIGroup == nil || *ref.APIGroup != elbv2.Group || ref.Kind != elbv2.KindIngressClassParams {
		into.Add(diag.ClassParamsKind, object, field, diag.A("class", class.Name), diag.A("kind", ref.Kind))
		return verdict{}
	}
	params := set.IngressClassParams(ref.Name)
	if params == nil {
		into.Add(diag.ClassParamsMissing, object, field, diag.A("params", ref.Name), diag.A("class", class.Name))
		return verdict{}
	}
	if !allowsNamespace(set, params, ing.Namespace) {
		into.Add(diag.ClassNamespace, object, field,
			diag.A("params", params.Name), diag.A("class", class.Name), diag.A("namespace", ing.Namespace))
		return verdict{}
	}
	return verdict{ours: true, params: params}
}

// allowsNamespace checks the namespaceSelector; one that is no valid selector allows nothing.
func allowsNamespace(set *objects.Set, params *elbv2.IngressClassParams, namespace string) bool {
	if params.Spec.NamespaceSelector == nil {
		return true
	}
	selector, err := metav1.LabelSelectorAsSelector(params.Spec.NamespaceSelector)
	if err != nil {
		return false
	}
	var of labels.Set
	if ns := set.Namespace(namespace); ns != nil {
		of = ns.Labels
	}
	return selector.Matches(of)
}

func isDefaultClass(c *networkingv1.IngressClass) bool {
	return c.Annotations[networkingv1.AnnotationIsDefaultIngressClass] == "true"
}

func defaultClasses(set *objects.Set) []*networkingv1.IngressClass {
	var out []*networkingv1.IngressClass
	for _, c := range set.IngressClasses() {
		if isDefaultClass(c) {
			out = append(out, c)
		}
	}
	return out
}

func objectOf(ing *networkingv1.Ingress) diag.Object {
	return diag.Object{Kind: string(objects.KindIngress), Namespace: ing.Namespace, Name: ing.Name}
}
