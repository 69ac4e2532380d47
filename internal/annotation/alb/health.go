package alb

import "github.com/gwanmun/gwanmun/internal/annotation"

// Health checks of target groups.
var (
	HealthCheckPort = annotation.Declare[string](annotation.PortRef{Names: true}, healthEntry(
		"healthcheck-port", TrafficPort, "my-port", annotation.FailUnit,
		"The port that targets are checked on: `traffic-port`, a number, or the name of a Service port."))
	HealthCheckProtocol = annotation.Declare[string](annotation.Enum{Words: []string{"HTTP", "HTTPS"}}, healthEntry(
		"healthcheck-protocol", "", "HTTPS", annotation.FailUnit,
		"The protocol of the check. Without it that of `backend-protocol`."))
	HealthCheckPath = annotation.Declare[string](annotation.Bounded{What: "a path", Max: 1024, Needed: true}, healthEntry(
		"healthcheck-path", "", "/healthz", annotation.UseDefault,
		"The path of the check: `/` without it, or `/AWS.ALB/healthcheck` for GRPC targets."))
	HealthCheckInterval = annotation.Declare[int64](annotation.Int{Min: 5, Max: 300}, healthEntry(
		"healthcheck-interval-seconds", "15", "10", annotation.UseDefault,
		"The seconds from one check of a target to the next."))
	HealthCheckTimeout = annotation.Declare[int64](annotation.Int{Min: 2, Max: 120}, healthEntry(
		"healthcheck-timeout-seconds", "5", "8", annotation.UseDefault,
		"The seconds after which a check without an answer has failed; less than the interval."))
	HealthyThreshold = annotation.Declare[int64](annotation.Int{Min: 2, Max: 10}, healthEntry(
		"healthy-threshold-count", "2", "3", annotation.UseDefault,
		"How many checks in a row must succeed before an unhealthy target is healthy."))
	UnhealthyThreshold = annotation.Declare[int64](annotation.Int{Min: 2, Max: 10}, healthEntry(
		"unhealthy-threshold-count", "2", "3", annotation.UseDefault,
		"How many checks in a row must fail before a healthy target is unhealthy."))
	SuccessCodes = annotation.Declare[string](annotation.CodeRanges{Min: 0, Max: 599}, healthEntry(
		"success-codes", "", "200-399", annotation.UseDefault,
		"The answers that count as success: HTTP codes (200 without it), or gRPC codes (12) for GRPC targets."))
)

func healthEntry(suffix, def, example string, invalid annotation.Outcome, doc string) annotation.Entry {
	return annotation.Entry{
		Suffix: suffix, Kinds: onBoth(), Scope: annotation.ScopeTargetGroup, Default: def, Merge: annotation.MergeOwn,
		OnInvalid: invalid, External: full(), Internal: full(), Doc: doc, Example: example, Since: since, Group: "Health checks",
	}
}
