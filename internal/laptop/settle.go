package laptop

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
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

// missing lists in words what is not done yet.
func (l *Laptop) missing(ctx context.Context) []string {
	var out []string
	s := l.State()
	for _, ing := range s.Ingresses {
		if !ing.Accepted {
			out = append(out, "Ingress "+ing.Namespace+"/"+ing.Name+" has no address")
		}
	}
	pods, err := l.client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return append(out, err.Error())
	}
	for i := range pods.Items {
		if p := &pods.Items[i]; p.Status.Phase != corev1.PodSucceeded && !podReady(p) {
			out = append(out, "Pod "+p.Namespace+"/"+p.Name+" is not ready"+reasonOf(p))
		}
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
