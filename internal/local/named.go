package local

import (
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// loadBalancerKind is what messages call a load balancer that no object is known for.
const loadBalancerKind = "LoadBalancer"

// named puts the objects that load balancers came from in place of the load balancers, so that messages about addresses and
// ports name a file, too.
func named(m *model.Model, ds []diag.Diagnostic) []diag.Diagnostic {
	for i := range ds {
		if ds[i].Object.Kind != loadBalancerKind {
			continue
		}
		for j := range m.LoadBalancers {
			if lb := &m.LoadBalancers[j]; lb.ID == ds[i].Object.Name {
				if s := lb.SourceOf(""); s.Name != "" {
					ds[i].Object, ds[i].Field = diag.Object{Kind: s.Kind, Namespace: s.Namespace, Name: s.Name}, s.Field
				}
				break
			}
		}
	}
	return ds
}
