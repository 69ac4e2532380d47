// Package ingressnginx builds the units of class nginx: one for each host, one for each Ingress's own diagnostics, and
// one for the load balancer they share.
//
// In: objects, annotations of annotation/nginx, the controller's ConfigMap, options.
// Out: units with rules, target groups, certificates, user lists and diagnostics, as ingress-nginx would serve them.
// Never imports: clients, the proxy, other classes' builders.
// Start reading at: builder.go, then host.go.
package ingressnginx
