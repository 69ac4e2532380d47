package oidc_test

import (
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// at changes one endpoint of a login.
func at(endpoint, query string) model.Action {
	return login(func(a *model.AuthenticateOIDC) {
		switch endpoint {
		case "auth":
			a.AuthorizationEndpoint += "?" + query
		case "token":
			a.TokenEndpoint += "?" + query
		case "user":
			a.UserInfoEndpoint += "?" + query
		}
	})
}

func TestWhatAProviderDoesWrongHasItsStatusAndReason(t *testing.T) {
	for _, c := range []struct {
		endpoint, query string
		status          int
		reason          string
		event           exchange.AuthEvents
	}{
		{"auth", "fail=server_error", 561, "", exchange.AuthFailure},
		{"auth", "fail=access_denied", 401, "", exchange.AuthFailure},
		{"auth", "fail=nocode", 401, "AuthMissingCodeParam", exchange.AuthFailure},
		{"auth", "fail=nostate", 401, "AuthMissingStateParam", exchange.AuthFailure},
		{"auth", "fail=state", 401, "AuthInvalidStateParam", exchange.AuthFailure},
		{"token", "fail=500", 500, "AuthTokenEpRequestFailed", exchange.AuthError},
		{"token", "fail=refused", 500, "AuthTokenEpRequestFailed", exchange.AuthError},
		{"token", "fail=redirect", 500, "AuthTokenEpRequestFailed", exchange.AuthError},
		{"token", "fail=slow", 500, "AuthTokenEpRequestTimeout", exchange.AuthError},
		{"token", "fail=grant", 500, "AuthInvalidGrantError", exchange.AuthFailure},
		{"token", "fail=json", 500, "AuthInvalidTokenResponse", exchange.AuthError},
		{"token", "fail=empty", 500, "AuthInvalidTokenResponse", exchange.AuthError},
		{"token", "fail=type", 500, "AuthInvalidTokenResponse", exchange.AuthError},
		{"token", "size=200000", 500, "AuthInvalidTokenResponse", exchange.AuthError},
		{"token", "fail=noid", 401, "AuthInvalidTokenResponse", exchange.AuthFailure},
		{"token", "fail=signature", 500, "AuthInvalidIdToken", exchange.AuthError},
		{"token", "fail=alg", 500, "AuthInvalidIdToken", exchange.AuthError},
		{"token", "fail=audience", 500, "AuthInvalidIdToken", exchange.AuthError},
		{"token", "fail=party", 500, "AuthInvalidIdToken", exchange.AuthError},
		{"token", "fail=issuer", 500, "AuthInvalidIdToken", exchange.AuthError},
		{"token", "fail=expired", 500, "AuthInvalidIdToken", exchange.AuthError},
		{"token", "fail=subject", 500, "AuthInvalidUserinfoResponse", exchange.AuthError},
		{"user", "fail=500", 500, "AuthUserinfoEpRequestFailed", exchange.AuthError},
		{"user", "fail=slow", 500, "AuthUserinfoEpRequestTimeout", exchange.AuthError},
		{"user", "fail=json", 500, "AuthInvalidUserinfoResponse", exchange.AuthError},
		{"user", "fail=subject", 500, "AuthInvalidUserinfoResponse", exchange.AuthError},
		{"user", "fail=nosubject", 500, "AuthInvalidUserinfoResponse", exchange.AuthError},
		{"user", "fail=crlf", 500, "AuthInvalidUserinfoResponse", exchange.AuthError},
		{"user", "size=11300", 500, "AuthUserinfoResponseSizeExceeded", exchange.AuthClaimsTooLarge},
		{"user", "size=200000", 500, "AuthUserinfoResponseSizeExceeded", exchange.AuthClaimsTooLarge},
		{"token", "size=11300", 500, "AuthUserinfoResponseSizeExceeded", exchange.AuthClaimsTooLarge},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			r := open(t, at(c.endpoint, c.query)).browser().login("/")
			if r.status != c.status || r.log.Reason != c.reason || !r.log.Auth.Has(c.event) || r.log.Auth.Has(exchange.AuthSuccess) {
				t.Errorf("%s?%s: %s, events %b; want %d %s", c.endpoint, c.query, r, r.log.Auth, c.status, c.reason)
			}
			if len(r.cookies) != 0 {
				t.Errorf("%s?%s: cookies %v", c.endpoint, c.query, r.cookies)
			}
			if took := time.Since(began); took > 6*time.Second {
				t.Errorf("%s?%s took %s", c.endpoint, c.query, took)
			}
		})
	}
}

