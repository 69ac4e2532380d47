package traffic

import (
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy"
)

// logins finds user pools, and the secrets of their clients, in the world where nobody else tells of them.
func logins(o LoginOptions, w Surroundings) LoginOptions {
	given := o.Cognito
	o.Cognito = func(a model.AuthenticateCognito) (proxy.IdentityProvider, bool) {
		if given != nil {
			if p, ok := given(a); ok {
				return p, true
			}
		}
		p, ok := w.UserPool(a.UserPoolARN)
		if !ok || !p.StandsElsewhere() {
			return proxy.IdentityProvider{}, false
		}
		return proxy.IdentityProvider{
			Issuer: p.Issuer, Authorization: p.AuthorizationEndpoint, Token: p.TokenEndpoint, UserInfo: p.UserInfoEndpoint,
			ClientID: a.UserPoolClientID,
		}, true
	}
	if o.CognitoSecret == nil {
		o.CognitoSecret = w.UserPoolSecret
	}
	return o
}
