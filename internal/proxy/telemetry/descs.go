package telemetry

import "github.com/prometheus/client_golang/prometheus"

// descs are the families that Metrics has.
type descs struct {
	requests, request, response, header, connect, requestSize, responseSize, sent *prometheus.Desc

	connections, connectionsTotal, requestsTotal           *prometheus.Desc
	reloadOK, reloadTime, reloads, reloadErrors            *prometheus.Desc
	lineDrops, lineFailures                                *prometheus.Desc
	elbRequests, elbAnswers, targetAnswers, targetTime     *prometheus.Desc
	targetErrors, healthy, unhealthy, failOpen             *prometheus.Desc
	redirects, fixed, noncompliant, grpc, ipv6, bytes      *prometheus.Desc
	active, opened, rejected, handshakes, upstreamRequests *prometheus.Desc

	flowsActive, flows, flowsRejected, flowBytes      *prometheus.Desc
	clientResets, targetResets, ownResets             *prometheus.Desc
	flowHandshakes, targetHandshakes                  *prometheus.Desc
	networkHealthy, networkUnhealthy, networkFailOpen *prometheus.Desc
}

// newDescs names the families. Those of class nginx have the names and labels of ingress-nginx, also where they do not
// follow Prometheus' conventions; those of class alb follow CloudWatch's names.
func newDescs(constant prometheus.Labels) descs {
	nginx := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("nginx_ingress_controller_"+name, help, labels, constant)
	}
	ours := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("gwanmun_"+name, help, labels, nil)
	}
	rule := []string{"host", "path", "ingress", "namespace", "service", "canary", "method", "status"}
	const lb, tg, protocol = "load_balancer", "target_group", "protocol"
	return descs{
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

		elbRequests:   ours("alb_requests_total", "Requests for which a target was chosen (RequestCount).", lb, tg),
		elbAnswers:    ours("alb_http_code_elb_total", "Responses made by the load balancer (HTTPCode_ELB_*_Count).", lb, "status", "class"),
		targetAnswers: ours("alb_http_code_target_total", "Responses made by targets (HTTPCode_Target_*_Count).", lb, tg, "status", "class"),
		targetTime:    ours("alb_target_response_time_seconds", "Time from a request sent to the first byte of the answer (TargetResponseTime).", lb, tg),
		targetErrors:  ours("alb_target_connection_errors_total", "Tries at a target that got no answer (TargetConnectionErrorCount).", lb, tg),
		healthy:       ours("alb_healthy_hosts", "Healthy targets (HealthyHostCount).", tg),
		unhealthy:     ours("alb_unhealthy_hosts", "Unhealthy targets (UnHealthyHostCount).", tg),
		failOpen:      ours("alb_unhealthy_routing_requests_total", "Requests sent while too few targets were healthy (UnhealthyRoutingRequestCount).", tg),
		redirects:     ours("alb_http_redirects_total", "Redirect actions (HTTP_Redirect_Count).", lb),
		fixed:         ours("alb_http_fixed_responses_total", "Fixed-response actions (HTTP_Fixed_Response_Count).", lb),
		noncompliant:  ours("alb_desync_non_compliant_requests_total", "Requests that stray from the grammar (DesyncMitigationMode_NonCompliant_Request_Count).", lb),
		grpc:          ours("alb_grpc_requests_total", "gRPC requests (GrpcRequestCount).", lb),
		ipv6:          ours("alb_ipv6_requests_total", "Requests over IPv6 (IPv6RequestCount).", lb),
		bytes:         ours("alb_processed_bytes_total", "Bytes received from and sent to clients (ProcessedBytes).", lb),
		active:        ours("alb_active_connections", "Client connections that are open (ActiveConnectionCount).", lb),
		opened:        ours("alb_new_connections_total", "Client connections that were accepted (NewConnectionCount).", lb),
		rejected:      ours("alb_rejected_connections_total", "Client connections that were turned away (RejectedConnectionCount).", lb),
		handshakes:    ours("alb_client_tls_negotiation_errors_total", "TLS handshakes with clients that failed (ClientTLSNegotiationErrorCount).", lb),

		flowsActive:      ours("nlb_active_flows", "Flows that are open (ActiveFlowCount).", lb, protocol),
		flows:            ours("nlb_new_flows_total", "Flows that were accepted (NewFlowCount).", lb, protocol),
		flowsRejected:    ours("nlb_rejected_flows_total", "Flows that were turned away because there were too many.", lb, protocol),
		flowBytes:        ours("nlb_processed_bytes_total", "Bytes of flows, both directions, without TLS's own (ProcessedBytes).", lb, protocol),
		clientResets:     ours("nlb_tcp_client_resets_total", "Flows that the client reset (TCP_Client_Reset_Count).", lb, protocol),
		targetResets:     ours("nlb_tcp_target_resets_total", "Flows that the target reset (TCP_Target_Reset_Count).", lb, protocol),
		ownResets:        ours("nlb_tcp_elb_resets_total", "Flows that the load balancer reset (TCP_ELB_Reset_Count).", lb, protocol),
		flowHandshakes:   ours("nlb_client_tls_negotiation_errors_total", "TLS handshakes with clients that failed (ClientTLSNegotiationErrorCount).", lb, protocol),
		targetHandshakes: ours("nlb_target_tls_negotiation_errors_total", "Flows with a TLS handshake with a target that failed (TargetTLSNegotiationErrorCount).", lb, protocol),
		networkHealthy:   ours("nlb_healthy_hosts", "Healthy targets (HealthyHostCount).", tg),
		networkUnhealthy: ours("nlb_unhealthy_hosts", "Unhealthy targets (UnHealthyHostCount).", tg),
		networkFailOpen:  ours("nlb_unhealthy_routing_flows_total", "Flows sent while too few targets were healthy (UnhealthyRoutingFlowCount).", tg),

		upstreamRequests: ours("target_outstanding_requests", "Requests and tunnels that are under way, by target group.", tg),
	}
}

func (d *descs) all() []*prometheus.Desc {
	return []*prometheus.Desc{
		d.requests, d.request, d.response, d.header, d.connect, d.requestSize, d.responseSize, d.sent,
		d.connections, d.connectionsTotal, d.requestsTotal, d.reloadOK, d.reloadTime, d.reloads, d.reloadErrors,
		d.lineDrops, d.lineFailures, d.elbRequests, d.elbAnswers, d.targetAnswers, d.targetTime, d.targetErrors,
		d.healthy, d.unhealthy, d.failOpen, d.redirects, d.fixed, d.noncompliant, d.grpc, d.ipv6, d.bytes,
		d.active, d.opened, d.rejected, d.handshakes, d.upstreamRequests,
		d.flowsActive, d.flows, d.flowsRejected, d.flowBytes, d.clientResets, d.targetResets, d.ownResets,
		d.flowHandshakes, d.targetHandshakes, d.networkHealthy, d.networkUnhealthy, d.networkFailOpen,
	}
}
