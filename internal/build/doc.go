// Package build turns Kubernetes objects, annotations and lookups into the model. It is pure: the same input gives the
// same output, byte for byte.
//
// In: an objects.Set, a lookup.Table, options.
// Out: units, each a partial model with diagnostics, status and missing lookups.
// Never imports: clients, SDKs, controller-runtime, the proxy.
// Start reading at: unit.go, then state.go; the rooms below hold one class each.
package build
