// Package aws makes desired models true in AWS. It remembers what it has seen and done, so that a change costs its own
// calls and an unchanged cluster costs next to nothing, also after a restart.
//
// In: the desired model of a stack (one IngressGroup, one Service); checkpoints that outlive the process.
// Out: load balancers with their names, ids of target groups and security groups, what was done, what is waited for.
// Never imports: build, Kubernetes, the proxy.
// Start reading at: realizer.go, then reconcile.go.
package aws
