// Package diag holds every message that users get about their objects: a numbered catalogue and a collector.
//
// In: facts found by build, manifest reading and the edges.
// Out: diagnostics with code, level, object, field, text and remedy, in a fixed order.
// Never imports: anything but the standard library.
// Start reading at: diag.go, then catalogue.go.
package diag
