package model

// Policy is per-rule behaviour that ELBv2 lacks, kept beside a rule. Zero members are off or at the default that
// is named. The order in which filters apply them is fixed by the data plane (proxy/filter/order.go).
type Policy struct {
	// BodyLimit is the largest request body in bytes; longer ones get 413. 0 is unlimited.
	BodyLimit int64
	// SSLRedirect sends plain HTTP to HTTPS.
	SSLRedirect *SSLRedirect
	// Rewrite changes the path towards the target.
	Rewrite *Rewrite
	// BasicAuth asks for a user and password.
	BasicAuth *BasicAuth
	// Timeouts towards targets; zero members are the dialect's defaults.
	Timeouts Timeouts
	// Retry says when another target is tried.
	Retry *Retry
	// ResponseHeadLimit is the largest response head in bytes; larger ones get 502. 0 is the dialect's default.
	ResponseHeadLimit int64
	// RequestBuffering reads the request body before a target is chosen, as far as the data plane keeps bodies (64 KiB);
	// a longer one streams from there.
	RequestBuffering bool
	// HSTS is the Strict-Transport-Security value set on HTTPS responses; empty sets none.
	HSTS string
	// UpstreamHost replaces the Host header towards the target.
	UpstreamHost string
	// OriginalURI tells the target the request's own path and query in X-Original-URI.
	OriginalURI bool
	// KeepServer lets the target's Server through, and HideFields keeps these fields of its responses here. For class nginx.
	KeepServer bool
	HideFields []string
	// Forwarded says how far the client's forwarding headers are believed.
	Forwarded *ForwardedHeaders
	// Affinity keeps a client at its target by a cookie.
	Affinity *Affinity
	// ClientCertificate looks at the client's certificate.
	ClientCertificate *ClientCertificate
	// Denied answers 503 to everything: the rule's settings could not be understood and serving it open would be
	// unsafe. The text is the reason, for logs and explain; clients never see it.
	Denied string
	// BackendName is "<namespace>-<service>-<port>", for access logs.
	BackendName string
	// NoAccessLog leaves requests out of the access log.
	NoAccessLog bool
	// LogSkip leaves requests out of the access log by their targets (ParseLogSkip).
	LogSkip string
	// LogFormat replaces the format of access-log lines, in nginx's words (ParseLogFormat). LogFormatJSON escapes values for
	// strings of JSON, LogFormatBare does not escape them.
	LogFormat                    string
	LogFormatJSON, LogFormatBare bool
}

// SSLRedirect answers plain HTTP requests with a redirect to HTTPS.
type SSLRedirect struct {
	StatusCode int32
	// PreserveTrailingSlash keeps a "/" at the end of the request URI, which is cut otherwise.
	PreserveTrailingSlash bool
	// Port, when not 0, is written into the Location.
	Port int32
	// ExceptPrefixes are path prefixes that stay on plain HTTP, such as "/.well-known/acme-challenge".
	ExceptPrefixes []string
}

// Rewrite replaces the path when Regex is found in it; the query is kept. The replacement may use $1 to $9.
type Rewrite struct {
	Regex   string
	Replace string
}

// BasicAuth asks for credentials of a user list.
type BasicAuth struct {
	Realm string
	// Users is the ID of a UserList in the model.
	Users string
}

// UserList maps users to password hashes (bcrypt, apr1, SHA, SSHA, crypt, plain).
type UserList struct {
	ID    string
	Users []User
}

// User is one user with a password hash.
type User struct {
	Name string
	Hash string `text:"secret"`
}

// Affinity keeps a client at the target of its first request by a cookie, as ingress-nginx does.
type Affinity struct {
	// Cookie is the cookie's name.
	Cookie string
	// Persistent keeps a client until its target is gone; otherwise some clients move when targets are added.
	Persistent bool
	// Path and Domain are the cookie's; empty leaves the attribute out.
	Path, Domain string
	// Expires is how many seconds ahead the cookie's Expires is, MaxAge its Max-Age: whole numbers, which may be negative.
	// Empty leaves the attribute out.
	Expires, MaxAge string
	// SameSite is None, Lax or Strict; empty leaves it out. ConditionalSameSiteNone leaves None out for browsers that
	// cannot take it.
	SameSite                string
	ConditionalSameSiteNone bool
	// Secure marks the cookie Secure on plain HTTP too; on HTTPS it always is. Partitioned marks it Partitioned.
	Secure      bool
	Partitioned bool
	// ChangeOnFailure moves a client for good whose target failed; otherwise further tries go to the same target.
	ChangeOnFailure bool
	// LegacyCanary leaves the choice between main group and canary to the canary's own rules, except for clients that
	// have a cookie of the main group.
	LegacyCanary bool
}

// Timeouts towards a target, in milliseconds.
type Timeouts struct {
	ConnectMillis int64
	SendMillis    int64
	ReadMillis    int64
}

// Retry says which failures lead to another target.
type Retry struct {
	// Attempts counts all tries, the first one too. 0 is unlimited.
	Attempts int32
	// TimeoutMillis bounds the time in which tries start. 0 is unlimited.
	TimeoutMillis int64
	// On holds error, timeout, invalid_header, http_500 and the like, non_idempotent; empty or "off" is never.
	On []string
}

// ForwardedHeaders says how far X-Forwarded-* sent by a client is believed.
type ForwardedHeaders struct {
	// TrustProtoHostPort believes X-Forwarded-Proto, -Host and -Port.
	TrustProtoHostPort bool
	// RealIP takes the client's address from Header.
	RealIP bool
	// Header is X-Forwarded-For when empty.
	Header string
	// TrustedCIDRs are the peers that are believed; empty means everyone.
	TrustedCIDRs []string
	// ComputeFull appends to the client's list in place of replacing it.
	ComputeFull bool
}
