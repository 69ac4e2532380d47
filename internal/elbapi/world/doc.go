// Package world holds what stands around load balancers in the embedded AWS: the region and its zones, VPCs, subnets, route
// tables, gateways, security groups, instances, network interfaces, certificates, web ACLs and protections. It keeps the
// state and finds things in it; what AWS refuses and how it words that is the affair of elbapi/side.
//
// In: a world file (YAML), a saved state, and changes that callers make under its lock.
// Out: copies of resources, addresses for new interfaces, a version that counts changes, the state as JSON.
// Never imports: an SDK, the wire, the load balancers' store.
// Start reading at: world.go, then state.go; file.go for the world file.
package world
