// Package bodylimit answers 413 to request bodies that are too long.
//
// In: the limit of a rule's policy.
// Out: a filter for exchanges.
// Never imports: Kubernetes, sockets, other filters.
// Start reading at: bodylimit.go.
package bodylimit
