// Package relay serves the connections of network load balancers: it finds a target for each, and moves bytes both ways
// until both sides are done, one breaks off, or nothing moves for too long. Plain bytes never enter this process where
// the system can splice.
//
// In: accepted connections with their listener in the snapshot; target groups of package upstream.
// Out: bytes at targets and clients, and a record of each connection that has ended.
// Never imports: Kubernetes, AWS, proxy, listen.
// Start reading at: driver.go, then flow.go and pass.go.
package relay
