// Package compile turns models into a snapshot: listeners with their rule index, filter chains, certificate index and
// handles to target groups, checked as a whole before anything uses it, and immutable from then on.
//
// In: units (partial models), the snapshot before, and the makers of filters and target groups (Deps).
// Out: a snapshot that shares every unchanged part with the one before, and diagnostics.
// Never imports: filters, actions, upstream, sockets, Kubernetes, AWS; it reads no clock.
// Start reading at: snapshot.go, then apply.go.
package compile
