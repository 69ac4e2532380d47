// Package h2 speaks HTTP/2 to targets: one connection carries many requests, each a stream with its own flow control,
// whatever the client of a request spoke.
//
// In: connected sockets (or TLS over them), header blocks of requests and pieces of their bodies.
// Out: heads, bodies and trailers of answers; why a stream or a connection ended, and whether its request was processed.
// Never imports: target groups, drivers of clients, Kubernetes, AWS.
// Start reading at: conn.go, then stream.go.
package h2
