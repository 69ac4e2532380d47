package oidc_test

import (
	"sync/atomic"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
	"github.com/gwanmun/gwanmun/internal/proxy/action/oidc"
	"github.com/gwanmun/gwanmun/internal/proxy/filter"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
	"github.com/gwanmun/gwanmun/internal/testkit/provider"
)

const pool = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Pool"

func TestTheSecretOfAUserPoolsClientIsAskedForAtEachLogin(t *testing.T) {
	var secret atomic.Value
	secret.Store("not the one")
	h := &house{t: t, provider: provider.New(issuer), keys: &keyring.Keeper{}}
	h.provider.Now = h.now
	h.keys.Set(ring(t, 'a'))
	client := idp.New(idp.Options{HTTP: h.provider.Client(), Now: h.now})
	t.Cleanup(client.Close)
	h.logins = oidc.New(oidc.Options{
		Client: client, Keys: h.keys, Now: h.now,
		Cognito: func(a model.AuthenticateCognito) (oidc.Provider, bool) {
			return oidc.Provider{
				Issuer: issuer, Authorization: issuer + "/auth", Token: issuer + "/token", UserInfo: issuer + "/user", ClientID: a.UserPoolClientID,
			}, true
		},
		CognitoSecret: func(in, of string) string {
			if in != pool || of != provider.ClientID {
				t.Errorf("asked for the secret of %s in %s", of, in)
			}
			return secret.Load().(string)
		},
	})
	h.compile(filter.Tools{Keys: h.keys, Logins: h.logins, Providers: client, Now: h.now}, model.Action{
		Type:                model.ActionAuthenticateCognito,
		AuthenticateCognito: &model.AuthenticateCognito{UserPoolARN: pool, UserPoolClientID: provider.ClientID, UserPoolDomain: "shop"},
	})
	b := h.browser()
	if r := b.login("/x"); r.status != 500 || r.log.Reason != "AuthTokenEpRequestFailed" {
		t.Errorf("with a wrong secret: %v", r)
	}
	secret.Store(provider.ClientSecret)
	b.mustLogin("/x")
	if r := b.get("/x"); r.status != 200 || r.sent.Get("X-Amzn-Oidc-Identity") == "" {
		t.Errorf("the rule was not told of the new secret: %v", r)
	}
}
