package proxy

import (
	"slices"
	"sync"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/telemetry"
)

// owners knows which load balancers forward to a target group: metrics of groups have both as dimensions. A scrape may
// ask at any time; a change costs as much as the units that it is about.
type owners struct {
	mu sync.Mutex
	// units are the pairs that a unit has brought, groups the load balancers of a target group, one of them as often as
	// units speak of both.
	units  map[string][]owned
	groups map[string][]string
}

// owned is a target group and a load balancer that forwards to it, by the name that metrics have for it.
type owned struct{ group, balancer string }

// set takes a unit in place of what it was; nil takes it away.
func (o *owners) set(key string, m *model.Model) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.groups == nil {
		o.units, o.groups = map[string][]owned{}, map[string][]string{}
	}
	for _, p := range o.units[key] {
		o.drop(p)
	}
	delete(o.units, key)
	if m == nil {
		return
	}
	pairs := pairsOf(m)
	for _, p := range pairs {
		o.groups[p.group] = append(o.groups[p.group], p.balancer)
	}
	if len(pairs) > 0 {
		o.units[key] = pairs
	}
}

func (o *owners) drop(p owned) {
	list := o.groups[p.group]
	if i := slices.Index(list, p.balancer); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if o.groups[p.group] = list; len(list) == 0 {
		delete(o.groups, p.group)
	}
}

// pairsOf lists each pair of a model once.
func pairsOf(m *model.Model) []owned {
	var pairs []owned
	for i := range m.LoadBalancers {
		lb := &m.LoadBalancers[i]
		if lb.Dialect == model.DialectNginx {
			continue
		}
		name, seen := telemetry.ResourceID(lb.Type == model.Network, lb.Name, lb.ID), map[string]bool{}
		for j := range lb.Listeners {
			for _, group := range lb.Listeners[j].TargetGroups() {
				if !seen[group] {
					seen[group] = true
					pairs = append(pairs, owned{group, name})
				}
			}
		}
	}
	return pairs
}

// of lists the load balancers that forward to a target group, in order.
func (o *owners) of(group string) []string {
	o.mu.Lock()
	list := slices.Clone(o.groups[group])
	o.mu.Unlock()
	slices.Sort(list)
	return slices.Compact(list)
}
