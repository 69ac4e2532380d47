// Package serverheader settles which software names itself in responses, and what else of a response is for proxies only.
//
// In: dialect and settings of a listener.
// Out: a response filter for exchanges.
// Never imports: Kubernetes, sockets, other filters.
// Start reading at: serverheader.go.
package serverheader
