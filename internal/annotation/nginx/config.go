package nginx

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/model"
)

// kindConfigMap is where the keys of this file sit.
const kindConfigMap annotation.Kind = "ConfigMap"

// Keys of the controller's ConfigMap that no annotation has. Those that an annotation has too are its ConfigMapKey.
var (
	HTTPRedirectCode = config(annotation.Int{Min: 301, Max: 308}, annotation.Entry{
		Suffix: "http-redirect-code", Default: "308", Internal: full, Example: "301",
		Doc: "The status code of the redirect to HTTPS: 301, 302, 307 or 308.",
	})
	NoTLSRedirectLocations = config[[]string](textList{"path prefixes"}, annotation.Entry{
		Suffix: "no-tls-redirect-locations", Default: "/.well-known/acme-challenge", Internal: full, Example: "/plain",
		Doc: "Ingress paths that begin with one of these are not redirected to HTTPS.",
	})
	NoAuthLocations = config[[]string](textList{"path prefixes"}, annotation.Entry{
		Suffix: "no-auth-locations", Default: "/.well-known/acme-challenge", Internal: full, Example: "/health",
		Doc: "Ingress paths that begin with one of these ask for no login.",
	})
	HSTS = config(annotation.Bool{}, annotation.Entry{
		Suffix: "hsts", Default: "true", Internal: full, Example: "false",
		Doc: "HTTPS responses of hosts with a `tls` entry carry Strict-Transport-Security.",
	})
	HSTSMaxAge = config(annotation.Int{Min: 0, Max: 1 << 40}, annotation.Entry{
		Suffix: "hsts-max-age", Default: "31536000", Internal: full, Example: "86400", Doc: "Its max-age in seconds.",
	})
	HSTSIncludeSubdomains = config(annotation.Bool{}, annotation.Entry{
		Suffix: "hsts-include-subdomains", Default: "true", Internal: full, Example: "false", Doc: "Its includeSubDomains.",
	})
	HSTSPreload = config(annotation.Bool{}, annotation.Entry{
		Suffix: "hsts-preload", Default: "false", Internal: full, Example: "true", Doc: "Its preload.",
	})
	RetryNonIdempotent = config(annotation.Bool{}, annotation.Entry{
		Suffix: "retry-non-idempotent", Default: "false", Internal: full, Example: "true",
		Doc: "POST, LOCK and PATCH are tried again too.",
	})
	SSLProtocols = config[[]string](tlsProtocols{}, annotation.Entry{
		Suffix: "ssl-protocols", Default: "TLSv1.2 TLSv1.3", Internal: full, Example: "TLSv1.3",
		Doc: "The versions of TLS that clients may speak: TLSv1, TLSv1.1, TLSv1.2, TLSv1.3. Gaps between the lowest and the highest are filled.",
	})
	ConfigSSLCiphers = config(annotation.Chars{Also: "-_:!+@=., ", What: "a list of cipher names as OpenSSL writes it"}, annotation.Entry{
		Suffix: "ssl-ciphers", Internal: full, Example: "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
		Doc: "The ciphers of TLS 1.2 and before that are offered, with the words and signs of OpenSSL's lists; what is not spoken here " +
			"(DHE, for example) is named in a diagnostic. When nothing is left the usual ciphers are offered. Their order is " +
			"the proxy's own, and those of TLS 1.3 are always offered.",
	})
	UseForwardedHeaders = config(annotation.Bool{}, annotation.Entry{
		Suffix: "use-forwarded-headers", Default: "false", Internal: full, Example: "true",
		Doc: "X-Forwarded-* of the client is believed: there is another proxy in front.",
	})
	ComputeFullForwardedFor = config(annotation.Bool{}, annotation.Entry{
		Suffix: "compute-full-forwarded-for", Default: "false", Internal: full, Example: "true",
		Doc: "The client's X-Forwarded-For is continued in place of replaced.",
	})
	ForwardedForHeader = config(annotation.HeaderName{}, annotation.Entry{
		Suffix: "forwarded-for-header", Default: "X-Forwarded-For", Internal: full, Example: "CF-Connecting-IP",
		Doc: "The header that the client's address is taken from.",
	})
	EnableRealIP = config(annotation.Bool{}, annotation.Entry{
		Suffix: "enable-real-ip", Default: "false", Internal: full, Example: "true",
		Doc: "The client's address is taken from forwarded-for-header.",
	})
	ProxyRealIPCIDR = config(annotation.Sources{}, annotation.Entry{
		Suffix: "proxy-real-ip-cidr", Default: "0.0.0.0/0", Internal: full, Example: "10.0.0.0/8",
		Doc: "The proxies in front that are believed.",
	})
	UseProxyProtocol = config(annotation.Bool{}, annotation.Entry{
		Suffix: "use-proxy-protocol", Default: "false", Internal: full, Example: "true",
		Doc: "Every connection has to begin with a header of the PROXY protocol, version 1 or 2; others are closed. What it says " +
			"about the client is believed from peers in proxy-real-ip-cidr.",
	})
	ProxyProtocolHeaderTimeout = config[time.Duration](duration{}, annotation.Entry{
		Suffix: "proxy-protocol-header-timeout", Default: "5s", Internal: full, Example: "10s",
		Doc: "How long that header may take to arrive.",
	})
	AllowCrossNamespaceResources = config(annotation.Bool{}, annotation.Entry{
		Suffix: "allow-cross-namespace-resources", Default: "false", Internal: full, Example: "true",
		Doc: "Annotations may name objects of other namespaces.",
	})
	RiskLevel = config(annotation.Enum{Words: []string{"Low", "Medium", "High", "Critical"}}, annotation.Entry{
		Suffix: "annotations-risk-level", Default: "High", Internal: full, Example: "Medium",
		Doc: "The greatest risk that an annotation may have. The paths of an Ingress with a riskier one answer 503.",
	})
	WordBlocklist = config[[]string](textList{"words"}, annotation.Entry{
		Suffix: "annotation-value-word-blocklist", Internal: full, Example: "load_module,lua_package",
		Doc: "An Ingress with one of these texts in the value of an annotation is not served.",
	})
	StrictValidatePathType = config(annotation.Bool{}, annotation.Entry{
		Suffix: "strict-validate-path-type", Default: "true", Internal: full, Example: "false",
		Doc: "Paths of type Exact and Prefix with characters besides letters, digits and `/._-` get a warning.",
	})
	DisableAccessLog = config(annotation.Bool{}, annotation.Entry{
		Suffix: "disable-access-log", Default: "false", Internal: full, Example: "true", Doc: "No request is logged.",
	})
	LogFormatUpstream = config[string](logFormat{}, annotation.Entry{
		Suffix: "log-format-upstream", Internal: full, Example: "$remote_addr \"$request\" $status",
		Doc: "The lines of the access log, with nginx's variables. Those that hold secrets (`$http_authorization`, `$http_cookie`) " +
			"and those that are not known make the format invalid; the usual one stays then.",
	})
	LogFormatEscapeJSON = config(annotation.Bool{}, annotation.Entry{
		Suffix: "log-format-escape-json", Default: "false", Internal: full, Example: "true",
		Doc: "Values in `log-format-upstream` are escaped for strings of JSON.",
	})
	LogFormatEscapeNone = config(annotation.Bool{}, annotation.Entry{
		Suffix: "log-format-escape-none", Default: "false", Internal: full, Example: "true",
		Doc: "Values in `log-format-upstream` are written as they came, and `log-format-escape-json` has no effect. Whoever reads " +
			"such a log must not trust it: clients choose what stands in it. Line ends become blanks all the same.",
	})
	SkipAccessLogURLs = config[string](logSkip{}, annotation.Entry{
		Suffix: "skip-access-log-urls", Internal: full, Example: "/healthz,~^/metrics",
		Doc: "Requests for these are not logged: path and query as the client sent them, whole, with small or capital letters " +
			"alike; `~` and `~*` begin regular expressions, the latter for letters of either kind.",
	})

	configKeys = []annotation.Declared{
		HTTPRedirectCode, NoTLSRedirectLocations, NoAuthLocations, HSTS, HSTSMaxAge, HSTSIncludeSubdomains, HSTSPreload,
		RetryNonIdempotent, SSLProtocols, ConfigSSLCiphers, UseForwardedHeaders, ComputeFullForwardedFor, ForwardedForHeader, EnableRealIP,
		ProxyRealIPCIDR, UseProxyProtocol, ProxyProtocolHeaderTimeout, AllowCrossNamespaceResources, RiskLevel, WordBlocklist, StrictValidatePathType,
		DisableAccessLog, LogFormatUpstream, LogFormatEscapeJSON, LogFormatEscapeNone,
		SkipAccessLogURLs, KeepAlive, KeepAliveRequests, ClientHeaderTimeout, ClientBodyTimeout, LargeHeaderBuffers,
		UnderscoresInHeaders, IgnoreInvalidHeaders, UseHTTP2, HideHeaders, AllowServerHeader, AddOriginalURI,
	}
)

