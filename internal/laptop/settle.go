package laptop

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/local"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// Explain says which way a request takes through a listener now, of the cloud or of class nginx.
func (l *Laptop) Explain(lb string, port int32, p compile.Probe) *compile.Trace {
	if lb == nginxID {
		return l.proxy.Explain(lb, port, p)
	}
	return l.aws.Traffic().Server().Explain(lb, port, p)
}

// Local is the state in the form of file mode, for what works on both.
func (s *State) Local() local.State {
	return local.State{Version: s.Version, PID: s.PID, LoadBalancers: s.LoadBalancers, Ingresses: s.Ingresses}
}

// Settle waits until every Ingress has an address, every pod is ready and every target group of the cloud has targets, or until
// ctx ends: then its error says what is missing.
func (l *Laptop) Settle(ctx context.Context) error {
	for {
		missing := l.missing(ctx)
		if len(missing) == 0 {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case err := <-l.failed:
			return err
		case <-ctx.Done():
			return fmt.Errorf("not everything is served: %s", strings.Join(missing, "; "))
		}
	}
}

// missing lists in words what is not done yet. The API server is asked, not the watch: what was applied a moment ago may not
// have come through it yet.
func (l *Laptop) missing(ctx context.Context) []string {
	var out []string
	for _, look := range []func(context.Context) ([]string, error){l.unserved, l.unready} {
		found, err := look(ctx)
		if err != nil {
			return append(out, err.Error())
		}
		out = append(out, found...)
	}
	l.aws.Store().View(func(s *store.State) {
		for _, g := range s.TargetGroups() {
			if len(g.Targets) == 0 {
				out = append(out, "target group "+g.Name+" has no targets")
			}
		}
	})
	return out
}

// unserved are Ingresses without an address.
func (l *Laptop) unserved(ctx context.Context) (out []string, err error) {
	list, err := l.client.NetworkingV1().Ingresses("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	ingresses := make([]*networkingv1.Ingress, len(list.Items))
	for i := range list.Items {
		ingresses[i] = &list.Items[i]
	}
	for _, ing := range ingressStates(ingresses, l.balancers()) {
		if !ing.Accepted {
			out = append(out, "Ingress "+ing.Namespace+"/"+ing.Name+" has no address")
		}
	}
	return out, nil
}

// unready are Deployments whose pods are not all there, and pods that are not ready.
func (l *Laptop) unready(ctx context.Context) (out []string, err error) {
	deployments, err := l.client.AppsV1().Deployments("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for i := range deployments.Items {
		d := &deployments.Items[i]
		if want := d.Spec.Replicas; d.Status.ObservedGeneration < d.Generation || want != nil && d.Status.ReadyReplicas < *want {
			out = append(out, fmt.Sprintf("Deployment %s/%s has %d ready pods", d.Namespace, d.Name, d.Status.ReadyReplicas))
		}
	}
	pods, err := l.client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for i := range pods.Items {
		if p := &pods.Items[i]; p.Status.Phase != corev1.PodSucceeded && !podReady(p) {
			out = append(out, "Pod "+p.Namespace+"/"+p.Name+" is not ready"+reasonOf(p))
		}
	}
	return out, nil
}

// reasonOf is what the pod's status says about why it is not ready.
func reasonOf(p *corev1.Pod) string {
	for _, c := range p.Status.ContainerStatuses {
		if w := c.State.Waiting; w != nil && w.Message != "" {
			return " (" + w.Message + ")"
		}
	}
	for _, c := range p.Status.Conditions {
		if c.Status == corev1.ConditionFalse && c.Message != "" {
			return " (" + c.Message + ")"
		}
	}
	return ""
}

func podReady(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
