// Package datagram serves the datagrams of network load balancers: UDP by the addresses of both ends, QUIC by its connection
// ids. Datagrams that belong together form a flow, which keeps its target; they come and go in batches, and one more costs no
// memory.
//
// In: a socket and its listener in the snapshot; target groups of package upstream.
// Out: datagrams at targets and clients; counts.
// Never imports: Kubernetes, AWS, proxy, listen.
// Start reading at: driver.go, then socket.go, find.go and flow.go.
package datagram
