// Package loopback stands in for a network that a laptop does not have: what has an address in 10.0.0.0/8 is reached at the same
// last three bytes in 127.0.0.0/8, where Linux answers for every address. The API server refuses loopback addresses in
// EndpointSlices, so pods and nodes must have others.
//
// In: addresses and dials of private ones.
// Out: addresses and connections on this machine.
// Never imports: anything of ours.
// Start reading at: shift.go.
package loopback
