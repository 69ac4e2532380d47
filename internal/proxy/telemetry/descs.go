package telemetry

import "github.com/prometheus/client_golang/prometheus"

// descs are the families that Metrics has.
type descs struct {
	requests, request, response, header, connect, requestSize, responseSize, sent *prometheus.Desc

	connections, connectionsTotal, requestsTotal *prometheus.Desc
	reloadOK, reloadTime, reloads, reloadErrors  *prometheus.Desc
	lineDrops, lineFailures, lineFiles, lineLost *prometheus.Desc
	elbAnswers, targetAnswers, upstreamRequests  *prometheus.Desc

	// cloud are the families of CloudWatch's metrics, by namespace and metric.
	cloud map[[2]string]family
}

// family is a row of CloudWatchMetrics made ready.
type family struct {
	row  CloudWatch
	desc *prometheus.Desc
}

// newDescs names the families. Those of class nginx have the names and labels of ingress-nginx, also where they do not
// follow Prometheus' conventions; those of load balancers are in the table of CloudWatch's names.
func newDescs(constant prometheus.Labels) descs {
	nginx := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("nginx_ingress_controller_"+name, help, labels, constant)
	}
	ours := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("gwanmun_"+name, help, labels, nil)
	}
	rule := []string{"host", "path", "ingress", "namespace", "service", "canary", "method", "status"}
	const lb, tg = labelBalancer, labelGroup
	cloud := map[[2]string]family{}
	for _, row := range CloudWatchMetrics() {
		help := row.Help + " CloudWatch: " + row.Metric + "."
		cloud[[2]string{row.Namespace, row.Metric}] = family{row, prometheus.NewDesc(row.Series, help, row.Labels, nil)}
	}
	return descs{
		cloud: cloud,

		requests:     nginx("requests", "Requests that a rule of an Ingress answered.", rule...),
		request:      nginx("request_duration_seconds", "Time from the first byte of a request to the last one of its response.", rule...),
		response:     nginx("response_duration_seconds", "Time from connecting to a target to the last byte of its response.", rule...),
		header:       nginx("header_duration_seconds", "Time from connecting to a target to the first byte of its response.", rule...),
		connect:      nginx("connect_duration_seconds", "Time that connecting to a target took.", rule...),
		requestSize:  nginx("request_size", "Length of requests in bytes, with head and body.", rule...),
		responseSize: nginx("response_size", "Length of responses in bytes, with head and body.", rule...),
		sent:         nginx("bytes_sent", "Bytes sent to clients (use response_size instead).", rule...),

		connections:      nginx("nginx_process_connections", "Client connections by state.", "state"),
		connectionsTotal: nginx("nginx_process_connections_total", "Client connections since the start.", "state"),
		requestsTotal:    nginx("nginx_process_requests_total", "Client requests since the start."),
		reloadOK:         nginx("config_last_reload_successful", "Whether the latest snapshot was put into service."),
		reloadTime:       nginx("config_last_reload_successful_timestamp_seconds", "When a snapshot was last put into service."),
		reloads:          nginx("success", "Snapshots put into service."),
		reloadErrors:     nginx("errors", "Snapshots refused."),

		lineDrops:    ours("access_log_dropped_lines_total", "Access-log lines lost because the output was too slow or failed."),
		lineFailures: ours("access_log_failed_writes_total", "Writes that the access log's output refused."),

		lineFiles: ours("log_delivery_files_total", "Files of load balancers' logs that were put into the folder of their bucket."),
		lineLost:  ours("log_delivery_dropped_lines_total", "Lines of load balancers' logs that were lost because the disk was too slow or failed."),

		elbAnswers:       ours("alb_http_code_elb_total", "Responses made by the load balancer, by status.", lb, "status", "class"),
		targetAnswers:    ours("alb_http_code_target_total", "Responses made by targets, by status.", lb, tg, "status", "class"),
		upstreamRequests: ours("target_outstanding_requests", "Requests and tunnels that are under way, by target group.", tg),
	}
}

func (d *descs) all() []*prometheus.Desc {
	list := []*prometheus.Desc{
		d.requests, d.request, d.response, d.header, d.connect, d.requestSize, d.responseSize, d.sent,
		d.connections, d.connectionsTotal, d.requestsTotal, d.reloadOK, d.reloadTime, d.reloads, d.reloadErrors,
		d.lineDrops, d.lineFailures, d.lineFiles, d.lineLost, d.elbAnswers, d.targetAnswers, d.upstreamRequests,
	}
	for _, f := range d.cloud { // the registry sorts
		list = append(list, f.desc)
	}
	return list
}