func TestAnIDTokenThatIsSignedWithTheSecretIsTaken(t *testing.T) {
	open(t, at("token", "fail=secret")).browser().mustLogin("/")
}

func TestALoginTakesAtMostAQuarterOfAnHour(t *testing.T) {
	for late, status := range map[time.Duration]int{14*time.Minute + 50*time.Second: 302, 15*time.Minute + 2*time.Second: 401} {
		h := open(t, login())
		b := h.browser()
		back := callback(t, b.provide(b.get("/").location))
		h.pass(late)
		cookie := "Cookie: " + b.cookie()
		if r := h.ask("GET "+back, "a.example", cookie); r.status != status || status == 401 && r.log.Reason != "AuthInvalidStateParam" {
			t.Errorf("after %s: %s", late, r)
		}
	}
}

func TestALoginCannotBeEndedTwice(t *testing.T) {
	h := open(t, login())
	b := h.browser()
	back := callback(t, b.provide(b.get("/").location))
	old := "Cookie: " + b.cookie()
	if r := b.get(back); r.status != 302 {
		t.Fatal(r)
	}
	if r := b.get(back); r.status != 401 || r.log.Reason != "AuthInvalidStateParam" {
		t.Errorf("the state is taken twice: %s", r)
	}
	// A thief who has the cookie too gets no further than the provider, which takes a code once.
	if r := h.ask("GET "+back, "a.example", old); r.status != 500 || r.log.Reason != "AuthInvalidGrantError" {
		t.Errorf("the code is taken twice: %s", r)
	}
}

// Login CSRF (RFC 6749 section 10.12): somebody makes a victim's browser end a login that he began himself, so that the victim
// works under his name.
func TestALoginOfOneBrowserCannotBeEndedByAnother(t *testing.T) {
	h := open(t, login())
	attacker, victim := h.browser(), h.browser()
	back := callback(t, attacker.provide(attacker.get("/").location))
	if r := victim.get(back); r.status != 401 || r.log.Reason != "AuthInvalidStateParam" || len(r.cookies) != 0 {
		t.Errorf("without a nonce: %s", r)
	}
	victim.get("/") // a login of its own is under way
	if r := victim.get(back); r.status != 401 || r.log.Reason != "AuthInvalidStateParam" {
		t.Errorf("with another nonce: %s", r)
	}
	if h.provider.Asked("/token") != 0 {
		t.Error("the provider was asked for tokens")
	}
}

func TestLoginsInSeveralTabsDoNotDisturbEachOther(t *testing.T) {
	h := open(t, login())
	b := h.browser()
	var backs []string
	for _, target := range []string{"/0", "/1", "/2", "/3", "/4"} {
		backs = append(backs, callback(t, b.provide(b.get(target).location)))
	}
	if r := b.get(backs[0]); r.status != 401 { // the fifth tab has pushed the first one out
		t.Errorf("tab 0: %s", r)
	}
	for _, i := range []int{3, 1, 4, 2} {
		if r := b.get(backs[i]); r.status != 302 || !strings.HasSuffix(r.location, "/"+string(rune('0'+i))) {
			t.Errorf("tab %d: %s", i, r)
		}
	}
}