// ConfigRegistry lists the keys of the controller's ConfigMap that no annotation has.
var ConfigRegistry = annotation.NewRegistry("", slices.Concat(configKeys, configLater())...)

// ConfigPage is the reference page of those keys.
func ConfigPage() annotation.Page {
	return annotation.Page{
		Title: "Keys of the controller's ConfigMap of class nginx",
		Intro: "Keys that are the default of an annotation stand with it on the page of annotations; these are the others. Unknown " +
			"keys have no effect, with a warning. Unusable values fall back to the default with a warning.",
		Registry: ConfigRegistry,
		Internal: true,
	}
}

func config[T any](t annotation.Type[T], e annotation.Entry) *annotation.Key[T] {
	e.Kinds = []annotation.Kind{kindConfigMap}
	e.ConfigMapKey = e.Suffix
	e.Scope, e.Merge, e.Since = annotation.ScopeLoadBalancer, annotation.MergeOwn, since
	return annotation.Declare(t, e)
}

// configLater are keys that are not carried out yet. Those that protect something deny all paths when they are set.
func configLater() []annotation.Declared {
	var out []annotation.Declared
	add := func(support annotation.Support, outcome annotation.Outcome, inert []string, suffixes ...string) {
		for _, s := range suffixes {
			out = append(out, config(annotation.Verbatim{What: "any text"}, annotation.Entry{
				Suffix: s, Internal: support, WhileUnsupported: outcome, Inert: inert, Example: "true",
				Doc: "Known, but not carried out yet.",
			}))
		}
	}
	add(later, annotation.DenyRule, []string{""},
		"global-auth-url", "block-cidrs", "block-user-agents", "block-referers")
	add(later, "", []string{"false", ""},
		"ssl-reject-handshake", "use-gzip", "enable-brotli", "enable-ocsp", "use-geoip2",
		"server-tokens",
		"allow-snippet-annotations", "use-http3", "ssl-session-tickets",
		"enable-access-log-for-default-backend")
	add(later, "", []string{"true", ""},
		"generate-request-id", "ssl-session-cache",
		"proxy-stream-next-upstream", "reuse-port")
	add(later, "", []string{""},
		"ssl-ecdh-curve", "ssl-dh-param", "ssl-session-cache-size", "ssl-session-timeout",
		"http2-max-concurrent-streams", "gzip-level", "gzip-min-length", "gzip-types", "brotli-level",
		"brotli-types", "upstream-keepalive-connections", "upstream-keepalive-timeout",
		"upstream-keepalive-requests", "upstream-keepalive-time",
		"client-header-buffer-size", "limit-req-status-code",
		"limit-conn-status-code", "add-headers", "proxy-set-headers", "global-allowed-response-headers",
		"access-log-path", "access-log-params", "error-log-level",
		"global-auth-method", "global-auth-signin", "global-auth-signin-redirect-param", "global-auth-response-headers",
		"global-auth-request-redirect", "global-auth-cache-key", "global-auth-cache-duration",
		"global-auth-always-set-cookie", "otlp-collector-host", "otlp-collector-port", "otel-sampler",
		"otel-sampler-ratio", "proxy-stream-timeout", "proxy-stream-responses", "proxy-stream-next-upstream-timeout",
		"proxy-stream-next-upstream-tries")
	add(noUse, "", nil, "worker-processes", "max-worker-connections", "max-worker-open-files",
		"worker-shutdown-timeout", "worker-cpu-affinity")
	add(never, "", nil, "main-snippet", "http-snippet", "stream-snippet", "global-auth-snippet")
	add(never, annotation.DenyRule, nil, "server-snippet", "location-snippet")
	return out
}

