package controller

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the controller's own, under the names of the AWS controller where it has the same.
type metrics struct {
	errors *prometheus.CounterVec
	took   *prometheus.HistogramVec
	built  prometheus.Counter
	leads  *prometheus.GaugeVec
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "awslbc_controller_reconcile_errors_total", Help: "Reconciles that failed, by loop and kind of error.",
		}, []string{"controller", "error_category"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "gwanmun_controller_reconcile_seconds", Help: "How long reconciles took, by loop.",
			Buckets: []float64{0.01, 0.05, 0.25, 1, 5, 30, 120},
		}, []string{"controller"}),
		built: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "gwanmun_controller_units_built_total", Help: "Builds of units.",
		}),
		leads: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "gwanmun_controller_leader", Help: "1 when this replica writes, by lease.",
		}, []string{"lease"}),
	}
	for _, c := range []prometheus.Collector{m.errors, m.took, m.built, m.leads} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) observe(loop string, took time.Duration, err error) {
	m.took.WithLabelValues(loop).Observe(took.Seconds())
	if err == nil {
		return
	}
	if _, waiting := errors.AsType[waitingError](err); waiting {
		return
	}
	category := "transient"
	if isTerminal(err) {
		category = "terminal"
	}
	m.errors.WithLabelValues(loop, category).Inc()
}
