package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// Mirroring, logs and traces.
var (
	MirrorTarget = declare(annotation.URL{Schemes: []string{"http", "https"}, Variables: true}, annotation.Entry{
		Suffix: "mirror-target", Group: groupMirror, Risk: annotation.High, Internal: later,
		Example: "https://copy.example.com$request_uri", Doc: "A copy of every request goes to this URL.",
	})
	MirrorRequestBody = declare(onOff(), annotation.Entry{
		Suffix: "mirror-request-body", Group: groupMirror, Default: "on", Risk: annotation.Low, Internal: later,
		Inert: []string{"on"}, Example: "off", Doc: "Whether the copy has the request's body.",
	})
	MirrorHost = declare(basicText("a host name"), annotation.Entry{
		Suffix: "mirror-host", Group: groupMirror, Risk: annotation.High, Internal: later, Example: "copy.example.com",
		Doc: "The Host header of the copy.",
	})

	EnableAccessLog = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "enable-access-log", Group: groupTelemetry, Default: "true", Risk: annotation.Low, Internal: full,
		Example: "false", Doc: "With `false` requests are not logged.",
	})
	EnableRewriteLog = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "enable-rewrite-log", Group: groupTelemetry, Default: "false", Risk: annotation.Low, Internal: noUse,
		Inert: falsy, Example: "true", Doc: "nginx's log of rewrites; `gwanmun explain` shows them without a log.",
	})
	EnableOpenTelemetry = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "enable-opentelemetry", Group: groupTelemetry, ConfigMapKey: "enable-opentelemetry", Risk: annotation.Low,
		Internal: later, Inert: falsy, Example: "true", Doc: "Requests are traced.",
	})
	OpenTelemetryTrustIncomingSpan = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "opentelemetry-trust-incoming-span", Group: groupTelemetry, Default: "true",
		ConfigMapKey: "opentelemetry-trust-incoming-span", Risk: annotation.Low, Internal: later, Example: "false",
		Doc: "A client's trace is continued.",
	})
	OpenTelemetryOperationName = declare(annotation.Chars{Also: "_-", What: "letters, digits, _ and -"}, annotation.Entry{
		Suffix: "opentelemetry-operation-name", Group: groupTelemetry, ConfigMapKey: "opentelemetry-operation-name",
		Risk: annotation.Medium, Internal: later, Example: "shop", Doc: "The name of the span.",
	})

	mirrorKeys    = []annotation.Declared{MirrorTarget, MirrorRequestBody, MirrorHost}
	telemetryKeys = []annotation.Declared{
		EnableAccessLog, EnableRewriteLog, EnableOpenTelemetry, OpenTelemetryTrustIncomingSpan, OpenTelemetryOperationName,
	}
)
