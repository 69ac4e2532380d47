// Package inspect asks an inspector (a web ACL) about requests before they are served.
//
// In: an inspector, the name of the web ACL of a load balancer, waf.fail_open.enabled.
// Out: a step that blocks requests or lets them go on, and what access logs say of it.
// Never imports: Kubernetes, sockets, other filters.
// Start reading at: inspect.go.
package inspect
