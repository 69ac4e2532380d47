package idp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gwanmun/gwanmun/internal/testkit/provider"
)

const keysURL = "https://id.example/keys"

// endpoint is a key endpoint that can be told to fail.
type endpoint struct {
	asked atomic.Int64
	down  atomic.Bool
	slow  atomic.Bool
	age   string
	p     *provider.Provider
}

func (e *endpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	e.asked.Add(1)
	if e.slow.Load() {
		time.Sleep(2 * time.Second)
	}
	if e.down.Load() {
		return nil, errors.New("down")
	}
	q := r.URL.Query()
	if e.age != "" {
		q.Set("age", e.age)
	}
	r = r.Clone(r.Context())
	r.URL.RawQuery = q.Encode()
	return e.p.Client().Transport.RoundTrip(r)
}

func opened(t *testing.T) (*endpoint, *Client) {
	t.Helper()
	e := &endpoint{p: provider.New("https://id.example")}
	c := New(Options{HTTP: &http.Client{Transport: e}})
	t.Cleanup(c.Close)
	return e, c
}

var rs256 = []jose.SignatureAlgorithm{jose.RS256}

func token(t *testing.T, p *provider.Provider, text string) string {
	t.Helper()
	out, err := p.Token(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func valid(t *testing.T, k *KeySet, token string) bool {
	t.Helper()
	_, err := k.Verify(context.Background(), token, rs256)
	if err != nil && err != ErrSignature {
		t.Errorf("verify: %v", err)
	}
	return err == nil
}

func TestKeysAreAskedForOnceAndKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, c := opened(t)
		e.slow.Store(true)
		k := c.Keys(keysURL, TokenLimits)
		text := token(t, e.p, "")
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if !valid(t, k, text) {
					t.Error("not valid")
				}
			})
		}
		wg.Wait()
		time.Sleep(4 * time.Minute)
		if !valid(t, k, text) || e.asked.Load() != 1 {
			t.Errorf("asked %d times", e.asked.Load())
		}
		// When they are old, they are asked for again behind the back of who needs them.
		time.Sleep(2 * time.Minute)
		began := time.Now()
		if !valid(t, k, text) || time.Since(began) != 0 {
			t.Errorf("waited for %s", time.Since(began))
		}
		synctest.Wait()
		time.Sleep(3 * time.Second)
		if e.asked.Load() != 2 {
			t.Errorf("asked %d times", e.asked.Load())
		}
	})
}

func TestKeysAreKeptAsLongAsTheAnswerSaysWithinBounds(t *testing.T) {
	for age, want := range map[string]time.Duration{"": freshFor, "1": freshLeast, "600": 10 * time.Minute, "9999999": freshMost, "-5": freshLeast, "x": freshFor} {
		h := http.Header{}
		h.Set("Cache-Control", "public, max-age="+age)
		if got := freshness(h); got != want {
			t.Errorf("max-age %q: %s", age, got)
		}
	}
}

func TestOldKeysAreUsedWhileTheEndpointFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, c := opened(t)
		k := c.Keys(keysURL, TokenLimits)
		text := token(t, e.p, "exp=+999999")
		if !valid(t, k, text) {
			t.Fatal("not valid")
		}
		e.down.Store(true)
		for range 23 {
			time.Sleep(time.Hour)
			if !valid(t, k, text) {
				t.Fatal("not valid any more")
			}
			synctest.Wait()
		}
		time.Sleep(2 * time.Hour)
		_, err := k.Verify(context.Background(), text, rs256)
		if _, missing := errors.AsType[*Error](err); !missing {
			t.Errorf("after 25 hours: %v", err)
		}
		e.down.Store(false)
		time.Sleep(2 * time.Second)
		if !valid(t, k, text) {
			t.Error("not valid when the endpoint is back")
		}
	})
}

func TestAnEndpointThatFailsIsNotAskedByEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, c := opened(t)
		e.down.Store(true)
		k := c.Keys(keysURL, TokenLimits)
		text := token(t, e.p, "")
		for range 100 {
			_, err := k.Verify(context.Background(), text, rs256)
			if _, missing := errors.AsType[*Error](err); !missing {
				t.Fatalf("%v", err)
			}
		}
		if n := e.asked.Load(); n != 1 {
			t.Errorf("asked %d times at once", n)
		}
		time.Sleep(1100 * time.Millisecond)
		e.down.Store(false)
		if !valid(t, k, text) {
			t.Error("not valid when the endpoint is there")
		}
	})
}

func TestANewKeyIsFoundAndUnknownOnesDoNotFloodTheEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, c := opened(t)
		k := c.Keys(keysURL, TokenLimits)
		if !valid(t, k, token(t, e.p, "")) {
			t.Fatal("not valid")
		}
		time.Sleep(11 * time.Second)
		e.p.Rotate(true)
		if !valid(t, k, token(t, e.p, "")) || e.asked.Load() != 2 {
			t.Errorf("a new key: asked %d times", e.asked.Load())
		}
		for i := range 500 {
			if valid(t, k, token(t, e.p, fmt.Sprintf("kid=none-%d", i%3))) {
				t.Fatal("a key that does not exist")
			}
			time.Sleep(100 * time.Millisecond)
		}
		if n := e.asked.Load(); n > 8 { // 50 s, at most every 10 s
			t.Errorf("asked %d times", n)
		}
	})
}

