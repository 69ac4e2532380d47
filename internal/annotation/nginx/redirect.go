package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// Redirects.
var (
	PermanentRedirect = declare(annotation.URL{Schemes: []string{"http", "https"}, Path: true}, annotation.Entry{
		Suffix: "permanent-redirect", Group: groupRedirect, Risk: annotation.Medium, Internal: full,
		OnInvalid: annotation.DropObject, Example: "https://www.example.com/new",
		Doc: "Every request is answered with a redirect to exactly this URL, before the redirect to HTTPS and before any login.",
	})
	PermanentRedirectCode = declare(annotation.Int{Min: 300, Max: 308}, annotation.Entry{
		Suffix: "permanent-redirect-code", Group: groupRedirect, Default: "301", Risk: annotation.Low, Internal: full,
		Example: "308", Doc: "The status code of permanent-redirect.",
	})
	TemporalRedirect = declare(annotation.URL{Schemes: []string{"http", "https"}}, annotation.Entry{
		Suffix: "temporal-redirect", Group: groupRedirect, Risk: annotation.Medium, Internal: full,
		OnInvalid: annotation.DropObject, Example: "https://maintenance.example.com",
		Doc: "Like permanent-redirect with 302; it wins when both are set.",
	})
	TemporalRedirectCode = declare(annotation.Int{Min: 300, Max: 307}, annotation.Entry{
		Suffix: "temporal-redirect-code", Group: groupRedirect, Default: "302", Risk: annotation.Low, Internal: full,
		Example: "307", Doc: "The status code of temporal-redirect.",
	})
	RelativeRedirects = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "relative-redirects", Group: groupRedirect, Default: "false", ConfigMapKey: "relative-redirects",
		Risk: annotation.Low, Internal: later, Inert: falsy, Example: "true",
		Doc: "Redirects that the proxy makes itself carry a path alone in Location.",
	})
	FromToWWWRedirect = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "from-to-www-redirect", Group: groupRedirect, Scope: annotation.ScopeHost, Default: "false",
		Risk: annotation.Low, Internal: later, Inert: falsy, Example: "true",
		Doc: "The name with or without `www.` redirects to the host.",
	})
	SSLRedirect = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "ssl-redirect", Group: groupRedirect, Default: "true", ConfigMapKey: "ssl-redirect", Risk: annotation.Low,
		Internal: full, Example: "false",
		Doc: "Plain HTTP is redirected to HTTPS (308) when the host, or a wildcard host above it, has a `tls` entry, even if the " +
			"entry's Secret does not exist yet.",
	})
	ForceSSLRedirect = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "force-ssl-redirect", Group: groupRedirect, Default: "false", ConfigMapKey: "force-ssl-redirect",
		Risk: annotation.Medium, Internal: full, Example: "true",
		Doc: "Plain HTTP is redirected to HTTPS even if the host has no certificate here.",
	})
	PreserveTrailingSlash = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "preserve-trailing-slash", Group: groupRedirect, Default: "false",
		ConfigMapKey: "preserve-trailing-slash", Risk: annotation.Medium, Internal: full, Example: "true",
		Doc: "The redirect to HTTPS keeps a slash at the end of the URL, which is cut otherwise.",
	})
	UsePortInRedirects = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "use-port-in-redirects", Group: groupRedirect, Default: "false", ConfigMapKey: "use-port-in-redirects",
		Risk: annotation.Low, Internal: partly("only the redirect to HTTPS carries the port"), Example: "true",
		Doc: "The redirect to HTTPS names the HTTPS port.",
	})

	redirectKeys = []annotation.Declared{
		PermanentRedirect, PermanentRedirectCode, TemporalRedirect, TemporalRedirectCode, RelativeRedirects,
		FromToWWWRedirect, SSLRedirect, ForceSSLRedirect, PreserveTrailingSlash, UsePortInRedirects,
	}
)
