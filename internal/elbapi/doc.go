// Package elbapi puts the embedded AWS together: one HTTP address that speaks the protocols of ELBv2 and of the services around
// it, load balancers that carry traffic on loopback addresses, a state that survives restarts, and DNS for their names.
//
// In: options: addresses, the world's file, a folder for the state, faults.
// Out: a running server; its handler for tests in the same process.
// Never imports: anything that knows Kubernetes; internal/aws.
// Start reading at: server.go.
package elbapi
