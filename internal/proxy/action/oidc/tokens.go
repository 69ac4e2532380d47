package oidc

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
	"github.com/gwanmun/gwanmun/internal/proxy/action/session"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// maxClaims bounds the claims and the access token together (AWS: 11 K).
const maxClaims = 11 << 10

// Reasons that stand in more than one place.
const (
	reasonTooLarge  = "AuthUserinfoResponseSizeExceeded"
	reasonUnhandled = "AuthUnhandledException"
	reasonIDToken   = "AuthInvalidIdToken"
	reasonUserInfo  = "AuthInvalidUserinfoResponse"
	reasonTokens    = "AuthInvalidTokenResponse"
)

func broken(reason string) *failure { return &failure{500, reason, exchange.AuthError} }

func tooLarge() *failure {
	return &failure{500, reasonTooLarge, exchange.AuthError | exchange.AuthClaimsTooLarge}
}

// begin makes the session of a first login.
func (t *Logins) begin(ctx context.Context, l *login, code, redirect string) (*session.Session, *failure) {
	tokens, err := t.client.Tokens(ctx, idp.Grant{
		Endpoint: l.Token, ClientID: l.ClientID, ClientSecret: t.secretOf(l), Code: code, RedirectURI: redirect,
	})
	if err != nil {
		return nil, tokenFailure(err)
	}
	if tokens.IDToken == "" { // the scope has no openid
		return nil, &failure{401, reasonTokens, exchange.AuthFailure}
	}
	return t.complete(ctx, l, tokens, &session.Session{Provider: l.id, Created: t.now()})
}

// again makes the session that follows another one.
func (t *Logins) again(ctx context.Context, l *login, old *session.Session) (*session.Session, *failure) {
	tokens, err := t.client.Tokens(ctx, idp.Grant{
		Endpoint: l.Token, ClientID: l.ClientID, ClientSecret: t.secretOf(l), RefreshToken: string(old.RefreshToken),
	})
	if err != nil {
		return nil, tokenFailure(err)
	}
	if tokens.RefreshToken == "" { // the old one stays good (RFC 6749 section 6)
		tokens.RefreshToken = string(old.RefreshToken)
	}
	return t.complete(ctx, l, tokens, &session.Session{Provider: l.id, Created: old.Created, Subject: old.Subject})
}

// complete checks the ID token, asks for the claims and fills the session in. A session with a subject keeps it: whoever the
// provider speaks of must be that user.
func (t *Logins) complete(ctx context.Context, l *login, tokens idp.Tokens, s *session.Session) (*session.Session, *failure) {
	if tokens.IDToken != "" {
		subject, err := t.idToken(ctx, l, tokens.IDToken)
		if err != nil || s.Subject != nil && string(s.Subject) != subject {
			return nil, broken(reasonIDToken)
		}
		s.Subject = []byte(subject)
	}
	said, failed := t.client.UserInfo(ctx, l.UserInfo, tokens.AccessToken)
	if failed != nil {
		return nil, userInfoFailure(failed)
	}
	claims, err := session.Claims(said)
	if err != nil {
		return nil, broken(reasonUserInfo)
	}
	if len(claims)+len(tokens.AccessToken) > maxClaims {
		return nil, tooLarge()
	}
	// sub must be there and be that of the ID token (OpenID Connect Core section 5.3.2).
	about, err := idp.ReadClaims(claims)
	if err != nil {
		return nil, broken(reasonUserInfo)
	}
	if subject, ok := about.Text("sub"); !ok || subject != string(s.Subject) || !writable(subject) {
		return nil, broken(reasonUserInfo)
	}
	s.Claims, s.AccessToken = claims, []byte(tokens.AccessToken)
	if tokens.RefreshToken != "" {
		s.RefreshToken = []byte(tokens.RefreshToken)
	}
	if tokens.Lifetime > 0 {
		s.Expires = t.now().Add(tokens.Lifetime)
	}
	return s, nil
}

// writable says whether a subject may stand in a header field: what OpenID Connect allows (255 ASCII characters), without
// control characters.
func writable(subject string) bool {
	return subject != "" && len(subject) <= 255 && strings.TrimSpace(subject) == subject &&
		strings.IndexFunc(subject, func(r rune) bool { return r < ' ' || r >= 0x7f }) < 0
}

func tokenFailure(err *idp.Error) *failure {
	switch err.Failure {
	case idp.Refused: // a code that was used before, or is somebody else's
		return &failure{500, "AuthInvalidGrantError", exchange.AuthFailure}
	case idp.TimedOut:
		return broken("AuthTokenEpRequestTimeout")
	case idp.Unusable, idp.TooLarge:
		return broken(reasonTokens)
	}
	return broken("AuthTokenEpRequestFailed")
}

func userInfoFailure(err *idp.Error) *failure {
	switch err.Failure {
	case idp.TimedOut:
		return broken("AuthUserinfoEpRequestTimeout")
	case idp.Unusable:
		return broken(reasonUserInfo)
	case idp.TooLarge:
		return tooLarge()
	}
	return broken("AuthUserinfoEpRequestFailed")
}

// Algorithms that ID tokens may be signed by: all that need a published key, and those with the client's secret.
var (
	published = []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	}
	secret = []jose.SignatureAlgorithm{jose.HS256, jose.HS384, jose.HS512}
)

var errIDToken = errors.New("the ID token is not valid")

// idToken checks an ID token (OpenID Connect Core section 3.1.3.7) and returns its subject.
func (t *Logins) idToken(ctx context.Context, l *login, token string) (string, error) {
	payload, err := t.signed(ctx, l, token)
	if err != nil {
		return "", err
	}
	claims, err := idp.ReadClaims(payload)
	if err != nil || claims.Current(t.now()) != nil {
		return "", errIDToken
	}
	issuer, _ := claims.Text("iss")
	audience := claims.Audience()
	party, _ := claims.Text("azp")
	subject, ok := claims.Text("sub")
	switch {
	case issuer != l.Issuer, !slices.Contains(audience, l.ClientID), !ok || subject == "":
		return "", errIDToken
	case len(audience) > 1 && !claims.Has("azp"), claims.Has("azp") && party != l.ClientID:
		return "", errIDToken
	}
	return subject, nil
}

// signed checks the signature of an ID token. Where the issuer publishes no keys, the connection that it came over, by TLS
// from the token endpoint, stands for it (section 3.1.3.7, number 6).
func (t *Logins) signed(ctx context.Context, l *login, token string) ([]byte, error) {
	if own := t.secretOf(l); own != "" {
		if parsed, err := jose.ParseSignedCompact(token, secret); err == nil {
			return parsed.Verify([]byte(own))
		}
	}
	keys := l.keys.Load()
	if at := t.client.Published(ctx, l.Issuer); at != "" {
		keys = t.client.Keys(at, idp.LoginLimits)
		l.keys.Store(keys) // holds on to it
	}
	if keys != nil {
		return keys.Verify(ctx, token, published)
	}
	parsed, err := jose.ParseSignedCompact(token, published)
	if err != nil {
		return nil, errIDToken
	}
	return parsed.UnsafePayloadWithoutVerification(), nil
}

// patience bounds a refresh as a whole: tokens, keys and claims.
const patience = 3 * idp.Timeout

// bounded is a context for a refresh, which several requests may wait for and none of them owns.
func bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience+time.Second)
}
