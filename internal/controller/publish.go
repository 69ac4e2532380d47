package controller

import (
	"context"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gwanmun/gwanmun/internal/status"
)

// publishInterval is how often it is looked where the proxy can be reached; ingress-nginx has the same.
const publishInterval = time.Minute

// publisher knows under which addresses class nginx can be reached.
type publisher struct {
	c *Controller
	// woken has room for one signal: the published Service has changed.
	woken chan struct{}

	mu        sync.Mutex
	addresses []string
	known     bool
}

// now is what statuses show; false while it is not known, when they are left alone.
func (p *publisher) now() ([]string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addresses, p.known
}

// loop keeps the addresses up to date, and takes them out of statuses when the last replica stops.
func (p *publisher) loop(ctx context.Context) {
	if n := p.c.o.Nginx; len(n.Publish) == 0 && n.PublishService.Name == "" && p.c.o.Pod.Name == "" {
		p.c.o.Logger.Warn("statuses of class nginx are left alone: nothing says where it can be reached",
			"remedy", "name a Service (--publish-service) or addresses (--publish-status-address), or run in a pod with POD_NAME")
		<-ctx.Done()
		return
	}
	ticker := time.NewTicker(publishInterval)
	defer ticker.Stop()
	for {
		p.refresh(ctx)
		select {
		case <-ctx.Done():
			p.withdraw(ctx)
			return
		case <-ticker.C:
		case <-p.woken:
		}
	}
}

func (p *publisher) refresh(ctx context.Context) {
	found, err := p.find(ctx)
	if err != nil {
		if ctx.Err() == nil {
			p.c.o.Logger.Warn("finding the addresses of class nginx", "error", err)
		}
		return
	}
	p.mu.Lock()
	same := p.known && slices.Equal(p.addresses, found)
	p.addresses, p.known = found, true
	p.mu.Unlock()
	if !same {
		p.c.nginxObjects.add(p.c.world.toldObjects()...)
	}
}

// find looks where the proxy can be reached.
func (p *publisher) find(ctx context.Context) ([]string, error) {
	n := p.c.o.Nginx
	switch {
	case len(n.Publish) > 0:
		return n.Publish, nil
	case n.PublishService.Name != "":
		var s corev1.Service
		key := client.ObjectKey{Namespace: n.PublishService.Namespace, Name: n.PublishService.Name}
		if err := p.c.o.Client.Get(ctx, key, &s); err != nil {
			return nil, err
		}
		return status.AddressesOfService(&s), nil
	case p.c.o.Pod.Name != "":
		return p.nodeAddresses(ctx)
	}
	return nil, nil
}

// nodeAddresses are those of the nodes that ready pods of the controller run on.
func (p *publisher) nodeAddresses(ctx context.Context) ([]string, error) {
	pods, err := p.replicas(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for i := range pods {
		if !podReady(&pods[i]) {
			continue
		}
		var node corev1.Node
		if err := p.c.o.Client.Get(ctx, client.ObjectKey{Name: pods[i].Spec.NodeName}, &node); err != nil {
			return nil, err
		}
		if a := nodeAddress(&node, p.c.o.Nginx.InternalNodeAddress); a != "" {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// replicas are the pods of the controller: those with the labels of this one, without the hash of its revision, so that
// those of a rollout count as one.
func (p *publisher) replicas(ctx context.Context) ([]corev1.Pod, error) {
	var own corev1.Pod
	at := p.c.o.Pod
	if err := p.c.o.Client.Get(ctx, client.ObjectKey{Namespace: at.Namespace, Name: at.Name}, &own); err != nil {
		return nil, err
	}
	selector := labels.Set{}
	for k, v := range own.Labels {
		if k != "pod-template-hash" && k != "controller-revision-hash" && k != "pod-template-generation" {
			selector[k] = v
		}
	}
	var list corev1.PodList
	err := p.c.o.Client.List(ctx, &list, client.InNamespace(at.Namespace), client.MatchingLabels(selector))
	return list.Items, err
}

func podReady(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// nodeAddress is the external address of a node, or the internal one when it has no other or that is what is wanted.
func nodeAddress(n *corev1.Node, internal bool) string {
	find := func(t corev1.NodeAddressType) string {
		for _, a := range n.Status.Addresses {
			if a.Type == t && a.Address != "" {
				return a.Address
			}
		}
		return ""
	}
	if external := find(corev1.NodeExternalIP); external != "" && !internal {
		return external
	}
	return find(corev1.NodeInternalIP)
}

// withdraw takes the addresses out of all statuses when this was the last replica: nobody serves there any more.
func (p *publisher) withdraw(ctx context.Context) {
	if !p.c.closing() || p.c.o.Nginx.KeepStatus {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if p.c.o.Pod.Name != "" {
		pods, err := p.replicas(ctx)
		if err != nil {
			p.c.o.Logger.Warn("looking for other replicas before statuses are cleared", "error", err)
			return
		}
		if slices.ContainsFunc(pods, func(o corev1.Pod) bool {
			return o.Name != p.c.o.Pod.Name && o.DeletionTimestamp == nil && o.Status.Phase == corev1.PodRunning
		}) {
			return
		}
	}
	addresses, _ := p.now()
	ours := status.IngressByAddress(addresses)
	// The watch may not have brought the last statuses that were written here, so the cluster is asked.
	var all networkingv1.IngressList
	if err := p.c.o.Client.List(ctx, &all, client.InNamespace(p.c.o.Watch.Namespace)); err != nil {
		p.c.o.Logger.Warn("looking for statuses to clear", "error", err)
		return
	}
	for i := range all.Items {
		ing := &all.Items[i]
		if len(ours.Ingress) == 0 || !sameAddresses(ing.Status.LoadBalancer, ours) {
			continue
		}
		if _, err := p.c.status.Ingress(ctx, ing, status.IngressByAddress(nil)); err != nil {
			p.c.o.Logger.Warn("clearing a status", "error", err)
		}
	}
}
