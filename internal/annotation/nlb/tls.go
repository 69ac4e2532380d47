package nlb

import "github.com/gwanmun/gwanmun/internal/annotation"

const groupT = "TLS"

// TLS of listeners and targets.
var (
	SSLCert = annotation.Declare[[]string](annotation.StringList{}, entry(annotation.Entry{
		Suffix: aws + "ssl-cert", Scope: annotation.ScopeListener, Group: groupT,
		Internal: partly("our own data plane cannot fetch a key from ACM; it serves certificates whose key it was given"),
		Doc:      "Certificates, by ARN; they make TLS listeners of the TCP ports that `aws-load-balancer-ssl-ports` names. The first one is the default, the others are chosen by server name.",
		Example:  "arn:aws:acm:ap-northeast-2:123456789012:certificate/0123abcd",
	}))
	SSLPorts = annotation.Declare[[]string](annotation.StringList{}, entry(annotation.Entry{
		Suffix: aws + "ssl-ports", Scope: annotation.ScopeListener, Internal: full(), Group: groupT,
		Doc:     "The ports, by number or name, that are TLS listeners; without it all TCP ports while there are certificates.",
		Example: "443,admin",
	}))
	SSLPolicy = annotation.Declare[string](annotation.Bounded{What: "the name of a security policy", Needed: true}, entry(annotation.Entry{
		Suffix: aws + "ssl-negotiation-policy", Scope: annotation.ScopeListener, Default: "ELBSecurityPolicy-2016-08",
		Flag: "default-ssl-policy", OnInvalid: annotation.DropObject, Group: groupT,
		Internal: partly("our own data plane has the versions, ciphers and key exchanges of each policy but ECDHE-*-AES256-SHA384 and AES256-SHA256, and always all three ciphers of TLS 1.3"),
		Doc:      "The security policy of TLS listeners: TLS versions and ciphers.",
		Example:  "ELBSecurityPolicy-TLS13-1-2-2021-06",
	}))
	ALPNPolicy = annotation.Declare[string](annotation.Enum{
		Words: []string{"None", "HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred"},
	}, entry(annotation.Entry{
		Suffix: aws + "alpn-policy", Scope: annotation.ScopeListener, OnInvalid: annotation.DropObject, Internal: full(), Group: groupT,
		Doc:     "Which application protocols TLS listeners agree on with clients; read only for TLS listeners.",
		Example: "HTTP2Preferred",
	}))
	BackendProtocol = annotation.Declare[string](annotation.Enum{Words: []string{"ssl", "tcp"}}, entry(annotation.Entry{
		Suffix: aws + "backend-protocol", Scope: annotation.ScopeTargetGroup, Default: "tcp", Internal: full(), Group: groupT,
		Doc:     "`ssl` encrypts again from TLS listeners to targets; their certificates are not verified.",
		Example: "ssl",
	}))
)

// SSL is the value of BackendProtocol that encrypts towards targets.
const SSL = "ssl"
