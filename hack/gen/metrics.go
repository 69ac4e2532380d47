package main

import (
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/proxy/telemetry"
)

// metricsPage renders the table of CloudWatch's names.
func metricsPage() string {
	var b strings.Builder
	b.WriteString("# Metrics of load balancers\n\n")
	b.WriteString("<!-- Rendered from the table of metrics by `make gen`; changes by hand are lost. -->\n\n")
	b.WriteString("Where our own proxy serves a load balancer, Prometheus finds CloudWatch's metrics under these names. Counters grow from the\n" +
		"start of the proxy: CloudWatch's sum over a minute is `increase(NAME[1m])`. `load_balancer` is the end of the load balancer's\n" +
		"ARN as in CloudWatch's dimension, `target_group` the target group's ID (its ARN behind the embedded AWS API), and\n" +
		"`availability_zone` the zone of targets, empty where they have none. Metrics are there from the first request on, also while\n" +
		"they are 0. Class nginx has the names of ingress-nginx instead (`nginx_ingress_controller_*`).\n")
	namespace := ""
	for _, m := range telemetry.CloudWatchMetrics() {
		if m.Namespace != namespace {
			namespace = m.Namespace
			fmt.Fprintf(&b, "\n## %s\n\n| CloudWatch | Prometheus | type | labels | |\n|---|---|---|---|---|\n", namespace)
		}
		kind := "gauge"
		switch {
		case m.Histogram:
			kind = "histogram"
		case m.Type == prometheus.CounterValue:
			kind = "counter"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", m.Metric, m.Series, kind, strings.Join(m.Labels, ", "), cell(m.Help))
	}
	b.WriteString("\nThose of flows by protocol (`NewFlowCount_TLS`) are told apart by the label `protocol`; the metric without a protocol is\n" +
		"the sum over it. `RejectedFlowCount` and statuses one by one (`gwanmun_alb_http_code_elb_total`,\n" +
		"`gwanmun_alb_http_code_target_total`) are ours.\n")
	b.WriteString("\n## Not counted\n\n| CloudWatch | because |\n|---|---|\n")
	for _, row := range telemetry.NotCounted() {
		fmt.Fprintf(&b, "| %s | %s |\n", cell(row[0]), cell(row[1]))
	}
	return b.String()
}
