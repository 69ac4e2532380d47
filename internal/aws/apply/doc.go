// Package apply carries operations out: one call of the SDK for each (a few for long lists), in the order of the plan. It keeps the observed model,
// the ids and the handles up to date as it goes, so that the next comparison needs no reading.
//
// In: operations of a plan, and the state of a stack as it was observed and adopted.
// Out: one result for each operation, and the state after them.
// Never imports: build, Kubernetes; it decides nothing.
// Start reading at: apply.go, then state.go.
package apply
