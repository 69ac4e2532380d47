package alb

import (
	"errors"
	"fmt"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// Authentication on HTTPS listeners.
var (
	AuthType = annotation.Declare[string](annotation.Enum{Words: []string{None, "cognito", "oidc"}}, annotation.Entry{
		Suffix: "auth-type", Kinds: onBoth(), Scope: annotation.ScopeRule, Default: None, Merge: annotation.MergeOwn,
		OnInvalid: annotation.FailUnit, External: full(), Internal: full(), Inert: []string{None},
		Doc:     "Logs users in before they reach the targets. Only HTTPS listeners do it.",
		Example: "oidc", Since: since, Group: "Authentication",
	})
	AuthIDPCognito = annotation.Declare[Cognito](annotation.JSON[Cognito]{
		What: "a Cognito user pool", Validate: Cognito.validate,
	}, cognitoEntry("auth-idp-cognito",
		`{"userPoolARN":"arn:aws:cognito-idp:ap-northeast-2:123456789012:userpool/ap-northeast-2_x","userPoolClientID":"client","userPoolDomain":"shop"}`,
		"The user pool for `auth-type: cognito`."))
	AuthIDPOIDC = annotation.Declare[OIDC](annotation.JSON[OIDC]{
		What: "an OpenID provider", Validate: OIDC.validate,
	}, authEntry("auth-idp-oidc", "",
		`{"issuer":"https://id.example.com","authorizationEndpoint":"https://id.example.com/auth","tokenEndpoint":"https://id.example.com/token","userInfoEndpoint":"https://id.example.com/user","secretName":"oidc"}`,
		"The provider for `auth-type: oidc`. The Secret, in the namespace of the Ingress, holds `clientID` and `clientSecret`."))
	AuthOnUnauthenticated = annotation.Declare[string](
		annotation.Enum{Words: []string{"authenticate", "allow", "deny"}}, authEntry(
			"auth-on-unauthenticated-request", "authenticate", "deny",
			"What happens to requests without a login: send them to log in, let them through, or refuse them."))
	AuthScope = annotation.Declare[string](annotation.Bounded{What: "scopes separated by spaces"}, authEntry(
		"auth-scope", "openid", "email openid", "The claims that the provider is asked for."))
	AuthSessionCookie = annotation.Declare[string](annotation.Bounded{What: "a cookie name", Needed: true}, authEntry(
		"auth-session-cookie", "AWSELBAuthSessionCookie", "shop-session", "The cookie that keeps the login."))
	AuthSessionTimeout = annotation.Declare[int64](annotation.Int{Min: 1, Max: 604800}, authEntry(
		"auth-session-timeout", "604800", "86400", "The seconds that a login lasts."))
	JWTValidation = annotation.Declare[JWT](annotation.JSON[JWT]{
		What: "an issuer of tokens", Validate: JWT.validate,
	}, annotation.Entry{
		Suffix: "jwt-validation", Kinds: onIngress(), Scope: annotation.ScopeRule, Merge: annotation.MergeOwn,
		OnInvalid: annotation.FailUnit, External: full(), Internal: full(),
		Doc:     "Lets only requests with a valid bearer token through. Only HTTPS listeners do it.",
		Example: `{"jwksEndpoint":"https://id.example.com/keys","issuer":"https://id.example.com"}`, Since: since, Group: "Authentication",
	})
)

// cognitoEntry is an entry of which our own data plane does a part.
func cognitoEntry(suffix, example, doc string) annotation.Entry {
	e := authEntry(suffix, "", example, doc)
	e.Internal = partly("our own data plane does not ask AWS for the secret of the pool's client: a Secret among the manifests holds it, as `clientID` and `clientSecret`, or the world file of the embedded AWS (`userPools`)")
	return e
}

func authEntry(suffix, def, example, doc string) annotation.Entry {
	return annotation.Entry{
		Suffix: suffix, Kinds: onBoth(), Scope: annotation.ScopeRule, Default: def, Merge: annotation.MergeOwn,
		OnInvalid: annotation.FailUnit, External: full(), Internal: full(), Doc: doc, Example: example, Since: since, Group: "Authentication",
	}
}

// Cognito is a user pool.
type Cognito struct {
	UserPoolARN      string            `json:"userPoolARN"`
	UserPoolClientID string            `json:"userPoolClientID"`
	UserPoolDomain   string            `json:"userPoolDomain"`
	ExtraParams      map[string]string `json:"authenticationRequestExtraParams,omitempty"`
}

func (c Cognito) validate() error {
	return needed("userPoolARN", c.UserPoolARN, "userPoolClientID", c.UserPoolClientID, "userPoolDomain", c.UserPoolDomain)
}

// OIDC is an OpenID provider.
type OIDC struct {
	Issuer                string            `json:"issuer"`
	AuthorizationEndpoint string            `json:"authorizationEndpoint"`
	TokenEndpoint         string            `json:"tokenEndpoint"`
	UserInfoEndpoint      string            `json:"userInfoEndpoint"`
	SecretName            string            `json:"secretName"`
	ExtraParams           map[string]string `json:"authenticationRequestExtraParams,omitempty"`
}

func (o OIDC) validate() error {
	return needed("issuer", o.Issuer, "authorizationEndpoint", o.AuthorizationEndpoint,
		"tokenEndpoint", o.TokenEndpoint, "userInfoEndpoint", o.UserInfoEndpoint, "secretName", o.SecretName)
}

// JWT is an issuer of tokens.
type JWT struct {
	JWKSEndpoint     string     `json:"jwksEndpoint"`
	Issuer           string     `json:"issuer"`
	AdditionalClaims []JWTClaim `json:"additionalClaims,omitempty"`
}

// JWTClaim is a claim that a token must carry.
type JWTClaim struct {
	Name   string   `json:"name"`
	Format string   `json:"format"`
	Values []string `json:"values"`
}

func (j JWT) validate() error {
	if err := needed("jwksEndpoint", j.JWKSEndpoint, "issuer", j.Issuer); err != nil {
		return err
	}
	if len(j.AdditionalClaims) > 10 {
		return errors.New("more than 10 additionalClaims")
	}
	for i, c := range j.AdditionalClaims {
		if c.Name == "" || len(c.Values) == 0 {
			return fmt.Errorf("additionalClaims[%d] needs name, format and values", i)
		}
		switch c.Format {
		case "single-string", "string-array", "space-separated-values":
		default:
			return fmt.Errorf("additionalClaims[%d]: the format %q is not known", i, c.Format)
		}
	}
	return nil
}

// needed takes names and values in turn and names the first one without a value.
func needed(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return fmt.Errorf("%s is missing", pairs[i])
		}
	}
	return nil
}
