package conformance

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/google/go-cmp/cmp"
	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
)

// clear deletes everything that tests have made and checks that nothing is left, in Kubernetes and in AWS.
func (r *rig) clear(t *testing.T) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	r.deleteAll(ctx, t)
	left := lasts(patience, func() string {
		if left := r.leftovers(ctx); len(left) > 0 {
			return "left in Kubernetes: " + strings.Join(left, ", ")
		}
		if d := differs(r.before, r.aws()); d != "" {
			return "left in AWS:\n" + d
		}
		return ""
	})
	if left != "" {
		t.Error(left)
	}
}

// deleteAll asks for the deletion of all objects of tests.
func (r *rig) deleteAll(ctx context.Context, t *testing.T) {
	t.Helper()
	fail := func(err error) {
		if client.IgnoreNotFound(err) != nil {
			t.Errorf("deleting: %v", err)
		}
	}
	spaces, err := r.core.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	fail(err)
	apps, every := r.core.AppsV1(), metav1.ListOptions{}
	for _, n := range spaces.Items {
		if strings.HasPrefix(n.Name, "kube-") {
			continue
		}
		// Owners go before what they own, which they would make again.
		fail(apps.Deployments(n.Name).DeleteCollection(ctx, metav1.DeleteOptions{}, every))
		fail(apps.ReplicaSets(n.Name).DeleteCollection(ctx, metav1.DeleteOptions{}, every))
		for _, kind := range []client.Object{&networkingv1.Ingress{}, &corev1.Pod{}, &elbv2.TargetGroupBinding{}} {
			fail(r.all.DeleteAllOf(ctx, kind, client.InNamespace(n.Name)))
		}
	}
	// A namespace with pods waits for half of what they say they need to end; without any it goes at once.
	lasts(10*time.Second, func() string {
		var pods corev1.PodList
		if fail(r.all.List(ctx, &pods)); len(pods.Items) > 0 {
			return "there are pods"
		}
		return ""
	})
	for _, n := range spaces.Items {
		if !system(n.Name) {
			fail(r.core.CoreV1().Namespaces().Delete(ctx, n.Name, metav1.DeleteOptions{}))
		}
	}
	services, err := r.core.CoreV1().Services(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{})
	fail(err)
	for _, s := range services.Items {
		if s.Name != "kubernetes" {
			fail(r.core.CoreV1().Services(s.Namespace).Delete(ctx, s.Name, metav1.DeleteOptions{}))
		}
	}
	fail(r.core.CoreV1().Secrets(metav1.NamespaceDefault).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}))
}

// system says whether a namespace is there without any test.
func system(namespace string) bool {
	return namespace == metav1.NamespaceDefault || strings.HasPrefix(namespace, "kube-")
}

// leftovers names what tests have made and is still there.
func (r *rig) leftovers(ctx context.Context) []string {
	var out []string
	note := func(kind string, o client.Object) {
		name := kind + " " + o.GetNamespace() + "/" + o.GetName()
		if f := o.GetFinalizers(); len(f) > 0 {
			name += " (finalizers " + strings.Join(f, " ") + ")"
		}
		out = append(out, name)
	}
	list := func(l client.ObjectList) bool {
		err := r.all.List(ctx, l)
		if err != nil {
			out = append(out, err.Error())
		}
		return err == nil
	}
	var spaces corev1.NamespaceList
	var ingresses networkingv1.IngressList
	var services corev1.ServiceList
	var pods corev1.PodList
	var bindings elbv2.TargetGroupBindingList
	if !list(&spaces) || !list(&ingresses) || !list(&services) || !list(&pods) || !list(&bindings) {
		return out
	}
	for i := range spaces.Items {
		if !system(spaces.Items[i].Name) {
			note("Namespace", &spaces.Items[i])
		}
	}
	for i := range ingresses.Items {
		note("Ingress", &ingresses.Items[i])
	}
	for i := range services.Items {
		if s := &services.Items[i]; s.Name != "kubernetes" {
			note("Service", s)
		}
	}
	for i := range pods.Items {
		note("Pod", &pods.Items[i])
	}
	for i := range bindings.Items {
		note("TargetGroupBinding", &bindings.Items[i])
	}
	var kept corev1.ConfigMapList
	if !list(&kept) {
		return out
	}
	for i := range kept.Items {
		if m := &kept.Items[i]; strings.HasPrefix(m.Name, "gwanmun-") && len(m.Data) > 0 {
			note("checkpoints in ConfigMap", m)
		}
	}
	return out
}

// differs is what is different between two states; empty when nothing is.
func differs(want, got string) string {
	return cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n"))
}
