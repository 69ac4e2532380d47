// Package proxyproto reads headers of the PROXY protocol, versions 1 and 2: what a load balancer in front says
// about the client, before the first byte of it.
//
// In: the first bytes of a connection.
// Out: the ends that the header announces and how long it is, or why it is none.
// Never imports: anything of ours, and no socket: whoever reads the bytes decides how long to wait for them.
// Start reading at: header.go, then v1.go and v2.go.
package proxyproto
