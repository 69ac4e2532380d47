// Package rewrite changes the path towards the target the way nginx's rewrite does.
//
// In: model.Rewrite.
// Out: a filter for exchanges.
// Never imports: Kubernetes, sockets, other filters.
// Start reading at: rewrite.go.
package rewrite
