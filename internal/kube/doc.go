// Package kube is where Kubernetes is read and written: watches that end in batches of changes, finalizers, checkpoints
// in ConfigMaps, our custom resource definitions.
//
// In: a client of an API server.
// Out: batches of build.Change for whoever keeps an objects.Set; writes.
// Never imports: clouds, the proxy, the builders of the classes.
// Start reading at: watch.go, then batch.go.
package kube
