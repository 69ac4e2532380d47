// Package plan compares the desired with the observed model and says what to do, as values: an ordered list of
// operations that can be printed, filtered, counted and tested with no cloud in sight.
//
// In: two models.
// Out: operations, in an order in which every listener keeps an answer.
// Never imports: a cloud SDK, Kubernetes; level 0 only.
// Start reading at: plan.go.
package plan
