// Package h3 drives clients that speak HTTP/3, beside the listener's socket of TCP and with the same rules, certificates
// and targets. QUIC and HTTP/3 themselves are quic-go's.
//
// In: sockets of UDP that listen hands over.
// Out: exchanges served by the forwarder, their ends told to it.
// Never imports: Kubernetes, AWS, target groups.
// Start reading at: driver.go, then stream.go.
package h3
