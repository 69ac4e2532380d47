package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// Web application firewall. Until it is carried out, a path that asks for it answers 503.
var (
	EnableModSecurity = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "enable-modsecurity", Group: groupWAF, ConfigMapKey: "enable-modsecurity", Risk: annotation.Low,
		OnInvalid: annotation.DenyRule, Internal: later, WhileUnsupported: annotation.DenyRule, Inert: falsy, Example: "true",
		Doc: "Requests are inspected by ModSecurity's rules.",
	})
	EnableOWASPCoreRules = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "enable-owasp-core-rules", Group: groupWAF, ConfigMapKey: "enable-owasp-modsecurity-crs",
		Risk: annotation.Low, OnInvalid: annotation.DenyRule, Internal: later, WhileUnsupported: annotation.DenyRule,
		Inert: falsy, Example: "true", Doc: "The OWASP core rule set is loaded.",
	})
	ModSecurityTransactionID = declare(annotation.Chars{Also: variable, What: "text with variables"}, annotation.Entry{
		Suffix: "modsecurity-transaction-id", Group: groupWAF, Risk: annotation.High, Internal: later,
		Example: "$request_id", Doc: "The id in ModSecurity's log.",
	})
	ModSecuritySnippet = declare(annotation.Verbatim{What: "ModSecurity directives"}, annotation.Entry{
		Suffix: "modsecurity-snippet", Group: groupWAF, ConfigMapKey: "modsecurity-snippet", Risk: annotation.Critical,
		Internal: later, WhileUnsupported: annotation.DenyRule, Example: "SecRuleEngine On",
		Doc: "Rules of one's own.",
	})

	wafKeys = []annotation.Declared{EnableModSecurity, EnableOWASPCoreRules, ModSecurityTransactionID, ModSecuritySnippet}
)
