// Package store holds the state of our ELBv2: load balancers, listeners, rules, target groups with their targets, trust
// stores, tags and attributes. It keeps what it is given; what AWS would refuse is refused by action.
//
// In: records, put inside Update; a file's content, by Restore.
// Out: records, read inside View; what has changed, by Watch; a file's content, by Snapshot.
// Never imports: action, traffic, the proxy; the SDK only for the shapes of actions and conditions.
// Start reading at: store.go, then records.go.
package store
