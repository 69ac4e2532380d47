package nlb

import "github.com/gwanmun/gwanmun/internal/annotation"

// Health checks of target groups. The defaults are other ones for instance targets of a Service of type LoadBalancer with
// externalTrafficPolicy Local: those are checked on the node's own health check port.
var (
	HealthCheckProtocol = annotation.Declare[string](
		annotation.Enum{Words: []string{"TCP", "HTTP", "HTTPS"}, FoldCase: true}, healthEntry(
			"protocol", "TCP", "http", annotation.DropObject,
			"The protocol of the check, in upper or lower case; HTTP with externalTrafficPolicy Local. A change replaces the target group."))
	HealthCheckPort = annotation.Declare[string](annotation.PortRef{Names: true}, healthEntry(
		"port", annotation.TrafficPort, "8080", annotation.DropObject,
		"The port that targets are checked on: `traffic-port`, a number, or the name of a Service port; the Service's health check node port with externalTrafficPolicy Local."))
	HealthCheckPath = annotation.Declare[string](annotation.Bounded{What: "a path", Max: 1024, Needed: true}, healthEntry(
		"path", "/", "/ready", annotation.UseDefault,
		"The path of HTTP and HTTPS checks; `/healthz` with externalTrafficPolicy Local."))
	HealthCheckInterval = annotation.Declare[int64](annotation.Int{Min: 5, Max: 300}, healthEntry(
		"interval", "10", "30", annotation.DropObject,
		"The seconds from one check of a target to the next. A change replaces the target group."))
	HealthCheckTimeout = annotation.Declare[int64](annotation.Int{Min: 2, Max: 120}, healthEntry(
		"timeout", "10", "6", annotation.UseDefault,
		"The seconds after which a check without an answer has failed; 6 with externalTrafficPolicy Local."))
	HealthyThreshold = annotation.Declare[int64](annotation.Int{Min: 2, Max: 10}, healthEntry(
		"healthy-threshold", "3", "5", annotation.UseDefault,
		"How many checks in a row must succeed before an unhealthy target is healthy; 2 with externalTrafficPolicy Local."))
	UnhealthyThreshold = annotation.Declare[int64](annotation.Int{Min: 2, Max: 10}, healthEntry(
		"unhealthy-threshold", "3", "2", annotation.UseDefault,
		"How many checks in a row must fail before a healthy target is unhealthy; 2 with externalTrafficPolicy Local."))
	SuccessCodes = annotation.Declare[string](annotation.CodeRanges{Min: 200, Max: 599}, healthEntry(
		"success-codes", "200-399", "200-299", annotation.UseDefault,
		"The answers to HTTP and HTTPS checks that count as success."))
)

func healthEntry(suffix, def, example string, invalid annotation.Outcome, doc string) annotation.Entry {
	return entry(annotation.Entry{
		Suffix: aws + "healthcheck-" + suffix, Scope: annotation.ScopeTargetGroup, Default: def, OnInvalid: invalid,
		Internal: full(), Doc: doc, Example: example, Group: "Health checks",
	})
}
