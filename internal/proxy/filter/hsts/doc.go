// Package hsts sets Strict-Transport-Security on responses over TLS.
//
// In: the field's value.
// Out: a response filter for exchanges.
// Never imports: Kubernetes, sockets, other filters.
// Start reading at: hsts.go.
package hsts
