// Package nlb declares every annotation of network load balancers for Services,
// service.beta.kubernetes.io/aws-load-balancer-* and a few neighbours, with its value type.
//
// In: nothing; builders hand raw values to the annotation reader.
// Out: one registry and one typed key for each annotation.
// Never imports: other dialects, builders, clients.
// Start reading at: registry.go, then actions.go for the JSON family.
package nlb
