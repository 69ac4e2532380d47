// Package annotation holds the registry that every annotation is declared in once: its entry type, value types,
// reading with precedence, checks for unknown and misplaced keys, and the docs renderer.
//
// In: entries declared by the dialects below, and layers of raw values from objects.
// Out: typed, validated, defaulted values; diagnostics; reference pages.
// Never imports: clients, builders, other dialects; levels 0 and Kubernetes API types only.
// Start reading at: entry.go, then read.go.
package annotation
