package telemetry

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// CloudWatch is one metric of CloudWatch and the Prometheus series that carries it.
type CloudWatch struct {
	// Metric is CloudWatch's name, Namespace AWS/ApplicationELB or AWS/NetworkELB.
	Namespace, Metric string
	// Series is the name of the Prometheus family, Type its type, Labels its labels.
	Series string
	Type   prometheus.ValueType
	Labels []string
	// Histogram says that the family is a histogram in seconds; Type does not count then.
	Histogram bool
	// Help says what is counted.
	Help string
}

// Namespaces.
const (
	applicationELB = "AWS/ApplicationELB"
	networkELB     = "AWS/NetworkELB"
)

const (
	labelBalancer = "load_balancer"
	labelGroup    = "target_group"
	labelZone     = "availability_zone"
	labelProtocol = "protocol"
)

// CloudWatchMetrics lists the metrics of load balancers, in the order of CloudWatch's names. Names of families are those
// that exporters of CloudWatch have made known: aws_applicationelb_ and aws_networkelb_ before the metric's name in small
// letters; counters end with _total and times with _seconds.
func CloudWatchMetrics() []CloudWatch {
	counter, gauge := prometheus.CounterValue, prometheus.GaugeValue
	lb, tg, zones := []string{labelBalancer}, []string{labelBalancer, labelGroup}, []string{labelBalancer, labelGroup, labelZone}
	rows := []CloudWatch{
		alb("ActiveConnectionCount", "active_connection_count", gauge, lb, "Client connections that are open."),
		alb("AnomalousHostCount", "anomalous_host_count", gauge, tg, "Targets that fail more often than their peers."),
		alb("ClientTLSNegotiationErrorCount", "client_tls_negotiation_error_count_total", counter, lb, "TLS handshakes with clients that failed."),
		alb("ConsumedLCUs", "consumed_lcus", gauge, lb, "Load balancer capacity units in use, by the greatest of the four dimensions of AWS's price list, over the latest minute."),
		alb("DesyncMitigationMode_NonCompliant_Request_Count", "desync_mitigation_mode_non_compliant_request_count_total", counter, lb, "Requests that stray from RFC 9112."),
		alb("DroppedInvalidHeaderRequestCount", "dropped_invalid_header_request_count_total", counter, lb, "Requests from which fields with invalid names were removed."),
		alb("ELBAuthError", "elb_auth_error_total", counter, lb, "Logins that failed because the identity provider could not be asked."),
		alb("ELBAuthFailure", "elb_auth_failure_total", counter, lb, "Logins that the identity provider refused, or whose answer could not be used."),
		times("ELBAuthLatency", "elb_auth_latency_seconds", lb, "Time that the identity provider took to answer."),
		alb("ELBAuthRefreshTokenSuccess", "elb_auth_refresh_token_success_total", counter, lb, "Claims that were refreshed with a refresh token."),
		alb("ELBAuthSuccess", "elb_auth_success_total", counter, lb, "Logins that came to their end."),
		alb("ELBAuthUserClaimsSizeExceeded", "elb_auth_user_claims_size_exceeded_total", counter, lb, "Logins whose claims are longer than 11 KB."),
		alb("ForwardedInvalidHeaderRequestCount", "forwarded_invalid_header_request_count_total", counter, lb, "Requests that went to a target with fields that have invalid names."),
		alb("GrpcRequestCount", "grpc_request_count_total", counter, lb, "gRPC requests."),
		alb("HTTP_Fixed_Response_Count", "http_fixed_response_count_total", counter, lb, "Fixed-response actions."),
		alb("HTTP_Redirect_Count", "http_redirect_count_total", counter, lb, "Redirect actions."),
		alb("HTTP_Redirect_Url_Limit_Exceeded_Count", "http_redirect_url_limit_exceeded_count_total", counter, lb, "Redirects that could not be made because the URL is longer than 8 K."),
		alb("HTTPCode_ELB_3XX_Count", "httpcode_elb_3xx_count_total", counter, lb, "Redirects made by the load balancer."),
		alb("HTTPCode_ELB_4XX_Count", "httpcode_elb_4xx_count_total", counter, lb, "Client errors answered by the load balancer, 460 included."),
		alb("HTTPCode_ELB_500_Count", "httpcode_elb_500_count_total", counter, lb, "Responses with 500 made by the load balancer."),
		alb("HTTPCode_ELB_502_Count", "httpcode_elb_502_count_total", counter, lb, "Responses with 502 made by the load balancer."),
		alb("HTTPCode_ELB_503_Count", "httpcode_elb_503_count_total", counter, lb, "Responses with 503 made by the load balancer."),
		alb("HTTPCode_ELB_504_Count", "httpcode_elb_504_count_total", counter, lb, "Responses with 504 made by the load balancer."),
		alb("HTTPCode_ELB_5XX_Count", "httpcode_elb_5xx_count_total", counter, lb, "Server errors answered by the load balancer."),
		alb("HTTPCode_Target_2XX_Count", "httpcode_target_2xx_count_total", counter, tg, "Responses with 2XX made by targets."),
		alb("HTTPCode_Target_3XX_Count", "httpcode_target_3xx_count_total", counter, tg, "Responses with 3XX made by targets."),
		alb("HTTPCode_Target_4XX_Count", "httpcode_target_4xx_count_total", counter, tg, "Responses with 4XX made by targets."),
		alb("HTTPCode_Target_5XX_Count", "httpcode_target_5xx_count_total", counter, tg, "Responses with 5XX made by targets."),
		alb("HealthyHostCount", "healthy_host_count", gauge, zones, "Healthy targets."),
		alb("HealthyStateDNS", "healthy_state_dns", gauge, zones, "1 where there are enough healthy targets to send clients there."),
		alb("HealthyStateRouting", "healthy_state_routing", gauge, zones, "1 where there are enough healthy targets to send requests to these only."),
		alb("IPv6ProcessedBytes", "ipv6_processed_bytes_total", counter, lb, "Bytes received from and sent to clients over IPv6."),
		alb("IPv6RequestCount", "ipv6_request_count_total", counter, lb, "Requests over IPv6."),
		alb("MitigatedHostCount", "mitigated_host_count", gauge, tg, "Targets that get less than their share because they fail too often."),
		alb("NewConnectionCount", "new_connection_count_total", counter, lb, "Client connections that were accepted."),
		alb("NonStickyRequestCount", "non_sticky_request_count_total", counter, tg, "Requests to a group with stickiness for which a target had to be chosen."),
		alb("ProcessedBytes", "processed_bytes_total", counter, lb, "Bytes received from and sent to clients."),
		alb("RejectedConnectionCount", "rejected_connection_count_total", counter, lb, "Client connections that were turned away because there were too many."),
		alb("RequestCount", "request_count_total", counter, tg, "Requests for which a target was chosen."),
		alb("RuleEvaluations", "rule_evaluations_total", counter, lb, "Rules that ELB would look at, the default rule not counted, the 10 free ones of each request included."),
		alb("TargetConnectionErrorCount", "target_connection_error_count_total", counter, tg, "Connections to targets that could not be made."),
		times("TargetResponseTime", "target_response_time_seconds", tg, "Time from a request sent to the first byte of the answer."),
		alb("TargetTLSNegotiationErrorCount", "target_tls_negotiation_error_count_total", counter, tg, "TLS handshakes with targets that failed."),
		alb("UnHealthyHostCount", "unhealthy_host_count", gauge, zones, "Unhealthy targets."),
		alb("UnhealthyRoutingRequestCount", "unhealthy_routing_request_count_total", counter, tg, "Requests sent while too few targets were healthy."),
		alb("UnhealthyStateDNS", "unhealthy_state_dns", gauge, zones, "1 where there are too few healthy targets to send clients there."),
		alb("UnhealthyStateRouting", "unhealthy_state_routing", gauge, zones, "1 where there are too few healthy targets, so that all get requests."),
	}
	slices.SortStableFunc(rows, func(a, b CloudWatch) int {
		return cmp.Compare(strings.ToLower(a.Metric), strings.ToLower(b.Metric))
	})
	return append(rows, networkMetrics()...)
}

