package nginx

import (
	"errors"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// TLS towards clients. Client certificates are asked for per host: until that is carried out, a host for which any
// Ingress asks for them answers 503 on all its paths.
var (
	AuthTLSSecret = declare(annotation.Ref{Kind: "Secret", Qualified: true}, annotation.Entry{
		Suffix: "auth-tls-secret", Group: groupClientTLS, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Risk: annotation.Medium, OnInvalid: annotation.DenyRule, Internal: later, WhileUnsupported: annotation.DenyRule,
		Example: "shop/client-ca", Doc: "The Secret with the authority (`ca.crt`) that signs the clients' certificates.",
	})
	AuthTLSVerifyClient = declare(annotation.Enum{
		Words: []string{"on", "off", "optional", "optional_no_ca"},
	}, annotation.Entry{
		Suffix: "auth-tls-verify-client", Group: groupClientTLS, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Default: "on", Risk: annotation.Medium, OnInvalid: annotation.DenyRule, Internal: later,
		WhileUnsupported: annotation.DenyRule, Inert: off, Example: "optional",
		Doc: "Whether a client needs a certificate.",
	})
	AuthTLSVerifyDepth = declare(count(), annotation.Entry{
		Suffix: "auth-tls-verify-depth", Group: groupClientTLS, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Default: "1", Risk: annotation.Low, Internal: later, Example: "2",
		Doc: "How long the chain of a client's certificate may be.",
	})
	AuthTLSErrorPage = declare(annotation.Chars{Also: urlVariable + "@", What: "a URL, a path, or @ and a name"}, annotation.Entry{
		Suffix: "auth-tls-error-page", Group: groupClientTLS, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Risk: annotation.High, OnInvalid: annotation.DenyRule, Internal: later, WhileUnsupported: annotation.DenyRule,
		Example: "https://www.example.com/no-certificate", Doc: "Where a client without a good certificate is sent.",
	})
	AuthTLSPassCertificate = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "auth-tls-pass-certificate-to-upstream", Group: groupClientTLS, Default: "false", Risk: annotation.Low,
		OnInvalid: annotation.DenyRule, Internal: later, WhileUnsupported: annotation.DenyRule, Inert: falsy, Example: "true",
		Doc: "The target gets the client's certificate in `ssl-client-cert`.",
	})
	AuthTLSMatchCN = declare[string](matchCN{}, annotation.Entry{
		Suffix: "auth-tls-match-cn", Group: groupClientTLS, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Risk: annotation.High, OnInvalid: annotation.DenyRule, Internal: later, WhileUnsupported: annotation.DenyRule,
		Example: "CN=shop-.*", Doc: "Only clients whose subject holds this expression are let in.",
	})
	SSLCiphers = declare(annotation.Chars{Also: "-_:!+@=.", What: "a list of cipher names as OpenSSL writes it"}, annotation.Entry{
		Suffix: "ssl-ciphers", Group: groupClientTLS, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		ConfigMapKey: "ssl-ciphers", Risk: annotation.Low, Internal: later, Example: "ALL:!aNULL",
		Doc: "The ciphers of TLS 1.2 that are offered.",
	})
	SSLPreferServerCiphers = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "ssl-prefer-server-ciphers", Group: groupClientTLS, Scope: annotation.ScopeHost,
		Merge: annotation.MergeFirst, ConfigMapKey: "ssl-prefer-server-ciphers", Risk: annotation.Low, Internal: noUse,
		Inert: []string{"true"}, Example: "true", Doc: "The server's order of ciphers counts. It always does here.",
	})
	SSLPassthrough = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "ssl-passthrough", Group: groupClientTLS, Scope: annotation.ScopeHost, Default: "false",
		Risk: annotation.Low, Internal: later, Inert: falsy, Example: "true",
		Doc: "TLS goes to the target undecrypted. Until it is carried out TLS ends here, as in ingress-nginx without " +
			"its flag for it.",
	})
	HTTP2PushPreload = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "http2-push-preload", Group: groupClientTLS, Default: "false", Risk: annotation.Low, Internal: noUse,
		Inert: falsy, Example: "false", Doc: "Obsolete: browsers no longer take pushed responses.",
	})

	clientTLSKeys = []annotation.Declared{
		AuthTLSSecret, AuthTLSVerifyClient, AuthTLSVerifyDepth, AuthTLSErrorPage, AuthTLSPassCertificate, AuthTLSMatchCN,
		SSLCiphers, SSLPreferServerCiphers, SSLPassthrough, HTTP2PushPreload,
	}
)

// matchCN is "CN=" with a regular expression.
type matchCN struct{}

// Parse checks the expression.
func (matchCN) Parse(raw string) (string, error) {
	expr, ok := strings.CutPrefix(raw, "CN=")
	if !ok || expr == "" {
		return "", errors.New("it does not begin with CN= and an expression")
	}
	if err := annotation.CheckRegex(expr); err != nil {
		return "", err
	}
	return raw, nil
}

// Format is the text.
func (matchCN) Format(v string) string { return v }

// Expected describes the text.
func (matchCN) Expected() string { return "CN= and a regular expression" }
