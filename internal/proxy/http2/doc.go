// Package http2 is the HTTP/2 codec of the data plane: fields of a header block to a request, a response to a header
// block, frames to be written, and the arithmetic of windows and of what a client may cost. It is strict by RFC 9113.
//
// In: decoded fields and the limits of the listener; numbers of frames and bytes with the time.
// Out: exchange.Request filled in as http1 fills it, bytes of frames, errors that say what becomes of the stream.
// Never imports: sockets, clocks, other rooms of the proxy but exchange and http1.
// Start reading at: head.go, then response.go and budget.go.
package http2
