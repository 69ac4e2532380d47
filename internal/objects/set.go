package objects

import (
	"cmp"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/diag"
)

// Name is a namespaced name; Namespace is empty for cluster-scoped kinds.
type Name struct {
	Namespace string
	Name      string
}

// String is "namespace/name", or the name alone.
func (n Name) String() string {
	if n.Namespace == "" {
		return n.Name
	}
	return n.Namespace + "/" + n.Name
}

// Compare orders names by namespace and name.
func (n Name) Compare(m Name) int {
	return cmp.Or(cmp.Compare(n.Namespace, m.Namespace), cmp.Compare(n.Name, m.Name))
}

// Kind is a kind of object that a Set holds.
type Kind string

// Kinds of objects.
const (
	KindIngress       Kind = "Ingress"
	KindIngressClass  Kind = "IngressClass"
	KindService       Kind = "Service"
	KindEndpointSlice Kind = "EndpointSlice"
	KindSecret        Kind = "Secret"
	KindConfigMap     Kind = "ConfigMap"
	KindPod           Kind = "Pod"
	KindNode          Kind = "Node"
	KindNamespace     Kind = "Namespace"
	// KindIngressClassParams is the custom resource that class alb reads settings from.
	KindIngressClassParams Kind = elbv2.KindIngressClassParams
	// KindTargetGroupBinding is the custom resource that fills a target group of AWS.
	KindTargetGroupBinding Kind = elbv2.KindTargetGroupBinding
)

// Key names one object.
type Key struct {
	Kind Kind
	Name
}

// Object is the key as diagnostics name objects.
func (k Key) Object() diag.Object {
	return diag.Object{Kind: string(k.Kind), Namespace: k.Namespace, Name: k.Name.Name}
}

// Set holds objects and keeps its indexes up to date. Objects must not be changed after they were put. A Set has one
// writer; builds read it between two writes and never keep it.
type Set struct {
	ingresses      map[Name]*networkingv1.Ingress
	ingressClasses map[Name]*networkingv1.IngressClass
	services       map[Name]*corev1.Service
	endpointSlices map[Name]*discoveryv1.EndpointSlice
	secrets        map[Name]*corev1.Secret
	configMaps     map[Name]*corev1.ConfigMap
	pods           map[Name]*corev1.Pod
	nodes          map[Name]*corev1.Node
	namespaces     map[Name]*corev1.Namespace
	classParams    map[Name]*elbv2.IngressClassParams
	bindings       map[Name]*elbv2.TargetGroupBinding

	slicesOfService    index[Name]
	ingressesOfHost    index[string]
	ingressesOfService index[Name]
	ingressesBalancing index[Name]
	ingressesOfSecret  index[Name]
	ingressesOfClass   index[string]
	ingressesAnnotated annotated
	servicesAnnotated  annotated
	// ingressesNaming is about Secrets that annotations name.
	ingressesNaming index[Name]
	// ingressesUnder is keyed by the domain one label above a host.
	ingressesUnder    index[string]
	bindingsOfService index[Name]
	// bindingsOfGroup is keyed by ARN.
	bindingsOfGroup index[string]
}

// NewSet makes an empty set.
func NewSet() *Set {
	return &Set{
		ingresses:          map[Name]*networkingv1.Ingress{},
		ingressClasses:     map[Name]*networkingv1.IngressClass{},
		services:           map[Name]*corev1.Service{},
		endpointSlices:     map[Name]*discoveryv1.EndpointSlice{},
		secrets:            map[Name]*corev1.Secret{},
		configMaps:         map[Name]*corev1.ConfigMap{},
		pods:               map[Name]*corev1.Pod{},
		nodes:              map[Name]*corev1.Node{},
		namespaces:         map[Name]*corev1.Namespace{},
		slicesOfService:    index[Name]{},
		ingressesOfHost:    index[string]{},
		ingressesOfService: index[Name]{},
		ingressesBalancing: index[Name]{},
		ingressesOfSecret:  index[Name]{},
		ingressesNaming:    index[Name]{},
		ingressesUnder:     index[string]{},
		classParams:        map[Name]*elbv2.IngressClassParams{},
		bindings:           map[Name]*elbv2.TargetGroupBinding{},
		bindingsOfService:  index[Name]{},
		bindingsOfGroup:    index[string]{},
		ingressesOfClass:   index[string]{},
		ingressesAnnotated: newAnnotated(),
		servicesAnnotated:  newAnnotated(),
	}
}

// Put adds an object or replaces the one of the same kind and name. It returns the object's key, and false when the
// object's type is not one that a Set holds.
func (s *Set) Put(object any) (Key, bool) {
	k, ok := KeyOf(object)
	if !ok {
		return Key{}, false
	}
	s.Delete(k)
	switch o := object.(type) {
	case *networkingv1.Ingress:
		s.ingresses[k.Name] = o
		s.indexIngress(k.Name, o, true)
	case *networkingv1.IngressClass:
		s.ingressClasses[k.Name] = o
	case *corev1.Service:
		s.services[k.Name] = o
		s.servicesAnnotated.set(k.Name, o, true)
	case *discoveryv1.EndpointSlice:
		s.endpointSlices[k.Name] = o
		s.slicesOfService.add(serviceOfSlice(o), k.Name)
	case *corev1.Secret:
		s.secrets[k.Name] = o
	case *corev1.ConfigMap:
		s.configMaps[k.Name] = o
	case *corev1.Pod:
		s.pods[k.Name] = o
	case *corev1.Node:
		s.nodes[k.Name] = o
	case *corev1.Namespace:
		s.namespaces[k.Name] = o
	case *elbv2.IngressClassParams:
		s.classParams[k.Name] = o
	case *elbv2.TargetGroupBinding:
		s.bindings[k.Name] = o
		s.indexBinding(k.Name, o, true)
	}
	return k, true
}

