// Package action answers the calls of ELBv2: it refuses what AWS refuses, with AWS's error codes, and changes the store.
//
// In: the SDK's input structures, decoded by wire; the network around load balancers, as Surroundings; health, as Carrier.
// Out: the SDK's output structures and modelled errors; changes of the store.
// Never imports: the proxy, traffic; a client of AWS.
// Start reading at: operations.go, the table of calls; then loadbalancer_create.go.
package action
