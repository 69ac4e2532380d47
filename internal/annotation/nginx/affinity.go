package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// Session affinity.
var (
	Affinity = declare(annotation.Enum{Words: []string{"cookie"}}, annotation.Entry{
		Suffix: "affinity", Group: groupAffinity, Risk: annotation.Low, Internal: full, Example: "cookie",
		Doc: "A client stays with the target of its first request.",
	})
	AffinityMode = declare(annotation.Enum{Words: []string{"balanced", "persistent"}}, annotation.Entry{
		Suffix: "affinity-mode", Group: groupAffinity, Default: "balanced", Risk: annotation.Medium, Internal: full,
		Example: "persistent", Doc: "Whether some clients move when targets are added.",
	})
	AffinityCanaryBehavior = declare(annotation.Enum{Words: []string{"sticky", "legacy"}}, annotation.Entry{
		Suffix: "affinity-canary-behavior", Group: groupAffinity, Default: "sticky", Risk: annotation.Low, Internal: full,
		Example: "legacy", Doc: "With `sticky`, a client that got the canary or the main backend stays there, whatever the canary's rules say. With " +
			"`legacy`, the canary's rules decide for clients without a cookie of the main backend. It may stand on the main " +
			"Ingress or on the canary.",
	})
	SessionCookieName = declare(basicText("the name of a cookie"), annotation.Entry{
		Suffix: "session-cookie-name", Group: groupAffinity, Default: "INGRESSCOOKIE", Risk: annotation.Medium,
		Internal: full, Example: "route", Doc: "The name of the cookie.",
	})
	SessionCookiePath = declare(annotation.Chars{Also: urlChars, What: "a path"}, annotation.Entry{
		Suffix: "session-cookie-path", Group: groupAffinity, Risk: annotation.Medium, Internal: full, Example: "/",
		Doc: "The path of the cookie; the Ingress path when not set.",
	})
	SessionCookieDomain = declare(basicText("a domain"), annotation.Entry{
		Suffix: "session-cookie-domain", Group: groupAffinity, Risk: annotation.Medium, Internal: full,
		Example: "example.com", Doc: "The domain of the cookie.",
	})
	SessionCookieExpires = declare(annotation.Int{Min: -1 << 31, Max: 1<<31 - 1}, annotation.Entry{
		Suffix: "session-cookie-expires", Group: groupAffinity, Risk: annotation.Medium, Internal: full, Example: "172800",
		Doc: "Seconds until the cookie expires, as its Expires.",
	})
	SessionCookieMaxAge = declare(annotation.Int{Min: -1 << 31, Max: 1<<31 - 1}, annotation.Entry{
		Suffix: "session-cookie-max-age", Group: groupAffinity, Risk: annotation.Medium, Internal: full, Example: "172800",
		Doc: "Seconds until the cookie expires, as its Max-Age.",
	})
	SessionCookieSameSite = declare(annotation.Enum{Words: []string{"None", "Lax", "Strict"}, FoldCase: true}, annotation.Entry{
		Suffix: "session-cookie-samesite", Group: groupAffinity, Risk: annotation.Low, Internal: full, Example: "Lax",
		Doc: "The SameSite attribute of the cookie.",
	})
	SessionCookieConditionalSameSiteNone = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "session-cookie-conditional-samesite-none", Group: groupAffinity, Default: "false", Risk: annotation.Low,
		Internal: full, Example: "true", Doc: "Leaves SameSite=None out for browsers that cannot take it.",
	})
	SessionCookieSecure = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "session-cookie-secure", Group: groupAffinity, Risk: annotation.Low, Internal: full,
		Example: "true", Doc: "The cookie is Secure on plain HTTP too.",
	})
	SessionCookiePartitioned = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "session-cookie-partitioned", Group: groupAffinity, Default: "false", Risk: annotation.Low, Internal: full,
		Example: "true", Doc: "The cookie is Partitioned.",
	})
	SessionCookieChangeOnFailure = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "session-cookie-change-on-failure", Group: groupAffinity, Default: "false", Risk: annotation.Low,
		Internal: full, Example: "true", Doc: "A client whose target failed is moved for good.",
	})

	affinityKeys = []annotation.Declared{
		Affinity, AffinityMode, AffinityCanaryBehavior, SessionCookieName, SessionCookiePath, SessionCookieDomain,
		SessionCookieExpires, SessionCookieMaxAge, SessionCookieSameSite, SessionCookieConditionalSameSiteNone,
		SessionCookieSecure, SessionCookiePartitioned, SessionCookieChangeOnFailure,
	}
)
