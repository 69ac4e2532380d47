// Package forwardnginx tells targets about clients the way ingress-nginx does.
//
// In: how far clients are believed (model.ForwardedHeaders).
// Out: two steps: Trust, early in the chain, and Headers, last.
// Never imports: Kubernetes, sockets, other filters.
// Start reading at: trust.go.
package forwardnginx
