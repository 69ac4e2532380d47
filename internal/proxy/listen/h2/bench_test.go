package h2

import (
	"io"
	"net/http"
	"testing"

	"golang.org/x/net/http2"

	"github.com/gwanmun/gwanmun/internal/model"
)

// BenchmarkStream is one request and its response made here, 32 at a time on one connection, with a client that costs
// as little as possible.
func BenchmarkStream(b *testing.B) {
	h := build(b, plan{before: made, options: Options{MaxRequests: 1 << 30}})
	r := h.dial()
	block := r.usual("user-agent", "bench", "accept", "*/*")
	r.SetReuseFrames()
	_ = r.WriteWindowUpdate(0, 1<<30) // nobody counts here
	id := uint32(1)
	for range 32 {
		r.headers(id, true, block)
		id += 2
	}
	b.ReportAllocs()
	for b.Loop() {
		for {
			f, err := r.ReadFrame()
			if err != nil {
				b.Fatal(err)
			}
			if d, ok := f.(*http2.DataFrame); ok && d.StreamEnded() {
				break
			}
		}
		r.headers(id, true, block)
		id += 2
	}
	b.StopTimer()
}

// BenchmarkCall is a unary call of gRPC to a target of HTTP/2, 32 at a time on one connection.
func BenchmarkCall(b *testing.B) {
	h := build(b, plan{version: model.GRPC, options: Options{MaxRequests: 1 << 30}, handler: func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/grpc")
		_, _ = w.Write(make([]byte, 105))
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
	}})
	r := h.dial()
	block := r.fields(":method", "POST", ":scheme", "https", ":authority", "a.example", ":path", "/p.S/M", "content-type", "application/grpc", "te", "trailers")
	r.SetReuseFrames()
	_ = r.WriteWindowUpdate(0, 1<<30) // nobody counts here
	id := uint32(1)
	message := make([]byte, 105)
	call := func() {
		r.headers(id, false, block)
		_ = r.WriteData(id, true, message)
		id += 2
	}
	for range 32 {
		call()
	}
	b.ReportAllocs()
	for b.Loop() {
		for {
			f, err := r.ReadFrame()
			if err != nil {
				b.Fatal(err)
			}
			if d, ok := f.(*http2.HeadersFrame); ok && d.StreamEnded() {
				break
			}
		}
		call()
	}
	b.StopTimer()
}
