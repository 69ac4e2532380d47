package oidc

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
	"github.com/gwanmun/gwanmun/internal/proxy/action/session"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

const (
	// callbackPath is where providers send users back to.
	callbackPath = compile.CallbackPath
	// maxLocation is the longest address that a user is sent to (AWS: 8 K for redirects).
	maxLocation = 8 << 10
)

// step lets logged-in users through and sends others to log in.
type step struct {
	*login
	tools *Logins
	style page.Style
}

// Login makes the step of a rule's login action; nil without one.
func (t *Logins) Login(c *compile.Config) (exchange.Filter, error) {
	a := loginOf(c.Rule.Actions)
	if a.Type == "" {
		return nil, nil
	}
	if t == nil {
		return nil, errors.New("users cannot log in here")
	}
	if c.Listener == nil || c.Listener.Protocol != model.HTTPS {
		return nil, errors.New("users log in on HTTPS listeners only")
	}
	l, err := t.make(c, a)
	if err != nil {
		return nil, err
	}
	return &step{l, t, c.Style}, nil
}

// Blocks says that the step may have to ask the provider.
func (*step) Blocks() bool { return true }

// Asks says when the provider would be asked: when an access token has to be refreshed.
func (s *step) Asks(x *exchange.Exchange) string {
	found, _ := s.find(x)
	if found != nil && s.stale(found) {
		return "asks " + s.Token + " for a new access token"
	}
	return ""
}

// Request lets the request through when its cookies hold a session.
func (s *step) Request(x *exchange.Exchange) exchange.Verdict {
	x.Did(exchange.ActionAuthenticate)
	if _, err := s.tools.sessions.Box(); err != nil { // the keys are not there yet
		s.style.Error(x, 503)
		return exchange.Respond
	}
	found, expired := s.find(x)
	if found != nil && s.stale(found) {
		found, expired = s.renew(x, found), true
	}
	if found != nil {
		return s.admit(x, found)
	}
	switch {
	case s.without == model.UnauthenticatedAllow:
		return exchange.Continue
	case s.without == model.UnauthenticatedDeny && !expired:
		s.style.Error(x, 401)
		return exchange.Respond
	}
	return s.send(x)
}

// find reads the session of a request. expired says that there was one, which is over.
func (s *step) find(x *exchange.Exchange) (found *session.Session, expired bool) {
	box, err := s.tools.sessions.Box()
	if err != nil {
		return nil, false
	}
	found, err = session.Open(box, s.jar.Read(&x.Request.Header))
	if err != nil || found != nil && found.Provider != s.id {
		x.Because("AuthInvalidCookie")
		return nil, false
	}
	if found == nil {
		return nil, false
	}
	age := s.tools.now().Sub(found.Created)
	if age >= s.timeout || age < -idp.Leeway {
		return nil, true
	}
	return found, false
}

// stale says that the access token has expired and that a new one can be asked for. Without a refresh token the session
// goes on with the claims that it has until its timeout (AWS).
func (s *step) stale(found *session.Session) bool {
	return found.RefreshToken != nil && !found.Expires.IsZero() && !s.tools.now().Before(found.Expires)
}

// renew refreshes a session and hands out its new cookies; nil when the user has to log in again.
func (s *step) renew(x *exchange.Exchange, old *session.Session) *session.Session {
	box, err := s.tools.sessions.Box()
	if err != nil {
		return nil
	}
	began := s.tools.now()
	fresh, failure := s.tools.refreshed(s.login, old)
	x.Log.AuthTook += s.tools.now().Sub(began)
	if failure != nil {
		x.Because(failure.reason)
		x.Log.Auth |= failure.event
		return nil
	}
	text, err := session.Seal(box, fresh, s.jar)
	if err != nil {
		x.Because(reasonTooLarge)
		x.Log.Auth |= exchange.AuthError | exchange.AuthClaimsTooLarge
		return nil
	}
	x.Log.Auth |= exchange.AuthSuccess | exchange.AuthRefreshed
	x.Login.Cookies = append(x.Login.Cookies,
		s.jar.Set(text, s.jar.Read(&x.Request.Header), session.CrossSite(x), s.tools.now())...)
	return fresh
}

// admit notes who has logged in.
func (s *step) admit(x *exchange.Exchange, found *session.Session) exchange.Verdict {
	data, err := s.tools.signer.Data(s.about, found.Claims, s.tools.now())
	if err != nil {
		return s.fail(x, 500, reasonUnhandled)
	}
	x.Login.AccessToken, x.Login.Subject, x.Login.Data = found.AccessToken, found.Subject, data
	return exchange.Continue
}

func (s *step) fail(x *exchange.Exchange, status int, reason string) exchange.Verdict {
	x.Because(reason)
	x.Log.Auth |= exchange.AuthError
	s.style.Error(x, status)
	return exchange.Respond
}

// send sends the user to the provider, with a state that knows where to go afterwards.
func (s *step) send(x *exchange.Exchange) exchange.Verdict {
	if !nameable(x.Request.Authority) {
		x.Because("AuthMissingHostHeader")
		s.style.Error(x, 401)
		return exchange.Respond
	}
	box, err := s.tools.states.Box()
	if err != nil {
		s.style.Error(x, 503)
		return exchange.Respond
	}
	now := s.tools.now()
	st := state{login: s.place, begun: now, nonce: newNonce(), authority: x.Request.Authority, target: x.Request.Target}
	location := s.request(st.seal(box), x.Request.Authority)
	if len(location) > maxLocation {
		s.style.Error(x, 507)
		return exchange.Respond
	}
	s.style.Redirect(x, 302, location)
	x.Login.Cookies = append(x.Login.Cookies, begin(st.nonce, nonces(&x.Request.Header), session.CrossSite(x), now))
	return exchange.Respond
}

// request is the address of an authentication request (OpenID Connect Core section 3.1.2.1).
func (l *login) request(state, authority []byte) []byte {
	var b strings.Builder
	b.WriteString(l.Authorization)
	mark := byte('?')
	if strings.Contains(l.Authorization, "?") {
		mark = '&'
	}
	add := func(name, value string) {
		b.WriteByte(mark)
		mark = '&'
		b.WriteString(escape(name))
		b.WriteByte('=')
		b.WriteString(escape(value))
	}
	add("client_id", l.ClientID)
	add("redirect_uri", callbackOf(authority))
	add("response_type", "code")
	add("scope", l.scope)
	add("state", string(state))
	for _, p := range l.extra {
		switch p.Name {
		case "client_id", "redirect_uri", "response_type", "scope", "state": // ours
		default:
			add(p.Name, p.Value)
		}
	}
	return []byte(b.String())
}

// escape writes a text so that it means the same in a form and in a URI: a blank is %20 in both.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// callbackOf is the redirect URI of a host.
func callbackOf(authority []byte) string {
	return "https://" + strings.ToLower(string(authority)) + callbackPath
}

// nameable says whether a host is one that users can be sent back to.
func nameable(authority []byte) bool {
	for _, c := range authority {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '.', c == '-', c == '_', c == ':', c == '[', c == ']':
		default:
			return false
		}
	}
	return len(authority) > 0 && len(authority) <= 512
}

// Response hands out cookies.
func (*step) Response(x *exchange.Exchange) { setCookies(x) }

var setCookie = []byte("Set-Cookie")

func setCookies(x *exchange.Exchange) {
	for _, line := range x.Login.Cookies {
		x.Response.Header.Add(setCookie, line)
	}
}
