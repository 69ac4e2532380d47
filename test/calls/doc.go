// Package calls counts what a cluster costs in calls to AWS: a hundred Ingresses in ten groups, from objects to the answers of
// an AWS of our own.
//
// In: made-up objects; the builder, the realizer and the registrar as they run in a cluster.
// Out: calls by kind: to converge, for one changed annotation, after a restart, for a process that knows nothing.
// Never imports: nothing is forbidden.
// Start reading at: calls_test.go.
package calls
