package local

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/gwanmun/gwanmun/internal/model"
)

// VisibleNginx is a change of class nginx's model for listeners that are served elsewhere than at 80 and 443.
func VisibleNginx(http, https netip.AddrPort) func(*model.Model) *model.Model {
	const id = "nginx"
	given := map[listenerKey]netip.AddrPort{{id, 80}: http, {id, 443}: https}
	return func(m *model.Model) *model.Model { return visible(m, given) }
}

// visible writes the ports that clients see into redirects: in a cluster a Service leads from 443 to the controller's port,
// and an AWS load balancer has every port to itself; here a listener may be bound elsewhere. given is where each listener is
// placed. m is not changed.
func visible(m *model.Model, given map[listenerKey]netip.AddrPort) *model.Model {
	if m == nil {
		return m
	}
	out := *m
	out.LoadBalancers = slices.Clone(m.LoadBalancers)
	for i := range out.LoadBalancers {
		lb := &out.LoadBalancers[i]
		moved := func(port int32) int32 {
			if at, ok := given[listenerKey{lb.ID, port}]; ok && int32(at.Port()) != port {
				return int32(at.Port())
			}
			return 0
		}
		lb.Listeners = slices.Clone(lb.Listeners)
		for j := range lb.Listeners {
			l := &lb.Listeners[j]
			l.DefaultActions = redirectTo(l.DefaultActions, moved)
			l.Rules = slices.Clone(l.Rules)
			for k := range l.Rules {
				l.Rules[k].Actions = redirectTo(l.Rules[k].Actions, moved)
				if to := moved(443); to != 0 {
					redirectSSL(&l.Rules[k], to)
				}
			}
		}
	}
	return &out
}

// redirectSSL gives the redirect to HTTPS of class nginx its port, unless it has one.
func redirectSSL(r *model.Rule, port int32) {
	if r.Policy == nil || r.Policy.SSLRedirect == nil || r.Policy.SSLRedirect.Port != 0 {
		return
	}
	policy, redirect := *r.Policy, *r.Policy.SSLRedirect
	redirect.Port = port
	policy.SSLRedirect = &redirect
	r.Policy = &policy
}

// redirectTo replaces the ports of redirects that stay on the load balancer; moved gives 0 for those that did not move.
func redirectTo(actions []model.Action, moved func(int32) int32) []model.Action {
	out := actions
	for i := range actions {
		r := actions[i].Redirect
		if r == nil || r.Host != "" && r.Host != "#{host}" {
			continue
		}
		port, err := strconv.ParseInt(r.Port, 10, 32)
		if err != nil || moved(int32(port)) == 0 {
			continue
		}
		redirect := *r
		redirect.Port = strconv.Itoa(int(moved(int32(port))))
		if &out[0] == &actions[0] {
			out = slices.Clone(actions)
		}
		out[i].Redirect = &redirect
	}
	return out
}
