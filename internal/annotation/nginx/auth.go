package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// Basic authentication. Anything unclear about it denies the paths: serving them without a login would be worse.
var (
	AuthType = declare(annotation.Enum{Words: []string{"basic", "digest"}}, annotation.Entry{
		Suffix: "auth-type", Group: groupBasicAuth, Risk: annotation.Low, OnInvalid: annotation.DenyRule,
		Internal:         partly("basic is carried out; with digest the paths answer 503"),
		WhileUnsupported: annotation.DenyRule, Example: "basic",
		Doc: "Asks for a user and password. Not on paths below no-auth-locations.",
	})
	AuthSecret = declare(annotation.Ref{Kind: "Secret"}, annotation.Entry{
		Suffix: "auth-secret", Group: groupBasicAuth, Risk: annotation.Medium, Internal: full,
		OnInvalid: annotation.DenyRule, Example: "basic-auth",
		Doc: "The Secret with the users. One of another namespace is used only with allow-cross-namespace-resources. While the " +
			"Secret or its key is missing the paths answer 503.",
	})
	AuthSecretType = declare(annotation.Enum{Words: []string{"auth-file", "auth-map"}}, annotation.Entry{
		Suffix: "auth-secret-type", Group: groupBasicAuth, Default: "auth-file", Risk: annotation.Low, Internal: full,
		OnInvalid: annotation.DenyRule, Example: "auth-map",
		Doc: "auth-file: the key `auth` holds lines `user:hash` as htpasswd writes them. auth-map: every key is a user and its " +
			"value the hash.",
	})
	AuthRealm = declare(annotation.Chars{Also: basicSpace, What: "letters, digits, blanks and -._~/:"}, annotation.Entry{
		Suffix: "auth-realm", Group: groupBasicAuth, Risk: annotation.Medium, Internal: full,
		OnInvalid: annotation.DenyRule, Example: "Authentication Required - shop",
		Doc: "The realm that the browser shows.",
	})

	basicAuthKeys = []annotation.Declared{AuthType, AuthSecret, AuthSecretType, AuthRealm}
)
