// Package http1 is the one HTTP/1.x codec of the data plane: bytes to heads, heads to bytes, and body framing. It is
// strict by RFC 9112; what it accepts it can always write again as one unambiguous message.
//
// In: bytes read from a client or a target, an injected reader for bodies, limits and strictness of the listener.
// Out: exchange.Request and exchange.Response filled in, body readers, serialised heads and chunks, errors with a status.
// Never imports: sockets, clocks, other rooms of the proxy but exchange.
// Start reading at: request.go, then framing.go.
package http1
