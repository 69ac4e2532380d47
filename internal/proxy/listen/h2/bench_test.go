package h2

import (
	"testing"

	"golang.org/x/net/http2"
)

// BenchmarkStream is one request and its response made here, 32 at a time on one connection, with a client that costs
// as little as possible.
func BenchmarkStream(b *testing.B) {
	h := build(b, plan{before: made, options: Options{MaxRequests: 1 << 30}})
	r := h.dial()
	block := r.usual("user-agent", "bench", "accept", "*/*")
	r.SetReuseFrames()
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
