// Package servicenlb builds units of network load balancers: one Service is one load balancer with a listener and a target
// group for each of its ports. Names, tags and defaults are those of the AWS Load Balancer Controller. A mistake that leaves
// no sensible meaning leaves the whole load balancer as it is.
//
// In: build.Input and Options.
// Out: build.Units "nlb/service/<namespace>/<name>".
// Never imports: clients, SDKs, other classes' builders, the proxy.
// Start reading at: builder.go, then service.go.
package servicenlb
