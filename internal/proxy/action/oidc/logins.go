package oidc

import (
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
	"github.com/gwanmun/gwanmun/internal/proxy/action/session"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// What keys are derived for. A text that was sealed for one is nothing to the other.
const (
	sessionPurpose = "login sessions, version 1"
	statePurpose   = "login states, version 1"
)

// Options are what Logins take from outside.
type Options struct {
	// Client asks identity providers, Keys seal and sign; both are required.
	Client *idp.Client
	Keys   *keyring.Keeper
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Cognito says where a user pool is when it is not in AWS; false: it is. May be nil.
	Cognito func(model.AuthenticateCognito) (Provider, bool)
	// CognitoSecret tells the secret of a user pool's client, "" for none. It is asked at each login, so that it may change
	// while rules stay as they are. May be nil.
	CognitoSecret func(userPoolARN, clientID string) string
}

// Logins are what the steps of all rules share. They outlive snapshots and may be used from any goroutine.
type Logins struct {
	client   *idp.Client
	now      func() time.Time
	cognito  func(model.AuthenticateCognito) (Provider, bool)
	secret   func(userPoolARN, clientID string) string
	sessions *keyring.Sealer
	states   *keyring.Sealer
	signer   *session.Signer
	refreshs refreshes
}

// New makes Logins.
func New(o Options) *Logins {
	t := &Logins{
		client: o.Client, now: o.Now, cognito: o.Cognito, secret: o.CognitoSecret, sessions: o.Keys.Sealer(sessionPurpose),
		states: o.Keys.Sealer(statePurpose), signer: session.NewSigner(o.Keys), refreshs: newRefreshes(),
	}
	if t.now == nil {
		t.now = time.Now
	}
	return t
}

// PublicKeys verify what targets are told (x-amzn-oidc-data), newest first.
func (t *Logins) PublicKeys() []session.PublicKey { return t.signer.PublicKeys() }
