// Package forwardelb tells targets about clients the way an AWS load balancer does.
//
// In: the attributes of a load balancer.
// Out: three steps: Limit and Trace, first in the chain, and Headers, last.
// Never imports: Kubernetes, sockets, other filters.
// Start reading at: headers.go.
package forwardelb
