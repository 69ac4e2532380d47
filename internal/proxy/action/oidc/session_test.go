package oidc_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

func TestASessionIsRefreshedWhenItsAccessTokenExpires(t *testing.T) {
	h := open(t, at("token", "expires=60"))
	b := h.browser()
	b.mustLogin("/")
	first := b.get("/").sent.Get("X-Amzn-Oidc-Accesstoken")
	h.provider.Claim("email", "new@a.example")
	h.pass(30 * time.Second)
	if r := b.get("/"); r.sent.Get("X-Amzn-Oidc-Accesstoken") != first || len(r.cookies) != 0 {
		t.Errorf("before its time: %s", r)
	}
	h.pass(31 * time.Second)
	r := b.get("/")
	if r.status != 200 || r.sent.Get("X-Amzn-Oidc-Accesstoken") == first || !r.log.Auth.Has(exchange.AuthRefreshed) || len(r.cookies) != 1 {
		t.Fatalf("%s, cookies %v", r, r.cookies)
	}
	if _, payload := verify(t, h.logins.PublicKeys(), r.sent.Get("X-Amzn-Oidc-Data")); payload["email"] != "new@a.example" {
		t.Errorf("claims: %v", payload)
	}
	// The new refresh token is the one that is used next.
	h.pass(61 * time.Second)
	if r := b.get("/"); r.status != 200 || !r.log.Auth.Has(exchange.AuthRefreshed) {
		t.Errorf("the second time: %s", r)
	}
}

func TestRefreshingDoesNotMakeASessionLonger(t *testing.T) {
	h := open(t, login(func(a *model.AuthenticateOIDC) {
		a.TokenEndpoint += "?expires=60"
		a.SessionTimeoutSeconds = 100
	}))
	b := h.browser()
	b.mustLogin("/")
	h.pass(61 * time.Second)
	if r := b.get("/"); r.status != 200 {
		t.Fatal(r)
	}
	h.pass(40 * time.Second)
	if r := b.get("/"); r.status != 302 {
		t.Errorf("after the session's timeout: %s", r)
	}
}

func TestWithoutARefreshTokenASessionLastsUntilItsTimeout(t *testing.T) {
	h := open(t, at("token", "expires=60&norefresh=1"))
	b := h.browser()
	b.mustLogin("/")
	h.pass(6 * 24 * time.Hour)
	if r := b.get("/"); r.status != 200 || h.provider.Asked("/token") != 1 {
		t.Errorf("%s", r)
	}
	h.pass(25 * time.Hour)
	if r := b.get("/"); r.status != 302 {
		t.Errorf("after seven days: %s", r)
	}
}

func TestARefreshThatFailsLeadsToALogin(t *testing.T) {
	for _, without := range []model.UnauthenticatedAction{model.UnauthenticatedAuthenticate, model.UnauthenticatedDeny} {
		h := open(t, at("token", "expires=60"))
		b := h.browser()
		b.mustLogin("/")
		b.house = h.replica(login(func(a *model.AuthenticateOIDC) {
			a.TokenEndpoint += "?expires=60"
			a.OnUnauthenticated = without
		}))
		b.pass(61 * time.Second)
		h.provider.Revoke()
		r := b.get("/")
		if r.status != 302 || r.log.Reason != "AuthInvalidGrantError" || !strings.HasPrefix(r.location, issuer) {
			t.Errorf("%s: %s", without, r)
		}
	}
}

func TestARefreshCannotMakeSomebodyElseOfAUser(t *testing.T) {
	h := open(t, at("token", "expires=60"))
	b := h.browser()
	b.mustLogin("/")
	h.provider.Claim("sub", "eve")
	h.pass(61 * time.Second)
	if r := b.get("/"); r.status != 302 || r.log.Reason != "AuthInvalidUserinfoResponse" {
		t.Errorf("%s", r)
	}
}

// A page loads twenty things at once, all with the cookies of before; a refresh token may be used once.
func TestRequestsAtOnceRefreshASessionOnce(t *testing.T) {
	h := open(t, at("token", "expires=60"))
	b := h.browser()
	b.mustLogin("/")
	h.pass(61 * time.Second)
	cookie := "Cookie: " + b.cookie()
	var wg sync.WaitGroup
	replies := make([]reply, 20)
	for i := range replies {
		wg.Go(func() { replies[i] = h.ask("GET /", "a.example", cookie) })
	}
	wg.Wait()
	late := h.ask("GET /", "a.example", cookie) // was under way when the new cookies came
	for i, r := range append(replies, late) {
		if r.status != 200 || len(r.cookies) != 1 || r.sent.Get("X-Amzn-Oidc-Accesstoken") != replies[0].sent.Get("X-Amzn-Oidc-Accesstoken") {
			t.Errorf("request %d: %s", i, r)
		}
	}
	if n := h.provider.Asked("/token"); n != 2 {
		t.Errorf("the token endpoint was asked %d times, want one login and one refresh", n)
	}
}

