package oidc_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action/session"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/testkit/provider"
)

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

func TestAUserWithoutASessionIsSentToTheProvider(t *testing.T) {
	h := open(t, login(func(a *model.AuthenticateOIDC) {
		a.Scope = "openid email"
		a.ExtraParams = []model.Parameter{{Name: "prompt", Value: "select account"}, {Name: "client_id", Value: "other"}}
	}))
	r := h.ask("GET /cart?id=7", "A.example:8443")
	if r.status != 302 {
		t.Fatal(r)
	}
	u, err := url.Parse(r.location)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Scheme+"://"+u.Host+u.Path != issuer+"/auth" || strings.Contains(u.RawQuery, "+") {
		t.Errorf("sent to %s", r.location)
	}
	for name, want := range map[string]string{
		"client_id": provider.ClientID, "redirect_uri": "https://a.example:8443/oauth2/idpresponse", "response_type": "code",
		"scope": "openid email", "prompt": "select account",
	} {
		if got := q[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if strings.Contains(q.Get("state"), "cart") || len(q.Get("state")) < 60 {
		t.Errorf("the state can be read: %s", q.Get("state"))
	}
	if len(r.cookies) != 1 {
		t.Fatalf("cookies: %v", r.cookies)
	}
	c := r.cookies[0]
	if c.Name != "AWSALBAuthNonce" || len(c.Value) != 16 || c.Path != "/" || !c.Secure || !c.HttpOnly || c.SameSite != 0 {
		t.Errorf("the nonce's cookie is %v", c)
	}
	if !r.log.Actions.Has(exchange.ActionAuthenticate) {
		t.Errorf("actions: %s", r.log.Actions)
	}
}

func TestALoginLeadsBackToWhereTheUserWantedToGo(t *testing.T) {
	h := open(t, login())
	b := h.browser()
	r := b.login("/cart?id=7&x=%2F")
	if r.status != 302 || r.location != "https://a.example/cart?id=7&x=%2F" || !r.log.Auth.Has(exchange.AuthSuccess) {
		t.Fatal(r)
	}
	var names []string
	for _, c := range r.cookies {
		names = append(names, c.Name)
		if !c.Secure || !c.HttpOnly || c.Path != "/" {
			t.Errorf("cookie %v", c)
		}
		if c.Name == "AWSELBAuthSessionCookie-0" {
			if d := c.Expires.Sub(h.now()); d < 7*24*time.Hour-time.Minute || d > 7*24*time.Hour+time.Minute {
				t.Errorf("the session cookie expires in %s", d)
			}
		}
	}
	if !slices.Equal(names, []string{"AWSELBAuthSessionCookie-0", "AWSALBAuthNonce"}) {
		t.Errorf("cookies: %v", names)
	}
	if _, left := b.jar["AWSALBAuthNonce"]; left {
		t.Error("the nonce outlives the login")
	}
	r = b.get("/cart?id=7")
	if r.status != 200 || len(r.cookies) != 0 {
		t.Fatal(r)
	}
	if r.sent.Get("X-Amzn-Oidc-Identity") != "ann" || !strings.HasPrefix(r.sent.Get("X-Amzn-Oidc-Accesstoken"), "access-") {
		t.Errorf("the target gets %v", r.sent)
	}
}

// verify reads the token for targets as an application does that follows AWS's documentation.
func verify(t testing.TB, keys []session.PublicKey, token string) (head, payload map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %s", token)
	}
	decode := func(part string, into any) {
		if len(part)%4 != 0 {
			t.Errorf("a part has no padding: %s", part)
		}
		text, err := base64.URLEncoding.DecodeString(part)
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	decode(parts[0], &head)
	decode(parts[1], &payload)
	for _, k := range keys {
		if k.ID != head["kid"] {
			continue
		}
		block, _ := pem.Decode(k.PEM)
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := base64.URLEncoding.DecodeString(parts[2])
		if err != nil || len(signature) != 64 {
			t.Fatalf("the signature has %d bytes: %v", len(signature), err)
		}
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if !ecdsa.Verify(public.(*ecdsa.PublicKey), sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
			t.Fatal("the signature is not valid")
		}
		return head, payload
	}
	t.Fatalf("there is no key %v", head["kid"])
	return nil, nil
}

func TestTargetsGetASignedTokenOfClaims(t *testing.T) {
	h := open(t, login())
	h.provider.Claim("exp", 1)
	h.provider.Claim("name", "Ann <O'Neil> é")
	b := h.browser()
	b.mustLogin("/")
	head, payload := verify(t, h.logins.PublicKeys(), b.get("/").sent.Get("X-Amzn-Oidc-Data"))
	soon := float64(h.now().Unix())
	for name, want := range map[string]any{
		"typ": "JWT", "alg": "ES256", "signer": "alb/shop", "iss": issuer, "client": provider.ClientID,
	} {
		if head[name] != want {
			t.Errorf("head: %s is %v, want %v", name, head[name], want)
		}
	}
	if exp := head["exp"].(float64); exp < soon || exp > soon+150 || payload["exp"] != head["exp"] {
		t.Errorf("it expires at %v and %v, now is %v", head["exp"], payload["exp"], soon)
	}
	if payload["sub"] != "ann" || payload["email"] != "ann@a.example" || payload["iss"] != issuer || payload["name"] != "Ann <O'Neil> é" {
		t.Errorf("payload: %v", payload)
	}
}

func TestWhatAClientSaysOfItsLoginIsRemovedEverywhere(t *testing.T) {
	forged := []string{"X-Amzn-Oidc-Data: forged", "x-amzn-oidc-identity: admin", "X-AMZN-OIDC-ACCESSTOKEN: forged", "X-Amzn-Oidc-Other: x"}
	none := func(r reply) {
		t.Helper()
		for name := range r.sent {
			if strings.HasPrefix(strings.ToLower(name), "x-amzn-oidc-") {
				t.Errorf("the target gets %s: %v", name, r.sent[name])
			}
		}
	}
	h := open(t, login(func(a *model.AuthenticateOIDC) { a.OnUnauthenticated = model.UnauthenticatedAllow }))
	for _, path := range []string{"/", "/open"} {
		r := h.ask("GET "+path, "a.example", forged...)
		if r.status != 200 {
			t.Fatal(r)
		}
		none(r)
	}
	logged := open(t, login()).browser()
	logged.mustLogin("/")
	r := logged.get("/", forged...)
	for _, name := range []string{"X-Amzn-Oidc-Data", "X-Amzn-Oidc-Identity", "X-Amzn-Oidc-Accesstoken"} {
		if got := r.sent[name]; len(got) != 0 && (len(got) > 1 || strings.Contains(got[0], "forged") || got[0] == "admin") {
			t.Errorf("%s: %v", name, got)
		}
	}
	if r.sent.Get("X-Amzn-Oidc-Other") != "" || r.sent.Get("X-Amzn-Oidc-Identity") != "ann" {
		t.Errorf("the target gets %v", r.sent)
	}
}

func TestUnauthenticatedRequestsAreDealtWithAsTheRuleSays(t *testing.T) {
	for _, c := range []struct {
		without model.UnauthenticatedAction
		fresh   int // without a session
		over    int // with one that is over
		bad     int // with cookies that are none of ours
	}{
		{model.UnauthenticatedAuthenticate, 302, 302, 302},
		{model.UnauthenticatedDeny, 401, 302, 401},
		{model.UnauthenticatedAllow, 200, 200, 200},
	} {
		h := open(t, login(func(a *model.AuthenticateOIDC) {
			a.OnUnauthenticated, a.SessionTimeoutSeconds = c.without, 60
		}))
		if r := h.ask("GET /", "a.example"); r.status != c.fresh || r.log.Reason != "" {
			t.Errorf("%s: %s without a session", c.without, r)
		}
		if r := h.ask("GET /", "a.example", "Cookie: AWSELBAuthSessionCookie-0=abc"); r.status != c.bad || r.log.Reason != "AuthInvalidCookie" {
			t.Errorf("%s: %s with a bad cookie", c.without, r)
		}
		b := open(t, login(func(a *model.AuthenticateOIDC) { a.SessionTimeoutSeconds = 60 })).browser()
		b.mustLogin("/")
		b.house = h // another process with the same keys
		if r := b.get("/"); r.status != 200 || r.sent.Get("X-Amzn-Oidc-Identity") != "ann" {
			t.Errorf("%s: %s with a session", c.without, r)
		}
		h.pass(61 * time.Second)
		if r := b.get("/"); r.status != c.over || r.sent.Get("X-Amzn-Oidc-Identity") != "" {
			t.Errorf("%s: %s with a session that is over", c.without, r)
		}
	}
}

func TestARequestThatNamesNoHostCannotLogIn(t *testing.T) {
	h := open(t, login())
	if r := h.ask("GET /", ""); r.status != 401 || r.log.Reason != "AuthMissingHostHeader" {
		t.Errorf("without Host: %s", r)
	}
	if r := h.ask("GET /oauth2/idpresponse?code=a&state=b", ""); r.status != 401 || r.log.Reason != "AuthMissingHostHeader" {
		t.Errorf("callback without Host: %s", r)
	}
}

func TestAnAddressThatIsTooLongIsNotTakenAlong(t *testing.T) {
	h := open(t, login())
	if r := h.ask("GET /"+strings.Repeat("a", 8000), "a.example"); r.status != 507 {
		t.Errorf("%d", r.status)
	}
	b := h.browser()
	b.mustLogin("/" + strings.Repeat("a", 4000))
}

func TestExpiringTheCookiesLogsOut(t *testing.T) {
	h := open(t, login())
	b := h.browser()
	b.mustLogin("/")
	for name := range b.jar { // what an application does
		delete(b.jar, name)
	}
	if r := b.get("/"); r.status != 302 {
		t.Errorf("after logging out: %s", r)
	}
}

func TestRequestsFromOtherOriginsGetCookiesThatTravel(t *testing.T) {
	h := open(t, login())
	for origin, want := range map[string]http.SameSite{
		"https://other.example": http.SameSiteNoneMode, "null": http.SameSiteNoneMode, "https://a.example": 0, "http://a.example": http.SameSiteNoneMode,
	} {
		r := h.ask("GET /", "a.example", "Origin: "+origin)
		if len(r.cookies) != 1 || r.cookies[0].SameSite != want {
			t.Errorf("origin %s: %v", origin, r.cookies)
		}
	}
}

func TestEveryMethodIsSentToTheProvider(t *testing.T) {
	h := open(t, login())
	if r := h.ask("POST /form", "a.example"); r.status != 302 || !strings.HasPrefix(r.location, issuer) {
		t.Errorf("POST: %s", r)
	}
}

func TestTheCallbackIsAnOrdinaryPathWhereNobodyLogsIn(t *testing.T) {
	h := open(t, model.Action{Type: model.ActionJWTValidation, JWTValidation: &model.JWTValidation{
		Issuer: issuer, JWKSEndpoint: issuer + "/keys",
	}})
	token, err := h.provider.Token("")
	if err != nil {
		t.Fatal(err)
	}
	if r := h.ask("GET /oauth2/idpresponse?code=a&state=b", "a.example", "Authorization: Bearer "+token); r.status != 200 {
		t.Errorf("%s", r)
	}
}

func TestWhatMayWaitIsNotDecidedOnAnEventLoop(t *testing.T) {
	h := open(t, login())
	for target, want := range map[string]bool{"/": true, "/oauth2/idpresponse": true, "/open": false} {
		if r := h.ask("GET "+target, "a.example"); r.blocking != want {
			t.Errorf("%s: blocking %v", target, r.blocking)
		}
	}
}
