package ingressnginx

import (
	"cmp"

	networkingv1 "k8s.io/api/networking/v1"
)

// older orders Ingresses as ingress-nginx does: by creation time, and among equals by namespace/name, the higher text
// first. Ingresses from files have no creation time; all of them are equals.
func older(a, b *networkingv1.Ingress) int {
	return cmp.Or(
		a.CreationTimestamp.Time.Compare(b.CreationTimestamp.Time),
		cmp.Compare(b.Namespace+"/"+b.Name, a.Namespace+"/"+a.Name),
	)
}
