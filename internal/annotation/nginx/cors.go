package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// CORS. Without it browsers keep scripts of other origins out, so leaving it out is safe.
var (
	EnableCORS = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "enable-cors", Group: groupCORS, Default: "false", Risk: annotation.Low, Internal: later, Inert: falsy,
		Example: "true", Doc: "Answers preflight requests and sets CORS headers.",
	})
	CORSAllowOrigin = declare(annotation.Chars{Also: extended + "*", What: "a comma-separated list of origins, or *"}, annotation.Entry{
		Suffix: "cors-allow-origin", Group: groupCORS, Default: "*", Risk: annotation.Medium, Internal: later,
		Example: "https://*.example.com, https://example.net", Doc: "The origins that are let in.",
	})
	CORSAllowMethods = declare(annotation.Chars{Also: ", ", What: "a comma-separated list of methods"}, annotation.Entry{
		Suffix: "cors-allow-methods", Group: groupCORS, Default: "GET, PUT, POST, DELETE, PATCH, OPTIONS",
		Risk: annotation.Medium, Internal: later, Example: "GET, POST", Doc: "Access-Control-Allow-Methods.",
	})
	CORSAllowHeaders = declare(annotation.Chars{Also: headerChars, What: "a comma-separated list of header names"}, annotation.Entry{
		Suffix: "cors-allow-headers", Group: groupCORS, Risk: annotation.Medium, Internal: later,
		Default: "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization",
		Example: "Authorization, Content-Type", Doc: "Access-Control-Allow-Headers.",
	})
	CORSExposeHeaders = declare(annotation.HeaderNames{Star: true}, annotation.Entry{
		Suffix: "cors-expose-headers", Group: groupCORS, Risk: annotation.Medium, Internal: later,
		Example: "X-Total-Count", Doc: "Access-Control-Expose-Headers.",
	})
	CORSAllowCredentials = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "cors-allow-credentials", Group: groupCORS, Default: "true", Risk: annotation.Low, Internal: later,
		Example: "false", Doc: "Access-Control-Allow-Credentials.",
	})
	CORSMaxAge = declare(count(), annotation.Entry{
		Suffix: "cors-max-age", Group: groupCORS, Default: "1728000", Risk: annotation.Low, Internal: later, Example: "600",
		Doc: "Access-Control-Max-Age in seconds.",
	})

	corsKeys = []annotation.Declared{
		EnableCORS, CORSAllowOrigin, CORSAllowMethods, CORSAllowHeaders, CORSExposeHeaders, CORSAllowCredentials, CORSMaxAge,
	}
)
