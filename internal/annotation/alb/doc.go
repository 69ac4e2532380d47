// Package alb declares every annotation of class alb, alb.ingress.kubernetes.io/*, with its value type.
//
// In: nothing; builders hand raw values to the annotation reader.
// Out: one registry and one typed key for each annotation.
// Never imports: other dialects, builders, clients.
// Start reading at: registry.go, then actions.go for the JSON families.
package alb
