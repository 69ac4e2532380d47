package controller

import (
	"context"
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/status"
)

// Topics of what builds have to say.
const (
	topicBuild = "build"
	topicNginx = "nginx"
)

// told is what the units of the classes of AWS, or those of class nginx, have to say about an object.
type told struct {
	object      client.Object
	diagnostics []diag.Diagnostic
	// served says that a unit of the class serves the object, elsewhere that one of another class does.
	served, elsewhere bool
}

// about gathers what is to be told of an object; false when it is gone.
func (w *world) about(k objects.Key, nginx bool) (told, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	t := told{object: w.object(k)}
	if t.object == nil {
		return t, false
	}
	var found diag.Collector
	for _, u := range w.unitsAbout(k) {
		member := slices.ContainsFunc(u.Members, func(m build.Member) bool { return m.Object == k && m.LoadBalancer != "" })
		if strings.HasPrefix(u.Key, unitsNginx) != nginx {
			t.elsewhere = t.elsewhere || member
			continue
		}
		t.served = t.served || member
		for i := range u.Diagnostics {
			if u.Diagnostics[i].Object == k.Object() {
				found.Append(u.Diagnostics[i])
			}
		}
	}
	t.diagnostics = found.Sorted()
	return t, true
}

// tellCloud writes the events of an object whose load balancer is AWS's.
func (c *Controller) tellCloud(ctx context.Context, k objects.Key) done {
	if t, ok := c.world.about(k, false); ok {
		c.events.Tell(ctx, t.object, topicBuild, status.FromDiagnostics(t.diagnostics, false)...)
	}
	return done{}
}

// tellNginx writes the events and the address of an Ingress of class nginx.
func (c *Controller) tellNginx(ctx context.Context, k objects.Key) done {
	t, ok := c.world.about(k, true)
	if !ok {
		return done{}
	}
	c.events.Tell(ctx, t.object, topicNginx, status.FromDiagnostics(t.diagnostics, true)...)
	ing, ok := t.object.(*networkingv1.Ingress)
	addresses, known := c.publish.now()
	if !ok || !known {
		return done{}
	}
	want := status.IngressByAddress(addresses)
	switch {
	case t.served:
	case !t.elsewhere && len(want.Ingress) > 0 && sameAddresses(ing.Status.LoadBalancer, want):
		want = status.IngressByAddress(nil) // it has left the class, and shows our address still
	default:
		return done{}
	}
	_, err := c.status.Ingress(ctx, ing, want)
	return done{err: err}
}

func sameAddresses(a, b networkingv1.IngressLoadBalancerStatus) bool {
	return equality.Semantic.DeepEqual(a, b)
}

// toldObjects lists the objects that some unit is about.
func (w *world) toldObjects() []objects.Key {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return slices.SortedFunc(maps.Keys(w.units), compareKeys)
}
