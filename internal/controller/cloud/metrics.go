package cloud

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/aws/client"
)

// Calls counts calls to AWS, under the original's names.
type Calls struct {
	calls   *prometheus.CounterVec
	took    *prometheus.HistogramVec
	retries *prometheus.CounterVec
}

var _ client.Sink = (*Calls)(nil)

// NewCalls registers the counters.
func NewCalls(r prometheus.Registerer) (*Calls, error) {
	c := &Calls{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aws_api_calls_total", Help: "Calls to AWS, by outcome: ok, the code of an error, or no-answer.",
		}, []string{"service", "operation", "error_code"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "aws_api_call_duration_seconds", Help: "How long calls to AWS took, with their retries.",
			Buckets: []float64{0.05, 0.2, 1, 5, 30},
		}, []string{"service", "operation"}),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aws_api_call_retries_total", Help: "How often calls to AWS were sent again.",
		}, []string{"service", "operation"}),
	}
	for _, m := range []prometheus.Collector{c.calls, c.took, c.retries} {
		if err := r.Register(m); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Called counts one call.
func (c *Calls) Called(call client.Call, attempts int, took time.Duration) {
	c.calls.WithLabelValues(call.Service, call.Operation, call.Outcome).Inc()
	c.took.WithLabelValues(call.Service, call.Operation).Observe(took.Seconds())
	if attempts > 1 {
		c.retries.WithLabelValues(call.Service, call.Operation).Add(float64(attempts - 1))
	}
}
