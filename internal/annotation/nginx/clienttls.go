package nginx

import (
	"errors"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// TLS towards clients. What is said about certificates of clients holds for the whole host: for the paths of all Ingresses
// that serve it.
var (
	AuthTLSSecret = declare(annotation.Ref{Kind: "Secret", Qualified: true}, annotation.Entry{
		Suffix: "auth-tls-secret", Group: groupClientTLS, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Risk: annotation.Medium, OnInvalid: annotation.DenyRule, Internal: full, Example: "shop/client-ca",
		Doc: "The Secret with the authority (`ca.crt`) that signs the clients' certificates, and its revocation list " +
			"(`ca.crl`) if it has one. A Secret that is missing or cannot be read closes the host: everything is answered 403.",
	})
	AuthTLSVerifyClient = declare(annotation.Enum{
		Words: []string{"on", "off", "optional", "optional_no_ca"},
	}, annotation.Entry{
		Suffix: "auth-tls-verify-client", Group: groupClientTLS, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Default: "on", Risk: annotation.Medium, OnInvalid: annotation.DenyRule, Internal: full, Example: "optional",
		Doc: "Whether a client needs a certificate: `on` answers 400 without a good one, `optional` with a bad one, " +
			"`optional_no_ca` never. Plain HTTP is not looked at, and connections made for another host get 421.",
	})
	AuthTLSVerifyDepth = declare(count(), annotation.Entry{
		Suffix: "auth-tls-verify-depth", Group: groupClientTLS, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Default: "1", Risk: annotation.Low, Internal: full, Example: "2",
		Doc: "How many authorities may stand between a client's certificate and the one in the Secret.",
	})
	AuthTLSErrorPage = declare(annotation.Chars{Also: urlVariable + "@", What: "a URL, a path, or @ and a name"}, annotation.Entry{
		Suffix: "auth-tls-error-page", Group: groupClientTLS, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Risk: annotation.High, OnInvalid: annotation.DenyRule,
		Internal: partly("only whole URLs without variables are carried out; with others the answer is 400"),
		Example:  "https://www.example.com/no-certificate", Doc: "Where a client without a good certificate is sent, by 302.",
	})
	AuthTLSPassCertificate = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "auth-tls-pass-certificate-to-upstream", Group: groupClientTLS, Default: "false", Risk: annotation.Low,
		OnInvalid: annotation.DenyRule, Internal: full, Example: "true",
		Doc: "The target gets the client's certificate in `ssl-client-cert`, percent-encoded.",
	})
	AuthTLSMatchCN = declare[string](matchCN{}, annotation.Entry{
		Suffix: "auth-tls-match-cn", Group: groupClientTLS, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Risk: annotation.High, OnInvalid: annotation.DenyRule, Internal: full, Example: "CN=shop-.*",
		Doc: "Only clients whose subject holds this expression are let in; others get 403, over plain HTTP too.",
	})
	SSLCiphers = declare(annotation.Chars{Also: "-_:!+@=.", What: "a list of cipher names as OpenSSL writes it"}, annotation.Entry{
		Suffix: "ssl-ciphers", Group: groupClientTLS, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Risk: annotation.Low, Internal: full, Example: "ALL:!aNULL",
		Doc: "The ciphers of TLS 1.2 and before that are offered to clients that ask for the host (SNI), in place of those of " +
			"the ConfigMap's key of this name, and read in the same way. TLS 1.3 keeps its own, as it does with OpenSSL.",
	})
	SSLPreferServerCiphers = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "ssl-prefer-server-ciphers", Group: groupClientTLS, Scope: annotation.ScopeHost,
		Merge: annotation.MergeFirst, ConfigMapKey: "ssl-prefer-server-ciphers", Risk: annotation.Low, Internal: ownOrder,
		Inert: []string{"true"}, Example: "true", Doc: "The server's order of ciphers counts. It always does here: the " +
			"strongest that both sides know is taken.",
	})
	SSLPassthrough = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "ssl-passthrough", Group: groupClientTLS, Scope: annotation.ScopeHost, Default: "false",
		Risk: annotation.Low, Internal: full, Example: "true",
		Doc: "TLS connections that ask for the host (SNI) go undecrypted to the Service behind its path `/`; no other " +
			"annotation has a say in them. Plain HTTP is served as without it, and spoken to that Service in TLS. The " +
			"controller has to run with `--enable-ssl-passthrough`; without it TLS ends here.",
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
