package oidc

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
	"github.com/gwanmun/gwanmun/internal/proxy/action/session"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// Provider is an identity provider and our client with it.
type Provider struct {
	Issuer                         string
	Authorization, Token, UserInfo string
	ClientID                       string
	// ClientSecret is empty for a public client, and where Logins are told it later (Options.CognitoSecret).
	ClientSecret string
}

// Defaults of login actions (AWS).
const (
	defaultScope   = "openid"
	defaultCookie  = "AWSELBAuthSessionCookie"
	defaultTimeout = 7 * 24 * time.Hour
	// maxExtra is how many further parameters an authentication request may carry.
	maxExtra = 10
)

// login is one login action, ready to be carried out. It never changes, but for the place of the provider's keys.
type login struct {
	Provider
	// pool is the ARN of the user pool whose client's secret is asked for at each login; empty for none.
	pool string
	// id names the provider, the client and the load balancer: what belongs to another one is not ours.
	id [16]byte
	// place names in states where a login ends: the same provider's sessions may be kept under several names.
	place   [16]byte
	scope   string
	jar     session.Jar
	timeout time.Duration
	without model.UnauthenticatedAction
	extra   []model.Parameter
	about   session.About
	// keys are the provider's; nil until they were needed, and when it publishes none.
	keys atomic.Pointer[idp.KeySet]
}

// loginOf finds the login action among a rule's actions; the zero Action when there is none.
func loginOf(actions []model.Action) model.Action {
	for _, a := range actions {
		if a.Type == model.ActionAuthenticateOIDC || a.Type == model.ActionAuthenticateCognito {
			return a
		}
	}
	return model.Action{}
}

// make gets a login action ready. Its error says why users cannot log in by it.
func (t *Logins) make(c *compile.Config, a model.Action) (*login, error) {
	l := &login{}
	var cookie string
	var seconds int64
	switch {
	case a.AuthenticateOIDC != nil:
		o := a.AuthenticateOIDC
		l.Provider = Provider{o.Issuer, o.AuthorizationEndpoint, o.TokenEndpoint, o.UserInfoEndpoint, o.ClientID, o.ClientSecret}
		l.scope, l.without, l.extra = o.Scope, o.OnUnauthenticated, o.ExtraParams
		cookie, seconds = o.SessionCookieName, o.SessionTimeoutSeconds
	case a.AuthenticateCognito != nil:
		o := a.AuthenticateCognito
		p, err := t.pool(o)
		if err != nil {
			return nil, err
		}
		l.Provider = p
		if p.ClientSecret == "" {
			l.pool = o.UserPoolARN
		}
		l.scope, l.without, l.extra = o.Scope, o.OnUnauthenticated, o.ExtraParams
		cookie, seconds = o.SessionCookieName, o.SessionTimeoutSeconds
	default:
		return nil, fmt.Errorf("action %s has no settings", a.Type)
	}
	if l.scope == "" {
		l.scope = defaultScope
	}
	if cookie == "" {
		cookie = defaultCookie
	}
	l.timeout = defaultTimeout
	if seconds > 0 {
		l.timeout = time.Duration(min(seconds, int64(defaultTimeout/time.Second))) * time.Second
	}
	var err error
	if l.jar, err = session.NewJar(cookie); err != nil {
		return nil, err
	}
	if err := l.check(t.client); err != nil {
		return nil, err
	}
	l.about = session.About{Signer: c.LoadBalancer.ID, Issuer: l.Issuer, Client: l.ClientID}
	l.id = identity(c.LoadBalancer.ID, l.Issuer, l.Authorization, l.Token, l.UserInfo, l.ClientID)
	l.place = identity(string(l.id[:]), cookie)
	return l, nil
}

// check looks at what comes from the user.
func (l *login) check(client *idp.Client) error {
	if l.Issuer == "" || l.ClientID == "" {
		return errors.New("the login has no issuer or no client ID")
	}
	for _, endpoint := range [...]string{l.Authorization, l.Token, l.UserInfo} {
		if err := client.Check(endpoint); err != nil {
			return err
		}
	}
	if len(l.extra) > maxExtra {
		return fmt.Errorf("the login has %d further parameters, more than %d", len(l.extra), maxExtra)
	}
	switch l.without {
	case "":
		l.without = model.UnauthenticatedAuthenticate
	case model.UnauthenticatedAllow, model.UnauthenticatedDeny, model.UnauthenticatedAuthenticate:
	default:
		return fmt.Errorf("%q is not what can happen to unauthenticated requests", l.without)
	}
	return nil
}

// identity is a fingerprint of texts; each is told from the next by its length.
func identity(texts ...string) (id [16]byte) {
	var b []byte
	for _, text := range texts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(text)))
		b = append(b, text...)
	}
	sum := sha256.Sum256(b)
	copy(id[:], sum[:])
	return id
}

// secretOf is the secret that a provider knows our client by; empty for none.
func (t *Logins) secretOf(l *login) string {
	if l.pool != "" && t.secret != nil {
		return t.secret(l.pool, l.ClientID)
	}
	return l.ClientSecret
}

// pool finds the endpoints of a Cognito user pool: what Options say of it, or AWS's. AWS's load balancers read the secret of
// the pool's client by AWS's API; ours are told it (Options.CognitoSecret).
func (t *Logins) pool(a *model.AuthenticateCognito) (Provider, error) {
	if t.cognito != nil {
		if p, ok := t.cognito(*a); ok {
			if p.ClientID == "" {
				p.ClientID = a.UserPoolClientID
			}
			return p, nil
		}
	}
	// arn:aws:cognito-idp:REGION:ACCOUNT:userpool/POOL
	parts := strings.SplitN(a.UserPoolARN, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "cognito-idp" || !word(parts[3]) {
		return Provider{}, fmt.Errorf("%q is not the ARN of a Cognito user pool", a.UserPoolARN)
	}
	pool, ok := strings.CutPrefix(parts[5], "userpool/")
	if !ok || !word(pool) {
		return Provider{}, fmt.Errorf("%q is not the ARN of a Cognito user pool", a.UserPoolARN)
	}
	suffix := "amazonaws.com"
	if parts[1] == "aws-cn" {
		suffix = "amazonaws.com.cn"
	}
	region := parts[3]
	host := a.UserPoolDomain
	if !strings.Contains(host, ".") { // else a domain of the user's own
		host += ".auth." + region + ".amazoncognito.com"
	}
	if u, err := url.Parse("https://" + host); err != nil || u.Host != host || u.Hostname() != host {
		return Provider{}, fmt.Errorf("%q is not the domain of a Cognito user pool", a.UserPoolDomain)
	}
	base := "https://" + host + "/oauth2/"
	return Provider{
		Issuer:        "https://cognito-idp." + region + "." + suffix + "/" + pool,
		Authorization: base + "authorize", Token: base + "token", UserInfo: base + "userInfo", ClientID: a.UserPoolClientID,
	}, nil
}

// word says whether a text is of letters, digits, "-" and "_" and not empty.
func word(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}) < 0
}