func TestReplicasWithTheSameKeysShareLogins(t *testing.T) {
	h := open(t, login())
	other := h.replica(login())
	b := h.browser()
	back := callback(t, b.provide(b.get("/x").location))
	b.house = other
	if r := b.get(back); r.status != 302 {
		t.Fatalf("the login ends elsewhere: %s", r)
	}
	b.house = h
	r := b.get("/x")
	if r.status != 200 {
		t.Fatalf("back at the first one: %s", r)
	}
	verify(t, other.logins.PublicKeys(), r.sent.Get("X-Amzn-Oidc-Data"))
}

func TestLoginsOutliveARotationOfKeys(t *testing.T) {
	h := open(t, login())
	b, under := h.browser(), h.browser()
	b.mustLogin("/")
	signed := b.get("/").sent.Get("X-Amzn-Oidc-Data")
	back := callback(t, under.provide(under.get("/").location))
	h.keys.Set(ring(t, 'b', 'a'))
	if r := b.get("/"); r.status != 200 {
		t.Errorf("a session of before: %s", r)
	}
	if r := under.get(back); r.status != 302 {
		t.Errorf("a login that was under way: %s", r)
	}
	before, _ := verify(t, h.logins.PublicKeys(), signed) // still published
	after, _ := verify(t, h.logins.PublicKeys(), b.get("/").sent.Get("X-Amzn-Oidc-Data"))
	if before["kid"] == after["kid"] || len(h.logins.PublicKeys()) != 2 {
		t.Errorf("signed by %v and %v", before["kid"], after["kid"])
	}
	h.keys.Set(ring(t, 'c', 'b'))
	if r := under.get("/"); r.status != 200 {
		t.Errorf("a session of the key in the middle: %s", r)
	}
	if r := b.get("/"); r.status != 302 || r.log.Reason != "AuthInvalidCookie" {
		t.Errorf("a session of a key that is gone: %s", r)
	}
}

func TestWithoutKeysNobodyIsLetIn(t *testing.T) {
	h := open(t, login(func(a *model.AuthenticateOIDC) { a.OnUnauthenticated = model.UnauthenticatedAllow }))
	h.keys = &keyring.Keeper{}
	h.serve(login(func(a *model.AuthenticateOIDC) { a.OnUnauthenticated = model.UnauthenticatedAllow }))
	if r := h.ask("GET /", "a.example"); r.status != 503 {
		t.Errorf("%s", r)
	}
	if r := h.ask("GET /oauth2/idpresponse?code=a&state=b", "a.example"); r.status != 503 {
		t.Errorf("callback: %s", r)
	}
	if len(h.logins.PublicKeys()) != 0 {
		t.Error("there are public keys")
	}
}

func TestLongSessionsAreCutIntoCookies(t *testing.T) {
	for _, size := range []int{100, 3000, 6000, 9000, 11000} {
		h := open(t, login(func(a *model.AuthenticateOIDC) {
			a.UserInfoEndpoint += "?size=" + itoa(size)
			a.SessionCookieName = "shop-session"
		}))
		b := h.browser()
		b.mustLogin("/")
		total := 0
		for name, value := range b.jar {
			if len(name)+len(value) > 4096-80 {
				t.Errorf("size %d: %s has %d bytes", size, name, len(value))
			}
			total += len(name) + len(value) + 3
		}
		if want := 1 + size*4/3/4000; len(b.jar) < want || len(b.jar) > 4 || total > 16<<10 {
			t.Errorf("size %d: %d cookies, %d bytes", size, len(b.jar), total)
		}
		if r := b.get("/"); r.status != 200 {
			t.Errorf("size %d: %s", size, r)
		}
		if b.jar["shop-session-1"] != "" {
			whole := b.jar["shop-session-1"]
			delete(b.jar, "shop-session-1")
			if r := b.get("/"); r.status != 302 || r.log.Reason != "AuthInvalidCookie" {
				t.Errorf("size %d, without the second cookie: %s", size, r)
			}
			b.jar["shop-session-1"] = whole
		}
	}
}

