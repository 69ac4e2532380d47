// Package h2 is the goroutine driver for HTTP/2: one goroutine reads a connection's frames, one writes, and one serves
// each stream. Frames and fields are read and written by the codec in proxy/http2.
//
// In: connections on which TLS has settled on h2 (listen.Handoff), the Forwarder that serves exchanges.
// Out: decided exchanges handed to the Forwarder, answers on the wire, floods ended.
// Never imports: Kubernetes, AWS, upstream, proxy.
// Start reading at: driver.go, then conn.go, headers.go and stream.go.
package h2
