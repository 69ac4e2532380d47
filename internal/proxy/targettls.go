package proxy

import (
	"maps"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// speech is which security policies the target groups of units are spoken to with, by ID. ELB chooses them by the policies
// of listeners: for an application load balancer by those of all that it has, for a network load balancer by those that
// send to the group.
func speech(units []compile.Unit) map[string]string {
	listeners := map[string][]string{}
	for _, u := range units {
		if u.Model == nil {
			continue
		}
		for i := range u.Model.LoadBalancers {
			if lb := &u.Model.LoadBalancers[i]; lb.Dialect != model.DialectNginx {
				note(listeners, lb)
			}
		}
	}
	out := make(map[string]string, len(listeners))
	for group, policies := range listeners {
		out[group] = model.PolicyTowardsTargets(policies)
	}
	return out
}

// note adds the policies of a load balancer's listeners to those that count for its target groups.
func note(listeners map[string][]string, lb *model.LoadBalancer) {
	var all []string
	for i := range lb.Listeners {
		l := &lb.Listeners[i]
		if l.Protocol != model.HTTPS && l.Protocol != model.TLS {
			continue
		}
		all = append(all, l.SSLPolicy)
		if lb.Type == model.Network {
			for _, group := range l.TargetGroups() {
				listeners[group] = append(listeners[group], l.SSLPolicy)
			}
		}
	}
	if lb.Type == model.Network {
		return
	}
	for i := range lb.Listeners {
		for _, group := range lb.Listeners[i].TargetGroups() {
			listeners[group] = append(listeners[group], all...)
		}
	}
}

// speak tells the groups of the snapshot how their targets are spoken to from now on.
func (s *Server) speak(policies map[string]string) {
	for _, group := range slices.Sorted(maps.Keys(policies)) {
		if g := s.held[group]; g != nil {
			g.Speak(policies[group])
		}
	}
}
