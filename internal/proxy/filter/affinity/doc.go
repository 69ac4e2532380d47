// Package affinity keeps clients at their targets as ingress-nginx does: with a cookie whose name and attributes
// annotations choose.
//
// In: the affinity of a rule's policy and the target groups of its forward action.
// Out: a filter that says where a client is to stay, and sets the cookie when a target was chosen anew.
// Never imports: upstream, listen.
// Start reading at: affinity.go, then cookie.go.
package affinity
