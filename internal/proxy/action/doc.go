// Package action carries out what a rule decides: forward, redirect and fixed-response.
//
// In: model actions with the handles of their target groups.
// Out: steps for the chain of proxy/filter: a target group chosen in the exchange, or a response made there.
// Never imports: Kubernetes, sockets, upstream.
// Start reading at: forward.go.
package action
