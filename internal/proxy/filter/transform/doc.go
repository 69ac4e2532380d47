// Package transform rewrites host and URL towards the target the way ELB's transforms do.
//
// In: model.Transform.
// Out: a filter for exchanges.
// Never imports: Kubernetes, sockets, other filters.
// Start reading at: transform.go.
package transform