func networkMetrics() []CloudWatch {
	counter, gauge := prometheus.CounterValue, prometheus.GaugeValue
	flow, zones, group := []string{labelBalancer, labelProtocol}, []string{labelBalancer, labelGroup, labelZone}, []string{labelBalancer, labelGroup}
	return []CloudWatch{
		nlb("ActiveFlowCount", "active_flow_count", gauge, flow, "Flows that are open."),
		nlb("ClientTLSNegotiationErrorCount", "client_tls_negotiation_error_count_total", counter, flow, "TLS handshakes with clients that failed."),
		nlb("ConsumedLCUs", "consumed_lcus", gauge, flow, "Load balancer capacity units in use, by the greatest of the three dimensions of AWS's price list, over the latest minute."),
		nlb("DroppedPackets", "dropped_packets_total", counter, flow, "Datagrams that could not be sent on, or that led to no target (no metric of CloudWatch)."),
		nlb("HealthyHostCount", "healthy_host_count", gauge, zones, "Healthy targets."),
		nlb("NewFlowCount", "new_flow_count_total", counter, flow, "Flows that were accepted."),
		nlb("PortAllocationErrorCount", "port_allocation_error_count_total", counter, flow, "Flows for which the system had no port left towards a target."),
		nlb("ProcessedBytes", "processed_bytes_total", counter, flow, "Bytes of flows, both directions, without TLS's own."),
		nlb("ProcessedPackets", "processed_packets_total", counter, flow, "Datagrams, both directions; streams are not counted in packets."),
		nlb("RejectedFlowCount", "rejected_flow_count_total", counter, flow, "Flows that were turned away or ended because there were too many, or no target."),
		nlb("SecurityGroupBlockedFlowCount", "security_group_blocked_flow_count_total", counter, flow, "Flows that no rule of the security groups let in; CloudWatch has it by protocol."),
		nlb("TCP_Client_Reset_Count", "tcp_client_reset_count_total", counter, flow, "Flows that the client reset."),
		nlb("TCP_ELB_Reset_Count", "tcp_elb_reset_count_total", counter, flow, "Flows that the load balancer reset."),
		nlb("TCP_Target_Reset_Count", "tcp_target_reset_count_total", counter, flow, "Flows that the target reset."),
		nlb("TargetTLSNegotiationErrorCount", "target_tls_negotiation_error_count_total", counter, flow, "Flows with a TLS handshake with a target that failed."),
		nlb("UnHealthyHostCount", "unhealthy_host_count", gauge, zones, "Unhealthy targets."),
		nlb("UnhealthyRoutingFlowCount", "unhealthy_routing_flow_count_total", counter, group, "Flows sent while too few targets were healthy."),
	}
}

func alb(metric, series string, kind prometheus.ValueType, labels []string, help string) CloudWatch {
	return CloudWatch{applicationELB, metric, "aws_applicationelb_" + series, kind, labels, false, help}
}

func times(metric, series string, labels []string, help string) CloudWatch {
	return CloudWatch{applicationELB, metric, "aws_applicationelb_" + series, 0, labels, true, help}
}

func nlb(metric, series string, kind prometheus.ValueType, labels []string, help string) CloudWatch {
	return CloudWatch{networkELB, metric, "aws_networkelb_" + series, kind, labels, false, help}
}

// NotCounted lists the metrics of CloudWatch that have no series here, with the reason.
func NotCounted() [][2]string {
	return [][2]string{
		{"LambdaInternalError, LambdaTargetProcessedBytes, LambdaUserError", "there are no Lambda targets"},
		{"PeakBytesPerSecond, PeakPacketsPerSecond", "take the maximum of a rate over the byte counters"},
		{"PortAllocationErrorCount", "the proxy connects to targets from addresses of its own; failed connections count as resets"},
		{"RequestCountPerTarget", "divide the rate of RequestCount by HealthyHostCount"},
	}
}
