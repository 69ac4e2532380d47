package proxy

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/proxy/listen"
)

// loopMetrics are the series of the event loops that serve plain HTTP/1.1, one of each per loop.
type loopMetrics struct{ stats func() []listen.LoopStats }

var (
	loopEvents  = loopDesc("events_total", "Events of the kernel that an event loop has seen.")
	loopTurns   = loopDesc("turns_total", "How often an event loop has run a connection or a task.")
	loopWaits   = loopDesc("waits_total", "How often an event loop had nothing to do.")
	loopLeft    = loopDesc("left_total", "Connections that an event loop gave to goroutines, because their requests may wait for something else.")
	loopSockets = loopDesc("sockets", "Open sockets of clients and targets on an event loop.")
)

func loopDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("gwanmun_event_loop_"+name, help, []string{"loop"}, nil)
}

// Describe is prometheus.Collector's.
func (m loopMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{loopEvents, loopTurns, loopWaits, loopLeft, loopSockets} {
		out <- d
	}
}

// Collect is prometheus.Collector's.
func (m loopMetrics) Collect(out chan<- prometheus.Metric) {
	for i, s := range m.stats() {
		name := strconv.Itoa(i)
		counter := func(d *prometheus.Desc, n uint64) {
			out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), name)
		}
		counter(loopEvents, s.Events)
		counter(loopTurns, s.Turns)
		counter(loopWaits, s.Parks)
		counter(loopLeft, s.Left)
		out <- prometheus.MustNewConstMetric(loopSockets, prometheus.GaugeValue, float64(s.Sockets), name)
	}
}
