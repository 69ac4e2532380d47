// Package targets keeps the targets of target groups as they should be, tells their health, and lets load balancers in to
// them through the security groups of nodes and pods.
//
// In: the targets that a group should have; who may reach which ports of them.
// Out: registrations, health, checkpoints; permissions in security groups.
// Never imports: build, Kubernetes.
// Start reading at: registrar.go; for security groups, network.go.
package targets