func TestKeySetsBeyondTheirLimitsAreRefused(t *testing.T) {
	for _, query := range []string{"fail=many", "fail=large", "fail=json", "fail=500"} {
		e, c := opened(t)
		_, err := c.Keys(keysURL+"?"+query, TokenLimits).Verify(context.Background(), token(t, e.p, ""), rs256)
		if _, missing := errors.AsType[*Error](err); !missing {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestSetsOutliveWhoeverAskedButNotForEver(t *testing.T) {
	e, c := opened(t)
	k := c.Keys(keysURL, TokenLimits)
	if !valid(t, k, token(t, e.p, "")) || c.Keys(keysURL, TokenLimits) != k {
		t.Error("the same endpoint has two sets")
	}
	runtime.KeepAlive(k)
	k = nil
	for deadline := time.Now().Add(20 * time.Second); ; {
		runtime.GC()
		c.sets.mu.Lock()
		n := len(c.sets.sets)
		c.sets.mu.Unlock()
		if n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d sets are kept that nobody needs", n)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestSignaturesThatProveNothing(t *testing.T) {
	e, c := opened(t)
	k := c.Keys(keysURL, TokenLimits)
	good := token(t, e.p, "")
	if !valid(t, k, good) {
		t.Fatal("not valid")
	}
	parts := strings.Split(good, ".")
	for say, text := range map[string]string{
		"another key":            token(t, e.p, "key=other"),
		"the public key as HMAC": token(t, e.p, "alg=HS256"),
		"another algorithm":      token(t, e.p, "alg=RS512"),
		"PSS":                    token(t, e.p, "alg=PS256"),
		"ECDSA":                  token(t, e.p, "alg=ES256"),
		"none":                   "eyJhbGciOiJub25lIn0." + parts[1] + ".",
		"none with a signature":  "eyJhbGciOiJub25lIn0." + parts[1] + "." + parts[2],
		"no signature":           parts[0] + "." + parts[1] + ".",
		"two parts":              parts[0] + "." + parts[1],
		"four parts":             good + ".a",
		"padding":                parts[0] + "=." + parts[1] + "." + parts[2],
		"another payload":        parts[0] + "." + parts[2] + "." + parts[2],
		"JSON":                   `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"nothing":                "",
		"blanks":                 " " + good,
		"encrypted":              "a.b.c.d.e",
	} {
		if valid(t, k, text) {
			t.Errorf("%s is taken", say)
		}
	}
	// Without the name of a key all of them are tried.
	if !valid(t, k, token(t, e.p, "kid=")) {
		t.Error("a token that names no key")
	}
}

func TestKeysThatCannotBeUsedArePassedOver(t *testing.T) {
	weak := `{"kty":"RSA","kid":"weak","n":"` + strings.Repeat("A", 171) + `","e":"AQAB"}`
	public, err := json.Marshal(provider.New("x").PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	encrypting := strings.Replace(string(public), `"use":"sig"`, `"use":"enc"`, 1)
	for text, want := range map[string]int{
		`{"keys":[]}`:                                        0,
		`{"keys":[` + string(public) + `]}`:                  1,
		`{"keys":[` + encrypting + `]}`:                      0,
		`{"keys":[` + weak + `]}`:                            0,
		`{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`:            0,
		`{"keys":[{"kty":"new"},{},` + string(public) + `]}`: 1,
	} {
		keys, err := readKeys([]byte(text), 10)
		if err != nil || len(keys) != want {
			t.Errorf("%.80s: %d keys, %v", text, len(keys), err)
		}
	}
	for _, text := range []string{``, `[]`, `{}`, `{"keys":{}}`, `{"keys":[` + strings.Repeat(`{},`, 10) + `{}]}`} {
		if _, err := readKeys([]byte(text), 10); err == nil {
			t.Errorf("%.80s is a key set", text)
		}
	}
}

func FuzzKeys(f *testing.F) {
	public, err := json.Marshal(provider.New("x").PublicKey())
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"keys":[` + string(public) + `]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"","e":""},{"kty":"OKP","crv":"Ed25519","x":""}]}`))
	f.Add([]byte(`{"keys":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, err := readKeys(body, 10)
		if err == nil && len(keys) > 10 {
			t.Errorf("%d keys", len(keys))
		}
		for i := range keys {
			if !keys[i].IsPublic() {
				t.Error("a key that is not public")
			}
		}
	})
}

func FuzzClaims(f *testing.F) {
	f.Add([]byte(`{"iss":"a","aud":["b","c"],"exp":1.5e9,"nbf":"x"}`))
	f.Add([]byte(`{"exp":1e308,"iat":-1e308,"aud":[null],"iss":null}`))
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, err := ReadClaims(payload)
		if err != nil {
			return
		}
		now := time.Unix(1_800_000_000, 0)
		if c.Current(now) == nil {
			if at, ok := c.Time("exp"); !ok || !at.After(now) {
				t.Errorf("%s is current", payload)
			}
		}
		_ = c.Audience() // it must not break
	})
}

// A token that is remembered is no better than one that is not: when its key is gone, so is it.
func TestATokenIsForgottenWithItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, c := opened(t)
		k := c.Keys(keysURL, TokenLimits)
		text := token(t, e.p, "exp=+999999")
		for range 3 {
			if !valid(t, k, text) {
				t.Fatal("not valid")
			}
		}
		if n := k.verified.Len(); n != 1 {
			t.Errorf("%d tokens are remembered", n)
		}
		if _, err := k.Verify(context.Background(), text, []jose.SignatureAlgorithm{jose.ES256}); err != ErrSignature {
			t.Errorf("by another algorithm: %v", err)
		}
		e.p.Rotate(false)
		time.Sleep(freshFor + time.Second)
		valid(t, k, text) // lets the keys be asked for
		synctest.Wait()
		time.Sleep(askAgain)
		if valid(t, k, text) {
			t.Error("valid although its key is gone")
		}
		if !valid(t, k, token(t, e.p, "")) {
			t.Error("the new key is not known")
		}
	})
}
