package oidc

import (
	"bytes"
	"context"
	"errors"
	"net/url"

	"github.com/gwanmun/gwanmun/internal/proxy/action/session"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// callback answers where providers send users back to. It stands before all rules of a listener; which login it is about
// stands in the state.
type callback struct {
	logins map[[16]byte]*login
	tools  *Logins
	style  page.Style
}

// Callback makes the step of a listener's callback address; nil where nobody logs in.
func (t *Logins) Callback(c *compile.Config) (exchange.Filter, error) {
	if len(c.Logins) == 0 {
		return nil, nil
	}
	if t == nil {
		return nil, errors.New("users cannot log in here")
	}
	out := &callback{logins: map[[16]byte]*login{}, tools: t, style: c.Style}
	for _, a := range c.Logins {
		l, err := t.make(c, a)
		if err != nil {
			continue // its rules are denied, and say so
		}
		if out.logins[l.place] == nil {
			out.logins[l.place] = l
		}
	}
	return out, nil
}

// Blocks says that the step asks the provider.
func (*callback) Blocks() bool { return true }

// Asks says that a code is exchanged for tokens.
func (*callback) Asks(*exchange.Exchange) string {
	return "ends a login: asks the identity provider for tokens"
}

// Response hands out cookies.
func (*callback) Response(x *exchange.Exchange) { setCookies(x) }

// Request ends a login.
func (c *callback) Request(x *exchange.Exchange) exchange.Verdict {
	x.Did(exchange.ActionAuthenticate)
	if f := c.finish(x); f != nil {
		x.Because(f.reason)
		x.Log.Auth |= f.event
		c.style.Error(x, f.status)
	}
	return exchange.Respond
}

// failure is a login that did not come to its end.
type failure struct {
	status int
	// reason is the code that AWS documents for it; empty for none.
	reason string
	event  exchange.AuthEvents
}

// turned away: nothing was asked of the provider.
func refused(reason string) *failure { return &failure{401, reason, exchange.AuthFailure} }

// finish makes the redirect to where the user wanted to go, or says why not.
func (c *callback) finish(x *exchange.Exchange) *failure {
	st, l, left, f := c.check(x)
	if f != nil {
		return f
	}
	box, err := c.tools.sessions.Box()
	if err != nil {
		return &failure{503, "", exchange.AuthError}
	}
	began := c.tools.now()
	made, f := c.tools.begin(context.Background(), l, param(x, "code"), callbackOf(x.Request.Authority)) // each question is bounded
	now := c.tools.now()
	x.Log.AuthTook += now.Sub(began)
	if f != nil {
		return f
	}
	text, err := session.Seal(box, made, l.jar)
	if err != nil {
		return tooLarge()
	}
	x.Log.Auth |= exchange.AuthSuccess
	target := st.target
	if len(target) == 0 || target[0] != '/' {
		target = []byte("/")
	}
	// The host is the one of this very request: a login never leads to another one.
	c.style.Redirect(x, 302, bytes.Join([][]byte{[]byte("https://"), x.Request.Authority, target}, nil))
	crossSite := session.CrossSite(x)
	x.Login.Cookies = append(l.jar.Set(text, l.jar.Read(&x.Request.Header), crossSite, now), nonceLine(left, crossSite, now))
	return nil
}

// check finds the state of a callback and everything that it must agree with. left are the browser's other nonces.
func (c *callback) check(x *exchange.Exchange) (*state, *login, [][]byte, *failure) {
	if !nameable(x.Request.Authority) {
		return nil, nil, nil, refused("AuthMissingHostHeader")
	}
	switch code := param(x, "error"); code {
	case "":
	case "access_denied":
		return nil, nil, nil, refused("")
	default:
		return nil, nil, nil, &failure{561, "", exchange.AuthFailure}
	}
	if param(x, "code") == "" {
		return nil, nil, nil, refused("AuthMissingCodeParam")
	}
	text := param(x, "state")
	if text == "" {
		return nil, nil, nil, refused("AuthMissingStateParam")
	}
	box, err := c.tools.states.Box()
	if err != nil {
		return nil, nil, nil, &failure{503, "", exchange.AuthError}
	}
	st, err := openState(box, []byte(text), c.tools.now())
	if err != nil {
		return nil, nil, nil, refused("AuthInvalidStateParam")
	}
	l := c.logins[st.login]
	left, ours := spend(st.nonce, nonces(&x.Request.Header))
	if l == nil || !ours || !bytes.EqualFold(st.authority, x.Request.Authority) {
		return nil, nil, nil, refused("AuthInvalidStateParam")
	}
	// A provider that says who it is (RFC 9207) must be the one that was asked: else one of several could have its users
	// bring it codes of another.
	if issuer := param(x, "iss"); issuer != "" && issuer != l.Issuer {
		return nil, nil, nil, refused("AuthInvalidStateParam")
	}
	return st, l, left, nil
}

// param is a parameter of a callback; empty when it is missing, stands there twice, or the method is not GET.
func param(x *exchange.Exchange, name string) string {
	if string(x.Request.Method) != "GET" {
		return ""
	}
	values, err := url.ParseQuery(string(x.Request.Query))
	if err != nil || len(values[name]) != 1 {
		return ""
	}
	return values[name][0]
}
