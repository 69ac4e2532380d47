// Package manifest reads Kubernetes manifests from files: it takes them apart, decodes them as an API server would, fills
// in the defaults that an API server fills in, and says what is wrong with file, line and remedy.
//
// In: paths of files and directories, or standard input.
// Out: typed objects with their places, diagnostics, and the difference between two loads while files change.
// Never imports: builders, the proxy, a Kubernetes client.
// Start reading at: load.go, then decode.go; watch.go for changes.
package manifest
