package telemetry

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// buckets are upper bounds in a whole unit (nanoseconds, bytes) and what to divide by for the unit that is shown.
type buckets struct {
	bounds []int64
	scale  float64
}

// ingress-nginx's buckets: those of its times are Prometheus' defaults.
var (
	timeBuckets   = buckets{timeBounds(), float64(time.Second)}
	lengthBuckets = buckets{[]int64{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}, 1}
	sizeBuckets   = buckets{[]int64{10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000}, 1}
)

func timeBounds() []int64 {
	list := make([]int64, len(prometheus.DefBuckets))
	for i, s := range prometheus.DefBuckets {
		list[i] = int64(s * float64(time.Second))
	}
	return list
}

// maxBuckets is the longest list of bounds above, and one for what lies beyond.
const maxBuckets = 12

// histogram counts without a lock. Which bounds it has is said when it is used, to keep it small.
type histogram struct {
	counts [maxBuckets]atomic.Uint64
	sum    atomic.Int64
}

func (h *histogram) observe(b *buckets, value int64) {
	value = max(value, 0)
	i := 0
	for i < len(b.bounds) && value > b.bounds[i] {
		i++
	}
	h.counts[i].Add(1)
	h.sum.Add(value)
}

// metric is the histogram as Prometheus has it; nil when it is empty.
func (h *histogram) metric(desc *prometheus.Desc, b *buckets, labels ...string) prometheus.Metric {
	total, cumulative := uint64(0), make(map[float64]uint64, len(b.bounds))
	for i, bound := range b.bounds {
		total += h.counts[i].Load()
		cumulative[float64(bound)/b.scale] = total
	}
	total += h.counts[len(b.bounds)].Load()
	if total == 0 {
		return nil
	}
	return prometheus.MustNewConstHistogram(desc, total, float64(h.sum.Load())/b.scale, cumulative, labels...)
}
