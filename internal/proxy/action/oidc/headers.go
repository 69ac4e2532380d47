package oidc

import (
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// headers tells targets who has logged in.
type headers struct{}

// Names of fields towards targets. They are shared and must not be written to.
var (
	accessTokenField = []byte("x-amzn-oidc-accesstoken")
	identityField    = []byte("x-amzn-oidc-identity")
	dataField        = []byte("x-amzn-oidc-data")
)

// NewHeaders makes the step that follows the removal of what a client may have sent under the same names; nil for rules
// without a login.
func NewHeaders(c *compile.Config) exchange.Filter {
	if loginOf(c.Rule.Actions).Type == "" {
		return nil
	}
	return headers{}
}

// Request adds the fields.
func (headers) Request(x *exchange.Exchange) exchange.Verdict {
	if x.Login.Known() {
		h := &x.Request.Header
		h.Add(accessTokenField, x.Login.AccessToken)
		h.Add(identityField, x.Login.Subject)
		h.Add(dataField, x.Login.Data)
	}
	return exchange.Continue
}
