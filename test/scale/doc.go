// Package scale measures what a cluster costs: the first build of many Ingresses, and one change among them.
//
// In: generated Ingresses, Services, EndpointSlices.
// Out: Go benchmarks: time, memory per Ingress, units built per change.
// Never imports: nothing is forbidden here; it holds tests only.
// Start reading at: scale_test.go.
package scale
