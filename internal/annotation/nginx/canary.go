package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// Canaries. They are asked in the order header, cookie, weight.
var (
	Canary = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "canary", Group: groupCanary, Scope: annotation.ScopeObject, Default: "false", Risk: annotation.Low,
		Internal: full, Example: "true",
		Doc: "The Ingress takes a share of the requests of another Ingress with the same host, path and path type. All its " +
			"annotations but the canary ones and those about load balancing are ignored. The first canary of a path counts.",
	})
	CanaryByHeader = declare(annotation.HeaderName{}, annotation.Entry{
		Suffix: "canary-by-header", Group: groupCanary, Risk: annotation.Medium, Internal: full, Example: "X-Canary",
		Doc: "Requests with this header and the value `always` go to the canary, with `never` to the main backend.",
	})
	CanaryByHeaderValue = declare(annotation.Chars{Also: basic, What: "letters, digits and -._~/:"}, annotation.Entry{
		Suffix: "canary-by-header-value", Group: groupCanary, Risk: annotation.Medium, Internal: full, Example: "eu-west",
		Doc: "Requests whose canary-by-header has exactly this value go to the canary; `always` and `never` lose their meaning.",
	})
	CanaryByHeaderPattern = declare(annotation.Chars{
		Also: basic + `^$[](){}*+?|&=\`, What: "a regular expression (RE2 syntax, without look-around)",
	}, annotation.Entry{
		Suffix: "canary-by-header-pattern", Group: groupCanary, Risk: annotation.Medium, Internal: full, Example: "^eu-.*$",
		Doc: "Requests in whose canary-by-header this expression is found go to the canary. Ignored beside " +
			"canary-by-header-value. A faulty expression sends all requests with the header to the main backend.",
	})
	CanaryByCookie = declare(annotation.Chars{Also: basic, What: "the name of a cookie"}, annotation.Entry{
		Suffix: "canary-by-cookie", Group: groupCanary, Risk: annotation.Medium, Internal: full, Example: "canary",
		Doc: "Requests with this cookie and the value `always` go to the canary, with `never` to the main backend.",
	})
	CanaryWeight = declare(annotation.Int{Min: 0, Max: 1<<31 - 1}, annotation.Entry{
		Suffix: "canary-weight", Group: groupCanary, Default: "0", Risk: annotation.Low, Internal: full, Example: "10",
		Doc: "How many of canary-weight-total requests go to the canary, by chance.",
	})
	CanaryWeightTotal = declare(annotation.Int{Min: 0, Max: 1<<31 - 1}, annotation.Entry{
		Suffix: "canary-weight-total", Group: groupCanary, Default: "100", Risk: annotation.Low, Internal: full,
		Example: "1000", Doc: "What canary-weight is a part of; values up to 100 count as 100.",
	})

	canaryKeys = []annotation.Declared{
		Canary, CanaryByHeader, CanaryByHeaderValue, CanaryByHeaderPattern, CanaryByCookie, CanaryWeight, CanaryWeightTotal,
	}
)
