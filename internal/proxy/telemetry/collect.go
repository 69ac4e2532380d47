package telemetry

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range m.descs.all() {
		out <- d
	}
}

// Collect implements prometheus.Collector. The registry puts the series into order.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	c := collector{out: out, d: &m.descs, now: m.options.Now()}
	m.mu.Lock()
	list := make([]*ruleSeries, 0, len(m.keys))
	for _, s := range m.keys {
		list = append(list, s)
	}
	m.mu.Unlock()
	for _, s := range list {
		c.rule(s)
	}
	c.process(m)
	for _, b := range m.balancers.values() {
		if !b.nginx {
			c.balancer(b)
		}
	}
	for _, n := range m.networks.values() {
		c.network(n)
	}
	if m.options.Groups != nil {
		for _, g := range m.options.Groups() {
			c.group(&g)
		}
	}
}

// collector sends metrics of one scrape.
type collector struct {
	out chan<- prometheus.Metric
	d   *descs
	now time.Time
}

func (c *collector) counter(d *prometheus.Desc, n uint64, labels ...string) {
	c.out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}

func (c *collector) gauge(d *prometheus.Desc, v float64, labels ...string) {
	c.out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (c *collector) histogram(d *prometheus.Desc, h *histogram, b *buckets, labels ...string) {
	if m := h.metric(d, b, labels...); m != nil {
		c.out <- m
	}
}

func (c *collector) rule(s *ruleSeries) {
	cells := s.cells.Load()
	if cells == nil {
		return
	}
	k := &s.key
	for _, v := range *cells {
		canary := strings.ReplaceAll(strings.TrimPrefix(v.canary, "nginx/"), "/", "-")
		labels := []string{k.host, k.path, k.ingress, k.namespace, k.service, canary, methods[v.method], statusLabel(v.status)}
		c.counter(c.d.requests, v.requests.Load(), labels...)
		c.histogram(c.d.request, &v.request, &timeBuckets, labels...)
		c.histogram(c.d.response, &v.response, &timeBuckets, labels...)
		c.histogram(c.d.header, &v.header, &timeBuckets, labels...)
		c.histogram(c.d.connect, &v.connect, &timeBuckets, labels...)
		c.histogram(c.d.requestSize, &v.requestSize, &lengthBuckets, labels...)
		c.histogram(c.d.responseSize, &v.responseSize, &lengthBuckets, labels...)
		c.histogram(c.d.sent, &v.sent, &sizeBuckets, labels...)
	}
}

// process sends what ingress-nginx reads from nginx's status page and knows of its reloads.
func (c *collector) process(m *Metrics) {
	var active, busy int64
	var accepted, rejected uint64
	for _, b := range m.balancers.values() {
		if b.nginx {
			active += b.connections.active.Load()
			busy += b.connections.busy.Load()
			accepted += b.connections.accepted.Load()
			rejected += b.connections.rejected.Load()
		}
	}
	busy = max(busy, 0)
	c.gauge(c.d.connections, float64(active), "active")
	c.gauge(c.d.connections, 0, "reading")
	c.gauge(c.d.connections, float64(busy), "writing")
	c.gauge(c.d.connections, float64(max(active-busy, 0)), "waiting")
	c.counter(c.d.connectionsTotal, accepted+rejected, "accepted")
	c.counter(c.d.connectionsTotal, accepted, "handled")
	c.counter(c.d.requestsTotal, m.requests.Load())
	ok := 1.0
	if m.lastRefused.Load() {
		ok = 0
	}
	c.gauge(c.d.reloadOK, ok)
	c.gauge(c.d.reloadTime, float64(m.appliedAt.Load())/1e9)
	c.counter(c.d.reloads, m.applied.Load())
	c.counter(c.d.reloadErrors, m.refused.Load())
	if l := m.options.Log; l != nil {
		c.counter(c.d.lineDrops, l.Dropped())
		c.counter(c.d.lineFailures, l.Failed())
		if l.deliveries != nil {
			c.counter(c.d.lineFiles, l.deliveries.Store().Files())
			c.counter(c.d.lineLost, l.deliveries.Store().Dropped())
		}
	}
}
