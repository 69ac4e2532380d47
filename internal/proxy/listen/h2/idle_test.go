package h2

import (
	"runtime"
	"testing"
)

// BenchmarkIdle tells what a connection costs that has served a request and waits for the next one, both ends together.
func BenchmarkIdle(b *testing.B) {
	h := build(b, plan{before: made})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	held := 0
	for b.Loop() {
		r := h.dial()
		r.get(1)
		r.read(1)
		held++
	}
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	grown := int64(after.HeapInuse+after.StackInuse) - int64(before.HeapInuse+before.StackInuse)
	b.ReportMetric(float64(grown)/float64(held), "B/conn")
}