func TestAShorterSessionTakesTheLastCookiesOut(t *testing.T) {
	h := open(t, login(func(a *model.AuthenticateOIDC) { a.UserInfoEndpoint += "?size=9000" }))
	b := h.browser()
	b.mustLogin("/")
	long := len(b.jar)
	b.house = h.replica(login())
	b.mustLogin("/") // another provider's session is none
	if len(b.jar) != 1 {
		t.Errorf("%d cookies, then %d", long, len(b.jar))
	}
	// A browser that keeps one all the same is none the worse.
	b.jar["AWSELBAuthSessionCookie-1"] = "rest"
	if r := b.get("/"); r.status != 200 {
		t.Errorf("%s", r)
	}
}

func TestASecretOfTheClientMayChange(t *testing.T) {
	h := open(t, login())
	b := h.browser()
	b.mustLogin("/")
	b.house = h.replica(login(func(a *model.AuthenticateOIDC) { a.ClientSecret = "new" }))
	if r := b.get("/"); r.status != 200 {
		t.Errorf("%s", r)
	}
}

func TestNobodyGetsInWithACookieThatWasChanged(t *testing.T) {
	h := open(t, login(func(a *model.AuthenticateOIDC) { a.UserInfoEndpoint += "?size=5000" }))
	b := h.browser()
	b.mustLogin("/")
	for _, name := range sorted(b.jar) {
		whole := b.jar[name]
		for i := 0; i < len(whole); i += 97 {
			c := byte('A')
			if whole[i] == c {
				c = 'B'
			}
			b.jar[name] = whole[:i] + string(c) + whole[i+1:]
			if r := b.ask("GET /", "a.example", "Cookie: "+b.cookie()); r.status != 302 || r.log.Reason != "AuthInvalidCookie" {
				t.Fatalf("%s changed at %d: %s", name, i, r)
			}
		}
		b.jar[name] = whole
	}
	// Cookies in another order are the same cookies; shards in another order are not.
	a, z := b.jar["AWSELBAuthSessionCookie-0"], b.jar["AWSELBAuthSessionCookie-1"]
	if r := h.ask("GET /", "a.example", "Cookie: AWSELBAuthSessionCookie-1="+z, "Cookie: x=y; AWSELBAuthSessionCookie-0="+a); r.status != 200 {
		t.Errorf("in another order: %s", r)
	}
	if r := h.ask("GET /", "a.example", "Cookie: AWSELBAuthSessionCookie-1="+a+"; AWSELBAuthSessionCookie-0="+z); r.status != 302 {
		t.Errorf("exchanged: %s", r)
	}
	if r := h.ask("GET /", "a.example", "Cookie: AWSELBAuthSessionCookie-0="+strings.ReplaceAll(a, "-", "%2D")); r.status != 302 {
		t.Errorf("URL-encoded: %s", r)
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func TestAProviderMayChangeItsKeys(t *testing.T) {
	h := open(t, login())
	h.browser().mustLogin("/")
	h.provider.Rotate(false)
	h.pass(11 * time.Second)
	h.browser().mustLogin("/")
	if n := h.provider.Asked("/keys"); n != 2 {
		t.Errorf("the keys were asked for %d times", n)
	}
}

// OpenID Connect Core section 3.1.3.7: a token that came from the token endpoint itself, by TLS, needs no signature that is checked.
func TestAProviderNeedNotPublishKeys(t *testing.T) {
	h := open(t, at("token", "fail=signature"))
	h.provider.Silent = true
	h.browser().mustLogin("/")
	// One that has published them is held to it, also while it cannot be asked.
	h = open(t, login())
	h.browser().mustLogin("/")
	h.provider.Silent = true
	h.pass(2 * time.Hour)
	b := h.replica(at("token", "fail=signature")).browser()
	if r := b.login("/"); r.status != 302 {
		t.Errorf("a process that has never seen keys: %s", r)
	}
}

func TestAProviderMayWantTheSecretElsewhere(t *testing.T) {
	h := open(t, at("token", "auth=basic&expires=60"))
	b := h.browser()
	b.mustLogin("/")
	h.pass(61 * time.Second)
	if r := b.get("/"); r.status != 200 || !r.log.Auth.Has(exchange.AuthRefreshed) {
		t.Errorf("%s", r)
	}
}

func BenchmarkRequestOfALoggedInUser(b *testing.B) {
	h := open(b, login())
	user := h.browser()
	user.mustLogin("/")
	cookie := "Cookie: " + user.cookie()
	b.ReportAllocs()
	for b.Loop() {
		if r := h.ask("GET /", "a.example", cookie); r.status != 200 {
			b.Fatal(r)
		}
	}
}