// tlsProtocols is a list of versions of TLS.
type tlsProtocols struct{}

var tlsVersions = []string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}

// Parse takes known versions.
func (tlsProtocols) Parse(raw string) ([]string, error) {
	list := strings.Fields(raw)
	if len(list) == 0 {
		return nil, errors.New("it names no version")
	}
	for _, v := range list {
		if !slices.Contains(tlsVersions, v) {
			return nil, fmt.Errorf("%q is no version of TLS", v)
		}
	}
	return list, nil
}

// Format joins the list.
func (tlsProtocols) Format(v []string) string { return strings.Join(v, " ") }

// Expected describes the list.
func (tlsProtocols) Expected() string { return "a list of " + strings.Join(tlsVersions, ", ") }

// logFormat is a format of access logs.
type logFormat struct{}

// Parse takes the format if all of its variables are known.
func (logFormat) Parse(raw string) (string, error) {
	_, err := model.ParseLogFormat(raw)
	return raw, err
}

// Format is the text.
func (logFormat) Format(v string) string { return v }

// Expected describes the format.
func (logFormat) Expected() string { return "text with variables of nginx" }

// logSkip is a list of targets that are not logged.
type logSkip struct{}

// Parse takes the list if all of its expressions can be used.
func (logSkip) Parse(raw string) (string, error) {
	_, err := model.ParseLogSkip(raw)
	return raw, err
}

// Format is the text.
func (logSkip) Format(v string) string { return v }

// Expected describes the list.
func (logSkip) Expected() string {
	return "a comma-separated list of paths with their queries, or of ~ and regular expressions"
}

// duration is a positive span of time with its unit.
type duration struct{}

// Parse reads "5s" or "1m30s".
func (duration) Parse(raw string) (time.Duration, error) {
	d, err := time.ParseDuration(raw)
	if err == nil && (d < time.Millisecond || d > time.Hour) {
		err = errors.New("it is not between a millisecond and an hour")
	}
	return d, err
}

// Format writes it as time.Duration does.
func (duration) Format(v time.Duration) string { return v.String() }

// Expected describes it.
func (duration) Expected() string { return "a span of time with its unit, such as 5s" }

// textList is a comma-separated list of texts without control characters.
type textList struct{ what string }

// Parse splits the list.
func (t textList) Parse(raw string) ([]string, error) {
	if _, err := (annotation.Text{What: t.what}).Parse(raw); err != nil {
		return nil, err
	}
	return annotation.StringList{}.Parse(raw)
}

// Format joins with commas.
func (textList) Format(v []string) string { return annotation.StringList{}.Format(v) }

// Expected describes the list.
func (t textList) Expected() string { return "a comma-separated list of " + t.what }
