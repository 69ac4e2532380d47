package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// Error pages and headers.
var (
	DefaultBackend = declare(annotation.Ref{Kind: "Service"}, annotation.Entry{
		Suffix: "default-backend", Group: groupErrors, Risk: annotation.Low, OnInvalid: annotation.DropObject,
		Internal: later, Example: "error-pages",
		Doc: "The Service that answers when the path's own Service has no endpoints, and for custom-http-errors.",
	})
	CustomHTTPErrors = declare(annotation.Codes{Min: 400, Max: 599}, annotation.Entry{
		Suffix: "custom-http-errors", Group: groupErrors, ConfigMapKey: "custom-http-errors", Risk: annotation.Low,
		OnInvalid: annotation.DropObject, Internal: later, Example: "404,503",
		Doc: "Responses with these codes are replaced by those of the default backend.",
	})
	DisableProxyInterceptErrors = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "disable-proxy-intercept-errors", Group: groupErrors, Default: "false", Risk: annotation.Low,
		Internal: later, Inert: []string{"true", "false"}, Example: "true",
		Doc: "The targets' own error responses are kept, which they always are until custom-http-errors is carried out.",
	})
	CustomHeaders = declare(annotation.Ref{Kind: "ConfigMap"}, annotation.Entry{
		Suffix: "custom-headers", Group: groupErrors, Risk: annotation.Medium, OnInvalid: annotation.DenyRule,
		Internal: later, Example: "shop/headers", Doc: "A ConfigMap with headers that all responses carry.",
	})

	errorKeys = []annotation.Declared{DefaultBackend, CustomHTTPErrors, DisableProxyInterceptErrors, CustomHeaders}
)
