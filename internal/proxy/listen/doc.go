// Package listen owns the sockets that clients connect to, and the goroutine driver that speaks HTTP/1.1 on them, plain
// and over TLS: one goroutine per connection, which holds no buffers while its connection is idle.
//
// In: placements (which listener of the model is served at which address), the newest snapshot, a Forwarder.
// Out: decided exchanges handed to the Forwarder, answers on the wire, connections that may not stay closed.
// Never imports: Kubernetes, AWS, upstream, proxy.
// Start reading at: set.go, then conn.go and request.go; wire, forward and relay (network load balancers) below.
package listen
