// Package objects holds typed Kubernetes objects with the indexes that builds need, so that one change can be
// followed to the few things it touches.
//
// In: objects put and deleted one at a time by the edge that watches them.
// Out: lookups by name, by host, by Service, by Secret; endpoints of a Service.
// Never imports: a Kubernetes client; level 0 and Kubernetes API types only.
// Start reading at: set.go, then index.go.
package objects
