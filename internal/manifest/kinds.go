package manifest

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	extensionsv1beta1 "k8s.io/api/extensions/v1beta1"
	networkingv1 "k8s.io/api/networking/v1"
	networkingv1beta1 "k8s.io/api/networking/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Kinds of objects that only stand-ins are made from; an objects.Set does not hold them.
const (
	KindDeployment  objects.Kind = "Deployment"
	KindStatefulSet objects.Kind = "StatefulSet"
	KindDaemonSet   objects.Kind = "DaemonSet"
	KindReplicaSet  objects.Kind = "ReplicaSet"
)

// kind is a kind of object in one API version that is read.
type kind struct {
	apiVersion string
	kind       objects.Kind
	cluster    bool // not in a namespace
	make       func() metav1.Object
	// current is the API version that took the place of a retired one.
	current string
	// convert turns the retired version's object into the current one's; nil when the fields are the same.
	convert func(metav1.Object) metav1.Object
}

// kinds lists everything that is read.
var kinds = []kind{
	{apiVersion: "v1", kind: objects.KindService, make: func() metav1.Object { return &corev1.Service{} }},
	{apiVersion: "v1", kind: objects.KindSecret, make: func() metav1.Object { return &corev1.Secret{} }},
	{apiVersion: "v1", kind: objects.KindConfigMap, make: func() metav1.Object { return &corev1.ConfigMap{} }},
	{apiVersion: "v1", kind: objects.KindPod, make: func() metav1.Object { return &corev1.Pod{} }},
	{apiVersion: "v1", kind: objects.KindNode, cluster: true, make: func() metav1.Object { return &corev1.Node{} }},
	{apiVersion: "v1", kind: objects.KindNamespace, cluster: true, make: func() metav1.Object { return &corev1.Namespace{} }},

	{apiVersion: "networking.k8s.io/v1", kind: objects.KindIngress, make: func() metav1.Object { return &networkingv1.Ingress{} }},
	{apiVersion: "networking.k8s.io/v1", kind: objects.KindIngressClass, cluster: true, make: makeIngressClass},
	{
		apiVersion: "networking.k8s.io/v1beta1", kind: objects.KindIngress, current: "networking.k8s.io/v1",
		make: func() metav1.Object { return &networkingv1beta1.Ingress{} }, convert: convertIngress,
	},
	{apiVersion: "networking.k8s.io/v1beta1", kind: objects.KindIngressClass, cluster: true, current: "networking.k8s.io/v1", make: makeIngressClass},
	{
		apiVersion: "extensions/v1beta1", kind: objects.KindIngress, current: "networking.k8s.io/v1",
		make: func() metav1.Object { return &extensionsv1beta1.Ingress{} }, convert: convertOldestIngress,
	},

	{apiVersion: elbv2.Group + "/" + elbv2.Version, kind: objects.KindIngressClassParams, cluster: true, make: func() metav1.Object { return &elbv2.IngressClassParams{} }},

	{apiVersion: "discovery.k8s.io/v1", kind: objects.KindEndpointSlice, make: makeEndpointSlice},
	{apiVersion: "discovery.k8s.io/v1beta1", kind: objects.KindEndpointSlice, current: "discovery.k8s.io/v1", make: makeEndpointSlice},

	{apiVersion: "apps/v1", kind: KindDeployment, make: makeDeployment},
	{apiVersion: "apps/v1", kind: KindStatefulSet, make: makeStatefulSet},
	{apiVersion: "apps/v1", kind: KindDaemonSet, make: makeDaemonSet},
	{apiVersion: "apps/v1", kind: KindReplicaSet, make: makeReplicaSet},
	{apiVersion: "extensions/v1beta1", kind: KindDeployment, current: "apps/v1", make: makeDeployment},
	{apiVersion: "extensions/v1beta1", kind: KindDaemonSet, current: "apps/v1", make: makeDaemonSet},
	{apiVersion: "extensions/v1beta1", kind: KindReplicaSet, current: "apps/v1", make: makeReplicaSet},
	{apiVersion: "apps/v1beta1", kind: KindDeployment, current: "apps/v1", make: makeDeployment},
	{apiVersion: "apps/v1beta1", kind: KindStatefulSet, current: "apps/v1", make: makeStatefulSet},
	{apiVersion: "apps/v1beta2", kind: KindDeployment, current: "apps/v1", make: makeDeployment},
	{apiVersion: "apps/v1beta2", kind: KindStatefulSet, current: "apps/v1", make: makeStatefulSet},
	{apiVersion: "apps/v1beta2", kind: KindDaemonSet, current: "apps/v1", make: makeDaemonSet},
	{apiVersion: "apps/v1beta2", kind: KindReplicaSet, current: "apps/v1", make: makeReplicaSet},
}

func makeIngressClass() metav1.Object  { return &networkingv1.IngressClass{} }
func makeEndpointSlice() metav1.Object { return &discoveryv1.EndpointSlice{} }
func makeDeployment() metav1.Object    { return &appsv1.Deployment{} }
func makeStatefulSet() metav1.Object   { return &appsv1.StatefulSet{} }
func makeDaemonSet() metav1.Object     { return &appsv1.DaemonSet{} }
func makeReplicaSet() metav1.Object    { return &appsv1.ReplicaSet{} }

// findKind finds a kind in an API version. known says that the kind is read in some version.
func findKind(apiVersion, name string) (k *kind, known *kind) {
	for i := range kinds {
		if string(kinds[i].kind) != name {
			continue
		}
		if kinds[i].apiVersion == apiVersion {
			return &kinds[i], &kinds[i]
		}
		// The same name in the group of another project is another kind (a Service of Knative is none of ours). In the
		// groups of Kubernetes itself there is one of each, so that it is this one under a wrong name.
		if g := group(apiVersion); known == nil && (g == group(kinds[i].apiVersion) || !strings.Contains(g, ".") || strings.HasSuffix(g, ".k8s.io")) {
			known = &kinds[i]
		}
	}
	return nil, known
}

// group is the API group of an apiVersion; empty for the core group.
func group(apiVersion string) string {
	g, _, ok := strings.Cut(apiVersion, "/")
	if !ok {
		return ""
	}
	return g
}
