package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// TLS towards targets. All of them need proxy-ssl-secret to have an effect in ingress-nginx.
var (
	ProxySSLSecret = declare(annotation.Ref{Kind: "Secret", Qualified: true}, annotation.Entry{
		Suffix: "proxy-ssl-secret", Group: groupProxySSL, Scope: annotation.ScopeHost, Risk: annotation.Medium,
		OnInvalid: annotation.DenyRule, Internal: later, Example: "shop/target-tls",
		Doc: "The certificate shown to targets (`tls.crt`, `tls.key`) and the authority of theirs (`ca.crt`).",
	})
	ProxySSLVerify = declare(onOff(), annotation.Entry{
		Suffix: "proxy-ssl-verify", Group: groupProxySSL, Scope: annotation.ScopeHost, Default: "off",
		Risk: annotation.Low, OnInvalid: annotation.DenyRule, Internal: later, WhileUnsupported: annotation.DenyRule,
		Inert: off, Example: "on", Doc: "The targets' certificates are verified.",
	})
	ProxySSLVerifyDepth = declare(count(), annotation.Entry{
		Suffix: "proxy-ssl-verify-depth", Group: groupProxySSL, Scope: annotation.ScopeHost, Default: "1",
		Risk: annotation.Low, Internal: later, Inert: []string{"1"}, Example: "2",
		Doc: "How long the chain of a target's certificate may be.",
	})
	ProxySSLCiphers = declare(annotation.Chars{Also: "-_:!+@=.", What: "a list of cipher names as OpenSSL writes it"}, annotation.Entry{
		Suffix: "proxy-ssl-ciphers", Group: groupProxySSL, Scope: annotation.ScopeHost, Default: "DEFAULT",
		Risk: annotation.Medium, Internal: later, Inert: []string{"DEFAULT"}, Example: "HIGH:!aNULL",
		Doc: "The ciphers offered to targets.",
	})
	ProxySSLProtocols = declare(annotation.Words{
		Words: []string{"SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"},
	}, annotation.Entry{
		Suffix: "proxy-ssl-protocols", Group: groupProxySSL, Scope: annotation.ScopeHost, Default: "TLSv1.2",
		Risk: annotation.Low, Internal: later, Example: "TLSv1.2 TLSv1.3", Doc: "The TLS versions offered to targets.",
	})
	ProxySSLName = declare(basicText("a server name"), annotation.Entry{
		Suffix: "proxy-ssl-name", Group: groupProxySSL, Scope: annotation.ScopeHost, Risk: annotation.High, Internal: later,
		Example: "internal.example", Doc: "The name in the targets' certificates.",
	})
	ProxySSLServerName = declare(onOff(), annotation.Entry{
		Suffix: "proxy-ssl-server-name", Group: groupProxySSL, Scope: annotation.ScopeHost, Default: "off",
		Risk: annotation.Low, Internal: later, Inert: off, Example: "on", Doc: "The name is sent to targets (SNI).",
	})

	proxySSLKeys = []annotation.Declared{
		ProxySSLSecret, ProxySSLVerify, ProxySSLVerifyDepth, ProxySSLCiphers, ProxySSLProtocols, ProxySSLName,
		ProxySSLServerName,
	}
)
