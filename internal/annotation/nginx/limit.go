package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

var zero = []string{"0"}

// Rate limits. Until they are carried out, a path that asks for a limit answers 503; bandwidth is left unlimited.
var (
	LimitRPS = declare(count(), annotation.Entry{
		Suffix: "limit-rps", Group: groupLimits, Risk: annotation.Low, OnInvalid: annotation.DenyRule, Internal: later,
		WhileUnsupported: annotation.DenyRule, Inert: zero, Example: "10", Doc: "Requests per second and client.",
	})
	LimitRPM = declare(count(), annotation.Entry{
		Suffix: "limit-rpm", Group: groupLimits, Risk: annotation.Low, OnInvalid: annotation.DenyRule, Internal: later,
		WhileUnsupported: annotation.DenyRule, Inert: zero, Example: "300", Doc: "Requests per minute and client.",
	})
	LimitBurstMultiplier = declare(count(), annotation.Entry{
		Suffix: "limit-burst-multiplier", Group: groupLimits, Default: "5", Risk: annotation.Low,
		OnInvalid: annotation.DropObject, Internal: later, Inert: []string{"5"}, Example: "3",
		Doc: "How many times the limit may come at once.",
	})
	LimitConnections = declare(count(), annotation.Entry{
		Suffix: "limit-connections", Group: groupLimits, Risk: annotation.Low, OnInvalid: annotation.DenyRule,
		Internal: later, WhileUnsupported: annotation.DenyRule, Inert: zero, Example: "20",
		Doc: "Requests of one client that are answered at the same time.",
	})
	LimitAllowlist = declare(annotation.Sources{}, annotation.Entry{
		Suffix: "limit-allowlist", Aliases: []string{"limit-whitelist"}, Group: groupLimits, Risk: annotation.Low,
		OnInvalid: annotation.DropObject, Internal: later, Example: "10.0.0.0/8", Doc: "Clients without limits.",
	})
	LimitRate = declare(count(), annotation.Entry{
		Suffix: "limit-rate", Group: groupLimits, Default: "0", ConfigMapKey: "limit-rate", Risk: annotation.Low,
		OnInvalid: annotation.DropObject, Internal: later, Inert: zero, Example: "100",
		Doc: "KiB per second of a response.",
	})
	LimitRateAfter = declare(count(), annotation.Entry{
		Suffix: "limit-rate-after", Group: groupLimits, Default: "0", ConfigMapKey: "limit-rate-after",
		Risk: annotation.Low, OnInvalid: annotation.DropObject, Internal: later, Inert: zero, Example: "1024",
		Doc: "KiB of a response before limit-rate begins.",
	})

	limitKeys = []annotation.Declared{
		LimitRPS, LimitRPM, LimitBurstMultiplier, LimitConnections, LimitAllowlist, LimitRate, LimitRateAfter,
	}
)
