// Package nginx declares the annotations of class nginx (nginx.ingress.kubernetes.io/*) and the keys of the
// controller's ConfigMap, each with its grammar, default and how far it is carried out.
//
// In: nothing; raw values come to the value types through an annotation.Reader.
// Out: typed keys for build/ingressnginx; a registry for checks and the reference page.
// Never imports: other dialects, builders, clients, the proxy.
// Start reading at: registry.go, then declare.go and any feature's file.
package nginx
