package observe

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// wishes are what a desired model makes worth reading.
type wishes struct {
	desired *model.Model
	// listenerAttributes are ports whose listeners list attributes.
	listenerAttributes map[int32]bool
	listenerTags       bool
	webACL, capacity   bool
	// shield is the wish for protection: "true", "none", or "" for leaving it alone.
	shield string
	// groupAttributes are resource tags of target groups that list attributes.
	groupAttributes map[string]bool
}

func wishesOf(desired *model.Model) wishes {
	w := wishes{desired: desired, listenerAttributes: map[int32]bool{}, groupAttributes: map[string]bool{}}
	for i := range desired.LoadBalancers {
		lb := &desired.LoadBalancers[i]
		w.webACL = w.webACL || lb.WebACL != ""
		w.capacity = w.capacity || lb.MinimumCapacityUnits != 0
		if lb.Shield != "" {
			w.shield = lb.Shield
		}
		for j := range lb.Listeners {
			l := &lb.Listeners[j]
			w.listenerTags = w.listenerTags || len(l.Tags) > 0
			if len(l.Attributes) > 0 {
				w.listenerAttributes[l.Port] = true
			}
			for k := range l.Rules {
				w.listenerTags = w.listenerTags || len(l.Rules[k].Tags) > 0
			}
		}
	}
	for i := range desired.TargetGroups {
		if len(desired.TargetGroups[i].Attributes) > 0 {
			w.groupAttributes[resourceTag(desired.TargetGroups[i].Tags)] = true
		}
	}
	return w
}

// attributesOf says whether the attributes of an observed load balancer matter: some are desired, or it will be replaced,
// which asks whether it is protected from deletion.
func (w wishes) attributesOf(have *model.LoadBalancer) bool {
	for i := range w.desired.LoadBalancers {
		want := &w.desired.LoadBalancers[i]
		if resourceTag(want.Tags) != resourceTag(have.Tags) {
			continue
		}
		return len(want.Attributes) > 0 || want.Scheme != have.Scheme || want.Type != have.Type
	}
	return false
}

// resourceTag is the value of the tag that names a resource within its stack.
func resourceTag(tags []model.Tag) string {
	for _, t := range tags {
		if strings.HasSuffix(t.Key, "/resource") {
			return t.Value
		}
	}
	return ""
}
