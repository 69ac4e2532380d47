package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// removedKeys are annotations of older versions of ingress-nginx. They are recognised so that old manifests get a
// better message than "unknown".
func removedKeys() []annotation.Declared {
	var out []annotation.Declared
	add := func(doc string, suffixes ...string) {
		for _, s := range suffixes {
			out = append(out, declare(annotation.Verbatim{What: "any text"}, annotation.Entry{
				Suffix: s, Group: groupRemoved, Risk: annotation.Low, Internal: dropped, Example: "true", Doc: doc,
			}))
		}
	}
	add("Limits that several replicas shared; removed in v1.12.",
		"global-rate-limit", "global-rate-limit-window", "global-rate-limit-key", "global-rate-limit-ignored-cidrs")
	add("Tracing before OpenTelemetry; removed in v1.12.",
		"enable-opentracing", "opentracing-trust-incoming-span", "opentracing-operation-name")
	add("Metrics for InfluxDB; removed in v1.12.", "enable-influxdb", "influxdb-measurement", "influxdb-port",
		"influxdb-host", "influxdb-server-name")
	add("Older names of what backend-protocol does now.", "secure-backends", "grpc-backend")
	add("Replaced by proxy-ssl-secret.", "secure-verify-ca-secret")
	add("Removed; session cookies need no hash function.", "session-cookie-hash")
	add("Removed; it put a base element into pages.", "add-base-url", "base-url-scheme")
	return out
}
