package objects

import (
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Annotations and families of annotations that are indexed.
const (
	// FamilyALBActions are the actions.* annotations of class alb.
	FamilyALBActions = "alb.ingress.kubernetes.io/actions."
	// FamilyNLBActions are the actions.* annotations of network load balancers, on Services.
	FamilyNLBActions = "service.beta.kubernetes.io/actions."
	// AnnotationALBGroup puts an Ingress into an IngressGroup.
	AnnotationALBGroup = "alb.ingress.kubernetes.io/group.name"
	// AnnotationALBName asks for a load balancer name.
	AnnotationALBName = "alb.ingress.kubernetes.io/load-balancer-name"
	// AnnotationALBOIDC names a Secret inside its JSON.
	AnnotationALBOIDC = "alb.ingress.kubernetes.io/auth-idp-oidc"
	// AnnotationNginxBalance and AnnotationNginxHashBy say how a Service's endpoints are balanced, for all Ingresses that
	// share the Service.
	AnnotationNginxBalance = "nginx.ingress.kubernetes.io/load-balance"
	AnnotationNginxHashBy  = "nginx.ingress.kubernetes.io/upstream-hash-by"
)

// annotated indexes objects by the few annotations that decide which units they belong to. Indexing every key of every
// object would cost more memory than the objects.
type annotated struct {
	byKey   index[string]
	byValue index[keyValue]
}

type keyValue struct {
	key, value string
}

func newAnnotated() annotated {
	return annotated{byKey: index[string]{}, byValue: index[keyValue]{}}
}

func (a annotated) set(n Name, o metav1.Object, present bool) {
	family, actions := false, false
	for k, v := range o.GetAnnotations() {
		switch {
		case k == AnnotationALBGroup:
			a.byKey.set(k, n, present)
			a.byValue.set(keyValue{k, v}, n, present)
		case k == AnnotationALBName:
			a.byValue.set(keyValue{k, v}, n, present)
		case k == AnnotationALBOIDC:
			a.byKey.set(k, n, present)
		case strings.HasPrefix(k, FamilyALBActions):
			family = true
		case strings.HasPrefix(k, FamilyNLBActions):
			actions = true
		}
	}
	if family {
		a.byKey.set(FamilyALBActions, n, present)
	}
	if actions {
		a.byKey.set(FamilyNLBActions, n, present)
	}
}

// SaysBalance says whether an Ingress has something to say about the balancing of its Services.
func SaysBalance(ing *networkingv1.Ingress) bool {
	_, a := ing.Annotations[AnnotationNginxBalance]
	_, b := ing.Annotations[AnnotationNginxHashBy]
	return a || b
}

// Balanced says whether any Ingress with the Service as a backend says how to balance its endpoints. Most Services of
// most clusters are not; those need not be looked for in all the Ingresses that share them.
func (s *Set) Balanced(service Name) bool { return len(s.ingressesBalancing[service]) > 0 }

// classOf is the class name that an Ingress's spec gives; empty for none.
func classOf(ing *networkingv1.Ingress) string {
	if ing.Spec.IngressClassName == nil {
		return ""
	}
	return *ing.Spec.IngressClassName
}

// IngressesOfClass lists the Ingresses whose spec names the class, by name; the empty class lists those that name none.
// Class annotations are not looked at.
func (s *Set) IngressesOfClass(class string) []Name { return s.ingressesOfClass.names(class) }

// IngressesAnnotated lists the Ingresses with an indexed annotation key or family, by name.
func (s *Set) IngressesAnnotated(key string) []Name { return s.ingressesAnnotated.byKey.names(key) }

// IngressesAnnotatedWith lists the Ingresses with this value of AnnotationALBGroup or AnnotationALBName, by name.
func (s *Set) IngressesAnnotatedWith(key, value string) []Name {
	return s.ingressesAnnotated.byValue.names(keyValue{key, value})
}

// ServicesAnnotated lists the Services with an indexed annotation key or family, by name.
func (s *Set) ServicesAnnotated(key string) []Name { return s.servicesAnnotated.byKey.names(key) }

// IngressNames lists the names of all Ingresses, sorted.
func (s *Set) IngressNames() []Name { return slices.SortedFunc(maps.Keys(s.ingresses), Name.Compare) }
