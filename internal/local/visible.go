package local

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

// visible writes the port that clients see into redirects from HTTP to HTTPS of class nginx: in a cluster a Service leads
// from 443 to the controller's port, here nothing does.
func visible(m *model.Model, httpsPort uint16) *model.Model {
	if m == nil || httpsPort == 443 {
		return m
	}
	out := *m
	out.LoadBalancers = slices.Clone(m.LoadBalancers)
	for i := range out.LoadBalancers {
		lb := &out.LoadBalancers[i]
		if lb.Dialect != model.DialectNginx {
			continue
		}
		lb.Listeners = slices.Clone(lb.Listeners)
		for j := range lb.Listeners {
			lb.Listeners[j].Rules = slices.Clone(lb.Listeners[j].Rules)
			for k := range lb.Listeners[j].Rules {
				r := &lb.Listeners[j].Rules[k]
				if r.Policy == nil || r.Policy.SSLRedirect == nil || r.Policy.SSLRedirect.Port != 0 {
					continue
				}
				policy, redirect := *r.Policy, *r.Policy.SSLRedirect
				redirect.Port = int32(httpsPort)
				policy.SSLRedirect = &redirect
				r.Policy = &policy
			}
		}
	}
	return &out
}
