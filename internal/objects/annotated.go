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
	// AnnotationALBGroup puts an Ingress into an IngressGroup.
	AnnotationALBGroup = "alb.ingress.kubernetes.io/group.name"
	// AnnotationALBOIDC names a Secret inside its JSON.
	AnnotationALBOIDC = "alb.ingress.kubernetes.io/auth-idp-oidc"
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
	family := false
	for k, v := range o.GetAnnotations() {
		switch {
		case k == AnnotationALBGroup:
			a.byKey.set(k, n, present)
			a.byValue.set(keyValue{k, v}, n, present)
		case k == AnnotationALBOIDC:
			a.byKey.set(k, n, present)
		case strings.HasPrefix(k, FamilyALBActions):
			family = true
		}
	}
	if family {
		a.byKey.set(FamilyALBActions, n, present)
	}
}

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

// IngressesAnnotatedWith lists the Ingresses with this value of AnnotationALBGroup, by name.
func (s *Set) IngressesAnnotatedWith(key, value string) []Name {
	return s.ingressesAnnotated.byValue.names(keyValue{key, value})
}

// ServicesAnnotated lists the Services with an indexed annotation key, by name.
func (s *Set) ServicesAnnotated(key string) []Name { return s.servicesAnnotated.byKey.names(key) }

// IngressNames lists the names of all Ingresses, sorted.
func (s *Set) IngressNames() []Name { return slices.SortedFunc(maps.Keys(s.ingresses), Name.Compare) }