// KeyOf names an object; false when its type is not one that a Set holds.
func KeyOf(object any) (Key, bool) {
	switch o := object.(type) {
	case *networkingv1.Ingress:
		return Key{KindIngress, Name{o.Namespace, o.Name}}, true
	case *networkingv1.IngressClass:
		return Key{KindIngressClass, Name{"", o.Name}}, true
	case *corev1.Service:
		return Key{KindService, Name{o.Namespace, o.Name}}, true
	case *discoveryv1.EndpointSlice:
		return Key{KindEndpointSlice, Name{o.Namespace, o.Name}}, true
	case *corev1.Secret:
		return Key{KindSecret, Name{o.Namespace, o.Name}}, true
	case *corev1.ConfigMap:
		return Key{KindConfigMap, Name{o.Namespace, o.Name}}, true
	case *corev1.Pod:
		return Key{KindPod, Name{o.Namespace, o.Name}}, true
	case *corev1.Node:
		return Key{KindNode, Name{"", o.Name}}, true
	case *corev1.Namespace:
		return Key{KindNamespace, Name{"", o.Name}}, true
	case *elbv2.IngressClassParams:
		return Key{KindIngressClassParams, Name{"", o.Name}}, true
	case *elbv2.TargetGroupBinding:
		return Key{KindTargetGroupBinding, Name{o.Namespace, o.Name}}, true
	}
	return Key{}, false
}

// Delete removes an object and says whether it was there.
func (s *Set) Delete(k Key) bool {
	switch k.Kind {
	case KindIngress:
		if o, ok := s.ingresses[k.Name]; ok {
			s.indexIngress(k.Name, o, false)
		}
		return drop(s.ingresses, k.Name)
	case KindIngressClass:
		return drop(s.ingressClasses, k.Name)
	case KindService:
		if o, ok := s.services[k.Name]; ok {
			s.servicesAnnotated.set(k.Name, o, false)
		}
		return drop(s.services, k.Name)
	case KindEndpointSlice:
		if o, ok := s.endpointSlices[k.Name]; ok {
			s.slicesOfService.remove(serviceOfSlice(o), k.Name)
		}
		return drop(s.endpointSlices, k.Name)
	case KindSecret:
		return drop(s.secrets, k.Name)
	case KindConfigMap:
		return drop(s.configMaps, k.Name)
	case KindPod:
		return drop(s.pods, k.Name)
	case KindNode:
		return drop(s.nodes, k.Name)
	case KindNamespace:
		return drop(s.namespaces, k.Name)
	case KindIngressClassParams:
		return drop(s.classParams, k.Name)
	case KindTargetGroupBinding:
		if o, ok := s.bindings[k.Name]; ok {
			s.indexBinding(k.Name, o, false)
		}
		return drop(s.bindings, k.Name)
	}
	return false
}

func drop[T any](m map[Name]T, n Name) bool {
	_, ok := m[n]
	delete(m, n)
	return ok
}

// Ingress finds an Ingress; nil when there is none. The other getters work alike.
func (s *Set) Ingress(n Name) *networkingv1.Ingress { return s.ingresses[n] }

// IngressClass finds an IngressClass.
func (s *Set) IngressClass(name string) *networkingv1.IngressClass {
	return s.ingressClasses[Name{"", name}]
}

// Service finds a Service.
func (s *Set) Service(n Name) *corev1.Service { return s.services[n] }

// Secret finds a Secret.
func (s *Set) Secret(n Name) *corev1.Secret { return s.secrets[n] }

// ConfigMap finds a ConfigMap.
func (s *Set) ConfigMap(n Name) *corev1.ConfigMap { return s.configMaps[n] }

// Pod finds a Pod.
func (s *Set) Pod(n Name) *corev1.Pod { return s.pods[n] }

// Node finds a Node.
func (s *Set) Node(name string) *corev1.Node { return s.nodes[Name{"", name}] }

// Namespace finds a Namespace.
func (s *Set) Namespace(name string) *corev1.Namespace { return s.namespaces[Name{"", name}] }

// IngressClassParams finds an IngressClassParams.
func (s *Set) IngressClassParams(name string) *elbv2.IngressClassParams {
	return s.classParams[Name{"", name}]
}

// AllIngressClassParams lists all IngressClassParams by name.
func (s *Set) AllIngressClassParams() []*elbv2.IngressClassParams { return sorted(s.classParams) }

// Ingresses lists all Ingresses by name. It costs a sort: builds of single units use the indexes.
func (s *Set) Ingresses() []*networkingv1.Ingress { return sorted(s.ingresses) }

// IngressClasses lists all IngressClasses by name.
func (s *Set) IngressClasses() []*networkingv1.IngressClass { return sorted(s.ingressClasses) }

// Services lists all Services by name.
func (s *Set) Services() []*corev1.Service { return sorted(s.services) }

// Pods lists all Pods by name.
func (s *Set) Pods() []*corev1.Pod { return sorted(s.pods) }

// Nodes lists all Nodes by name.
func (s *Set) Nodes() []*corev1.Node { return sorted(s.nodes) }

func sorted[T any](m map[Name]T) []T {
	out := make([]T, 0, len(m))
	for _, n := range slices.SortedFunc(maps.Keys(m), Name.Compare) {
		out = append(out, m[n])
	}
	return out
}
