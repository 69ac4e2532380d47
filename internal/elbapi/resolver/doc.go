// Package resolver answers DNS for names that carry their address, as sslip.io does on the internet: a.127-10-0-1.sslip.io is
// 127.10.0.1. With it the names of local load balancers resolve without a network.
//
// In: an address to listen on; DNS questions over UDP and TCP.
// Out: A records; REFUSED for every other name.
// Never imports: other rooms.
// Start reading at: name.go.
package resolver
