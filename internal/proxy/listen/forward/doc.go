// Package forward carries one exchange from a decided request to a written response: it picks targets, sends, retries,
// streams both ways, and turns every failure into the right answer. It knows no client protocol: drivers (HTTP/1.1
// here in listen, HTTP/2 next door) hand it a Stream.
//
// In: an exchange with its request head, the listener that decides it, the client's Stream.
// Out: the response on the Stream, x.Response and x.Log filled for the access log, connections given back to their pool.
// Never imports: Kubernetes, AWS, listen.
// Start reading at: stream.go, then forwarder.go and attempt.go.
package forward