func TestALoginNeverLeadsToAnotherHost(t *testing.T) {
	h := open(t, login())
	// The attacker gets a state for a host of his own, and has the victim's browser bring it to the real one.
	attacker := h.browser()
	attacker.host = "evil.example"
	first := attacker.get("/phish")
	state, err := url.Parse(first.location)
	if err != nil {
		t.Fatal(err)
	}
	victim := h.browser()
	victim.jar = attacker.jar // even with the nonce
	r := victim.get("/oauth2/idpresponse?code=x&state=" + state.Query().Get("state"))
	if r.status != 401 || r.log.Reason != "AuthInvalidStateParam" || r.location != "" {
		t.Errorf("%s", r)
	}
	for _, target := range []string{"//evil.example/", "/\\evil.example", "/@evil.example/", "/%2F%2Fevil.example"} {
		if r := h.browser().login(target); r.location != "https://a.example"+target {
			t.Errorf("%s leads to %s", target, r.location)
		}
	}
}

func TestAHostThatIsNoNameIsNotSentAnywhere(t *testing.T) {
	h := open(t, login())
	for _, host := range []string{"a!b.example", "a$b.example", "a;b.example", "a'b.example"} {
		if r := h.ask("GET /", host); r.status != 401 && r.status != 400 || r.location != "" {
			t.Errorf("%s: %s", host, r)
		}
	}
}

func TestAStateOfAnotherLoadBalancerProviderOrPurposeIsNone(t *testing.T) {
	h := open(t, login())
	b := h.browser()
	back := callback(t, b.provide(b.get("/").location))
	// Another client of the same provider, with the same keys.
	other := h.replica(login(func(a *model.AuthenticateOIDC) { a.ClientID = "other" }))
	if r := other.ask("GET "+back, "a.example", "Cookie: "+b.cookie()); r.status != 401 || r.log.Reason != "AuthInvalidStateParam" {
		t.Errorf("at another client: %s", r)
	}
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	// A state is no session.
	if r := h.ask("GET /", "a.example", "Cookie: AWSELBAuthSessionCookie-0="+u.Query().Get("state")); r.status != 302 || r.log.Reason != "AuthInvalidCookie" {
		t.Errorf("a state as a session: %s", r)
	}
	// A session is no state.
	b.mustLogin("/")
	b.get("/open")
	if r := b.get("/oauth2/idpresponse?code=a&state=" + b.jar["AWSELBAuthSessionCookie-0"]); r.status != 401 || r.log.Reason != "AuthInvalidStateParam" {
		t.Errorf("a session as a state: %s", r)
	}
}

func TestOnlyGETEndsALogin(t *testing.T) {
	h := open(t, login())
	b := h.browser()
	back := callback(t, b.provide(b.get("/").location))
	for _, method := range []string{"POST", "HEAD", "PUT"} {
		if r := b.do(method + " " + back); r.status != 401 || r.log.Reason != "AuthMissingCodeParam" {
			t.Errorf("%s: %s", method, r)
		}
	}
	if r := b.get(back + "&state=x"); r.status != 401 || r.log.Reason != "AuthMissingStateParam" {
		t.Errorf("two states: %s", r)
	}
	if r := b.get(back); r.status != 302 {
		t.Errorf("GET: %s", r)
	}
}

// The mix-up attack (RFC 9700 section 4.4): a provider that somebody controls sends its users on to another one, and is brought the
// code of that one.
func TestAProviderThatSaysWhoItIsMustBeTheOneThatWasAsked(t *testing.T) {
	open(t, at("auth", "iss="+url.QueryEscape(issuer))).browser().mustLogin("/")
	h := open(t, at("auth", "iss=https%3A%2F%2Fother.example"))
	if r := h.browser().login("/"); r.status != 401 || r.log.Reason != "AuthInvalidStateParam" || h.provider.Asked("/token") != 0 {
		t.Errorf("%s, the token endpoint was asked %d times", r, h.provider.Asked("/token"))
	}
}
