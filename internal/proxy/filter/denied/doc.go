// Package denied answers 503 where a rule's settings could not be understood.
//
// In: the reason.
// Out: a filter for exchanges.
// Never imports: Kubernetes, sockets, other filters.
// Start reading at: denied.go.
package denied
