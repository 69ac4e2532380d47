package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// External authentication. Until it is carried out, a path that asks for it answers 503.
var (
	AuthURL = declare(annotation.URL{Schemes: []string{"http", "https"}, Variables: true}, annotation.Entry{
		Suffix: "auth-url", Group: groupExtAuth, Risk: annotation.High, OnInvalid: annotation.DenyRule, Internal: later,
		WhileUnsupported: annotation.DenyRule, Example: "http://auth.shop.svc.cluster.local/check",
		Doc: "Every request is shown to this URL first; 2xx lets it pass, 401 and 403 are the answer.",
	})
	AuthMethod = declare(annotation.Enum{
		Words: []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"},
	}, annotation.Entry{
		Suffix: "auth-method", Group: groupExtAuth, Default: "GET", Risk: annotation.Low, OnInvalid: annotation.DenyRule,
		Internal: later, Example: "POST", Doc: "The method of the request to auth-url.",
	})
	AuthSignin = declare(annotation.URL{Schemes: []string{"http", "https"}, Path: true, Variables: true}, annotation.Entry{
		Suffix: "auth-signin", Group: groupExtAuth, Risk: annotation.High, Internal: later,
		Example: "https://login.example.com/start", Doc: "Where a client without a login is sent.",
	})
	AuthSigninRedirectParam = declare(annotation.Chars{Also: urlChars, What: "the name of a query parameter"}, annotation.Entry{
		Suffix: "auth-signin-redirect-param", Group: groupExtAuth, Default: "rd", Risk: annotation.Medium, Internal: later,
		Example: "next", Doc: "The parameter of auth-signin that carries the URL to come back to.",
	})
	AuthResponseHeaders = declare(annotation.HeaderNames{}, annotation.Entry{
		Suffix: "auth-response-headers", Group: groupExtAuth, Risk: annotation.Medium, OnInvalid: annotation.DenyRule,
		Internal: later, Example: "X-Auth-User,X-Auth-Groups", Doc: "Headers of auth-url's answer that the target gets.",
	})
	AuthRequestRedirect = declare(annotation.Chars{Also: urlVariable, What: "a URL"}, annotation.Entry{
		Suffix: "auth-request-redirect", Group: groupExtAuth, Risk: annotation.Medium, OnInvalid: annotation.DenyRule,
		Internal: later, Example: "https://www.example.com/", Doc: "X-Auth-Request-Redirect towards auth-url.",
	})
	AuthProxySetHeaders = declare(annotation.Ref{Kind: "ConfigMap"}, annotation.Entry{
		Suffix: "auth-proxy-set-headers", Group: groupExtAuth, Risk: annotation.Medium, OnInvalid: annotation.DenyRule,
		Internal: later, Example: "shop/auth-headers", Doc: "Further headers towards auth-url.",
	})
	AuthAlwaysSetCookie = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "auth-always-set-cookie", Group: groupExtAuth, Default: "false", Risk: annotation.Low,
		OnInvalid: annotation.DenyRule, Internal: later, Inert: falsy, Example: "true",
		Doc: "Cookies of auth-url's answer go to the client whatever the target's status is.",
	})
	AuthCacheKey = declare(annotation.Chars{Also: variable, What: "text with variables"}, annotation.Entry{
		Suffix: "auth-cache-key", Group: groupExtAuth, Risk: annotation.Medium, Internal: later,
		Example: "$remote_user$http_authorization", Doc: "What answers of auth-url are remembered by.",
	})
	AuthCacheDuration = declare(annotation.Chars{Also: extended, What: "status codes and times, such as 200 202 401 5m"}, annotation.Entry{
		Suffix: "auth-cache-duration", Group: groupExtAuth, Default: "200 202 401 5m", Risk: annotation.Medium,
		OnInvalid: annotation.DenyRule, Internal: later, Example: "200 202 10m, 401 5m",
		Doc: "How long answers of auth-url are remembered.",
	})
	AuthKeepalive = declare(count(), annotation.Entry{
		Suffix: "auth-keepalive", Group: groupExtAuth, Default: "0", Risk: annotation.Low, Internal: later,
		Inert: []string{"0"}, Example: "10", Doc: "How many connections to auth-url are kept.",
	})
	AuthKeepaliveShareVars = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "auth-keepalive-share-vars", Group: groupExtAuth, Default: "false", Risk: annotation.Low, Internal: later,
		Inert: falsy, Example: "true", Doc: "Variables are shared with the request to auth-url.",
	})
	AuthKeepaliveRequests = declare(count(), annotation.Entry{
		Suffix: "auth-keepalive-requests", Group: groupExtAuth, Default: "1000", Risk: annotation.Low, Internal: later,
		Inert: []string{"1000"}, Example: "100", Doc: "How many requests a connection to auth-url carries.",
	})
	AuthKeepaliveTimeout = declare(seconds(0), annotation.Entry{
		Suffix: "auth-keepalive-timeout", Group: groupExtAuth, Default: "60", Risk: annotation.Low, Internal: later,
		Inert: []string{"60"}, Example: "30", Doc: "Seconds that a connection to auth-url is kept.",
	})
	EnableGlobalAuth = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "enable-global-auth", Group: groupExtAuth, Default: "true", Risk: annotation.Low, Internal: later,
		Inert: []string{"true", "false"}, Example: "false",
		Doc: "With `false` the controller's global-auth-url is not asked.",
	})

	extAuthKeys = []annotation.Declared{
		AuthURL, AuthMethod, AuthSignin, AuthSigninRedirectParam, AuthResponseHeaders, AuthRequestRedirect,
		AuthProxySetHeaders, AuthAlwaysSetCookie, AuthCacheKey, AuthCacheDuration, AuthKeepalive, AuthKeepaliveShareVars,
		AuthKeepaliveRequests, AuthKeepaliveTimeout, EnableGlobalAuth,
	}
)
