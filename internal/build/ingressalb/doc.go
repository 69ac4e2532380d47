// Package ingressalb builds units of class alb: one IngressGroup is one load balancer with listeners, rules and target
// groups. Names, tags and the order of rules are those of the AWS Load Balancer Controller. Where that controller stops a
// whole group at the first mistake, only the faulty member is left out here.
//
// In: build.Input and Options.
// Out: build.Units "alb/group/<group id>" and "alb/ingress/<namespace>/<name>".
// Never imports: clients, SDKs, other classes' builders, the proxy.
// Start reading at: builder.go, then group.go.
package ingressalb
