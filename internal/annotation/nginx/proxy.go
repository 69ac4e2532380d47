package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// NextUpstreamWords are the failures that proxy-next-upstream knows.
var nextUpstreamWords = []string{
	"error", "timeout", "invalid_header", "http_500", "http_502", "http_503", "http_504", "http_403", "http_404",
	"http_429", "non_idempotent", "off",
}

// Towards targets.
var (
	BackendProtocol = declare(annotation.Enum{
		Words: []string{"HTTP", "HTTPS", "AUTO_HTTP", "GRPC", "GRPCS", "FCGI"}, FoldCase: true,
	}, annotation.Entry{
		Suffix: "backend-protocol", Group: groupProxy, Default: "HTTP", Risk: annotation.Low,
		Internal: partly("AUTO_HTTP and FCGI count as HTTP"), Example: "HTTPS",
		Doc: "What the targets speak. With HTTPS and GRPCS their certificate is not verified and no server name is sent. GRPC and " +
			"GRPCS are HTTP/2 whatever the client speaks.",
	})
	ProxyBodySize = declare(annotation.Size{}, annotation.Entry{
		Suffix: "proxy-body-size", Group: groupProxy, Default: "1m", ConfigMapKey: "proxy-body-size",
		Risk: annotation.Medium, Internal: full, Example: "8m",
		Doc: "The largest request body; longer ones are answered with 413. `0` is unlimited.",
	})
	ProxyConnectTimeout = declare(seconds(1), annotation.Entry{
		Suffix: "proxy-connect-timeout", Group: groupProxy, Default: "5", ConfigMapKey: "proxy-connect-timeout",
		Risk: annotation.Low, Internal: full, Example: "10", Doc: "Seconds to wait for a connection to a target.",
	})
	ProxySendTimeout = declare(seconds(1), annotation.Entry{
		Suffix: "proxy-send-timeout", Group: groupProxy, Default: "60", ConfigMapKey: "proxy-send-timeout",
		Risk: annotation.Low, Internal: full, Example: "120", Doc: "Seconds between two writes to a target.",
	})
	ProxyReadTimeout = declare(seconds(1), annotation.Entry{
		Suffix: "proxy-read-timeout", Group: groupProxy, Default: "60", ConfigMapKey: "proxy-read-timeout",
		Risk: annotation.Low, Internal: full, Example: "3600",
		Doc: "Seconds between two reads from a target, and how long a WebSocket may be silent.",
	})
	ProxyNextUpstream = declare(annotation.Words{Words: nextUpstreamWords}, annotation.Entry{
		Suffix: "proxy-next-upstream", Group: groupProxy, Default: "error timeout", ConfigMapKey: "proxy-next-upstream",
		Risk: annotation.Medium, Internal: full, Example: "error timeout http_502",
		Doc: "The failures after which another target is tried. POST, LOCK and PATCH are tried again only with " +
			"`non_idempotent`.",
	})
	ProxyNextUpstreamTimeout = declare(seconds(0), annotation.Entry{
		Suffix: "proxy-next-upstream-timeout", Group: groupProxy, Default: "0",
		ConfigMapKey: "proxy-next-upstream-timeout", Risk: annotation.Low, Internal: full, Example: "10",
		Doc: "Seconds in which further targets are tried; 0 is unlimited.",
	})
	ProxyNextUpstreamTries = declare(annotation.Int{Min: 0, Max: 1000}, annotation.Entry{
		Suffix: "proxy-next-upstream-tries", Group: groupProxy, Default: "3", ConfigMapKey: "proxy-next-upstream-tries",
		Risk: annotation.Low, Internal: full, Example: "2", Doc: "How many targets are tried in all; 0 is unlimited.",
	})
	ProxyRequestBuffering = declare(onOff(), annotation.Entry{
		Suffix: "proxy-request-buffering", Group: groupProxy, Default: "on", ConfigMapKey: "proxy-request-buffering",
		Risk: annotation.Low, Inert: off, Example: "off",
		Internal: partly("with on, the first 64 KiB are read before a target is chosen, and a longer body streams from there"),
		Doc: "With `on` a request body of up to 64 KiB is read before a target is chosen, and can be sent to a second one; " +
			"with `off` it is passed on as it comes.",
	})
	ProxyBufferSize = declare(annotation.Size{}, annotation.Entry{
		Suffix: "proxy-buffer-size", Group: groupProxy, ConfigMapKey: "proxy-buffer-size", Risk: annotation.Low,
		Internal: full, Example: "16k",
		Doc: "The largest head of a target's response; larger ones are answered with 502. Unset it is 16k, more than " +
			"ingress-nginx's 4k.",
	})
	ProxyBuffering = declare(onOff(), annotation.Entry{
		Suffix: "proxy-buffering", Group: groupProxy, Default: "off", ConfigMapKey: "proxy-buffering", Risk: annotation.Low,
		Internal: later, Inert: off, Example: "on", Doc: "Responses are buffered; without it they stream.",
	})
	ProxyBuffersNumber = declare(count(), annotation.Entry{
		Suffix: "proxy-buffers-number", Group: groupProxy, Default: "4", ConfigMapKey: "proxy-buffers-number",
		Risk: annotation.Low, Internal: noUse, Example: "8", Doc: "How many buffers a response may take.",
	})
	ProxyBusyBuffersSize = declare(annotation.Size{}, annotation.Entry{
		Suffix: "proxy-busy-buffers-size", Group: groupProxy, ConfigMapKey: "proxy-busy-buffers-size",
		Risk: annotation.Low, Internal: noUse, Example: "16k", Doc: "How much of the buffers may be on its way to the client.",
	})
	ProxyMaxTempFileSize = declare(annotation.Size{}, annotation.Entry{
		Suffix: "proxy-max-temp-file-size", Group: groupProxy, Default: "1024m", ConfigMapKey: "proxy-max-temp-file-size",
		Risk: annotation.Low, Internal: noUse, Example: "0", Doc: "How much of a response may be written to a file.",
	})
	ProxyHTTPVersion = declare(annotation.Enum{Words: []string{"1.0", "1.1"}}, annotation.Entry{
		Suffix: "proxy-http-version", Group: groupProxy, Default: "1.1", ConfigMapKey: "proxy-http-version",
		Risk: annotation.Low, Internal: later, Inert: []string{"1.1"}, Example: "1.1",
		Doc: "The HTTP version towards targets.",
	})
	ClientBodyBufferSize = declare(annotation.Size{}, annotation.Entry{
		Suffix: "client-body-buffer-size", Group: groupProxy, Default: "8k", ConfigMapKey: "client-body-buffer-size",
		Risk: annotation.Low, Internal: noUse, Example: "16k", Doc: "How much of a request body is kept in memory.",
	})
	ProxyCookieDomain = declare[[2]string](pairOrOff{}, annotation.Entry{
		Suffix: "proxy-cookie-domain", Group: groupProxy, Default: "off", ConfigMapKey: "proxy-cookie-domain",
		Risk: annotation.Medium, Internal: later, Inert: off, Example: "internal.example www.example.com",
		Doc: "Replaces the domain in the targets' cookies.",
	})
	ProxyCookiePath = declare[[2]string](pairOrOff{}, annotation.Entry{
		Suffix: "proxy-cookie-path", Group: groupProxy, Default: "off", ConfigMapKey: "proxy-cookie-path",
		Risk: annotation.Medium, Internal: later, Inert: off, Example: "/one/ /",
		Doc: "Replaces the path in the targets' cookies.",
	})
	ProxyRedirectFrom = declare(annotation.Chars{Also: urlVariable, What: "the beginning of a URL, off or default"}, annotation.Entry{
		Suffix: "proxy-redirect-from", Group: groupProxy, Default: "off", ConfigMapKey: "proxy-redirect-from",
		Risk: annotation.Medium, Internal: later, Inert: off, Example: "http://internal.example/",
		Doc: "The text that proxy-redirect-to replaces in Location and Refresh of the targets' responses.",
	})
	ProxyRedirectTo = declare(annotation.Chars{Also: urlVariable, What: "the beginning of a URL"}, annotation.Entry{
		Suffix: "proxy-redirect-to", Group: groupProxy, Default: "off", ConfigMapKey: "proxy-redirect-to",
		Risk: annotation.Medium, Internal: later, Inert: off, Example: "/", Doc: "See proxy-redirect-from.",
	})
	ConnectionProxyHeader = declare(annotation.Enum{Words: []string{"close", "keep-alive"}, FoldCase: true}, annotation.Entry{
		Suffix: "connection-proxy-header", Group: groupProxy, Risk: annotation.Low, Internal: later,
		OnInvalid: annotation.DropObject, Example: "keep-alive", Doc: "The Connection header towards targets.",
	})
	ServiceUpstream = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "service-upstream", Group: groupProxy, Scope: annotation.ScopeTargetGroup, Merge: annotation.MergeFirst,
		Default: "false", ConfigMapKey: "service-upstream", Risk: annotation.Low, Internal: later, Inert: falsy, Example: "true",
		Doc: "Requests go to the Service's cluster IP in place of its endpoints. Until it is carried out they go to the endpoints.",
	})
	FastCGIIndex = declare(basicText("the name of a file"), annotation.Entry{
		Suffix: "fastcgi-index", Group: groupProxy, Risk: annotation.Medium, Internal: later, Example: "index.php",
		Doc: "The file that is meant by a path that ends with a slash, for FastCGI targets.",
	})
	FastCGIParamsConfigMap = declare(annotation.Ref{Kind: "ConfigMap"}, annotation.Entry{
		Suffix: "fastcgi-params-configmap", Group: groupProxy, Risk: annotation.Medium, Internal: later,
		OnInvalid: annotation.DenyRule, Example: "shop/fastcgi", Doc: "Parameters for FastCGI targets.",
	})

	proxyKeys = []annotation.Declared{
		BackendProtocol, ProxyBodySize, ProxyConnectTimeout, ProxySendTimeout, ProxyReadTimeout, ProxyNextUpstream,
		ProxyNextUpstreamTimeout, ProxyNextUpstreamTries, ProxyRequestBuffering, ProxyBufferSize, ProxyBuffering,
		ProxyBuffersNumber, ProxyBusyBuffersSize, ProxyMaxTempFileSize, ProxyHTTPVersion, ClientBodyBufferSize,
		ProxyCookieDomain, ProxyCookiePath, ProxyRedirectFrom, ProxyRedirectTo, ConnectionProxyHeader, ServiceUpstream,
		FastCGIIndex, FastCGIParamsConfigMap,
	}
)
