// Package upstream holds the living side of target groups: which targets there are, which are healthy, which one the
// next request goes to, and the connections to them. It outlives every snapshot.
//
// In: target groups of the model (settings), lists of targets, requests that ask for a target.
// Out: a target for a request or a flow, a connection to it, and the state of every target for explain, metrics and the state file.
// Never imports: Kubernetes, AWS, compile, listen.
// Start reading at: registry.go, then group.go, pick.go and conn.go.
package upstream
