package proxy

import (
	"net/http"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
	"github.com/gwanmun/gwanmun/internal/proxy/action/oidc"
	"github.com/gwanmun/gwanmun/internal/proxy/action/session"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// LoginOptions are what logins and token checks take from outside. The zero value asks identity providers at https
// addresses that are not on this machine.
type LoginOptions struct {
	// Client asks identity providers. When nil it is one with limits, which uses no proxy and reaches neither this machine
	// nor link-local addresses, where clouds keep their secrets.
	Client *http.Client
	// Loopback allows identity providers on this machine, over http too.
	Loopback bool
	// Cognito says where a user pool is when it is not in AWS; false: it is. May be nil.
	Cognito func(model.AuthenticateCognito) (IdentityProvider, bool)
	// CognitoSecret tells the secret of a user pool's client, "" when there is none or it is not known. It is asked at each
	// login and may be nil.
	CognitoSecret func(userPoolARN, clientID string) string
}

// IdentityProvider is an identity provider and our client with it.
type IdentityProvider = oidc.Provider

// PublicKey verifies what targets are told of users (x-amzn-oidc-data).
type PublicKey = session.PublicKey

// openLogins makes what logins and token checks share.
func openLogins(o *Options, keys *keyring.Keeper) (*idp.Client, *oidc.Logins) {
	client := idp.New(idp.Options{HTTP: o.Login.Client, Loopback: o.Login.Loopback, Now: o.Now})
	return client, oidc.New(oidc.Options{Client: client, Keys: keys, Now: o.Now, Cognito: o.Login.Cognito, CognitoSecret: o.Login.CognitoSecret})
}

// PublicKeys are the keys that verify x-amzn-oidc-data, newest first: those of all secrets of the ring, so that what was
// signed before a rotation can still be verified.
func (s *Server) PublicKeys() []PublicKey { return s.logins.PublicKeys() }

// PublicKey finds a key by the kid of a token.
func (s *Server) PublicKey(id string) (PublicKey, bool) {
	for _, k := range s.logins.PublicKeys() {
		if k.ID == id {
			return k, true
		}
	}
	return PublicKey{}, false
}
