// Package filter lists the steps that every request takes through a rule, in order; each step has a folder of its own
// below, or lives in proxy/action.
//
// In: compile.Config: a rule with its dialect, settings and policy.
// Out: the list of step makers that compile.Deps wants.
// Never imports: Kubernetes, sockets, upstream.
// Start reading at: order.go.
package filter
