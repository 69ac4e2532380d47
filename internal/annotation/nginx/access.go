package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// everyone is the list that cert-manager sets on the Ingress of its solver; it restricts nothing.
var everyone = []string{"0.0.0.0/0,::/0", "0.0.0.0/0", "::/0"}

// Access control. Until it is carried out, a path that asks for it answers 503.
var (
	AllowlistSourceRange = declare(annotation.Sources{}, annotation.Entry{
		Suffix: "allowlist-source-range", Aliases: []string{"whitelist-source-range"}, Group: groupAccess,
		ConfigMapKey: "whitelist-source-range", Risk: annotation.Medium, OnInvalid: annotation.DenyRule, Internal: later,
		WhileUnsupported: annotation.DenyRule, Inert: everyone[:1], Example: "10.0.0.0/8,192.168.1.7",
		Doc: "Clients that are not in the list get 403.",
	})
	DenylistSourceRange = declare(annotation.Sources{}, annotation.Entry{
		Suffix: "denylist-source-range", Group: groupAccess, ConfigMapKey: "denylist-source-range", Risk: annotation.Medium,
		OnInvalid: annotation.DenyRule, Internal: later, WhileUnsupported: annotation.DenyRule, Example: "203.0.113.0/24",
		Doc: "Clients that are in the list get 403.",
	})
	Satisfy = declare(annotation.Enum{Words: []string{"any", "all"}}, annotation.Entry{
		Suffix: "satisfy", Group: groupAccess, Default: "all", Risk: annotation.Low, OnInvalid: annotation.DenyRule,
		Internal: later, WhileUnsupported: annotation.DenyRule, Inert: []string{"all"}, Example: "any",
		Doc: "Whether one of allow-list, basic and external authentication is enough, or all are needed.",
	})

	accessKeys = []annotation.Declared{AllowlistSourceRange, DenylistSourceRange, Satisfy}
)
