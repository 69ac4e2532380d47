// Package secure holds what the TLS sides of all drivers share: session tickets, and how a failed handshake is told of.
//
// In: settings of crypto/tls, a ring of keys, the certificates that a name is served with.
// Out: settings with tickets that all replicas can read.
// Never imports: sockets, other drivers.
// Start reading at: tickets.go.
package secure
