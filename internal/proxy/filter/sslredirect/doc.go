// Package sslredirect sends plain HTTP to HTTPS the way ingress-nginx does.
//
// In: model.SSLRedirect.
// Out: a filter for exchanges.
// Never imports: Kubernetes, sockets, other filters.
// Start reading at: sslredirect.go.
package sslredirect
