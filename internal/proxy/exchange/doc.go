// Package exchange holds the one request and response type that every protocol driver, filter and action of the data
// plane sees, and the small interfaces by which they meet.
//
// In: a head parsed by a codec (http1, http2), facts about the client's connection.
// Out: a decision: a response of our own, or a target group with a request to send there.
// Never imports: sockets, Kubernetes, AWS, other rooms of the proxy.
// Start reading at: exchange.go.
package exchange
