package provider

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Client ID and secret that the provider knows.
const (
	ClientID     = "shop"
	ClientSecret = "a secret of the shop that is long enough"
)

// Provider is an OpenID provider. All methods may be called from any goroutine.
type Provider struct {
	// Issuer is where it is said to be: "https://id.example".
	Issuer string
	// Silent publishes no metadata.
	Silent bool
	// Now is its clock; time.Now when nil.
	Now func() time.Time

	mu      sync.Mutex
	key     jose.JSONWebKey
	old     []jose.JSONWebKey
	serial  int
	codes   map[string]url.Values // the authentication request, by its code
	refresh map[string]string     // the subject, by refresh token
	access  map[string]string     // the subject, by access token
	claims  map[string]any
	asked   map[string]int
}

// rsaKey is shared: making one takes its time.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// New makes a Provider of user "ann".
func New(issuer string) *Provider {
	p := &Provider{
		Issuer: issuer, codes: map[string]url.Values{}, refresh: map[string]string{}, access: map[string]string{},
		claims: map[string]any{"sub": "ann", "email": "ann@a.example"}, asked: map[string]int{},
	}
	p.key = jose.JSONWebKey{Key: rsaKey(), KeyID: "key-1", Algorithm: "RS256", Use: "sig"}
	return p
}

// Rotate makes a new key; keep says whether the old one is still published.
func (p *Provider) Rotate(keep bool) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.old = append(p.old, p.key)
	if !keep {
		p.old = nil
	}
	p.key = jose.JSONWebKey{Key: key, KeyID: fmt.Sprintf("key-%d", 100+p.next()), Algorithm: "RS256", Use: "sig"}
}

// Claim sets a claim of the user; nil removes it.
func (p *Provider) Claim(name string, value any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.claims[name] = value
	if value == nil {
		delete(p.claims, name)
	}
}

// Asked is how often a path was asked for.
func (p *Provider) Asked(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

// Revoke makes all refresh tokens invalid.
func (p *Provider) Revoke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.refresh)
}

func (p *Provider) next() int { p.serial++; return p.serial }

func (p *Provider) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

// Client reaches the Provider, and nobody else, without a socket.
func (p *Provider) Client() *http.Client { return &http.Client{Transport: transport{p}} }

type transport struct{ p *Provider }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if at := r.URL.Scheme + "://" + r.URL.Host; at != t.p.Issuer {
		return nil, fmt.Errorf("dial %s: nobody is there", at)
	}
	if r.URL.Query().Get("fail") == "refused" {
		return nil, fmt.Errorf("connection refused")
	}
	w := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.p.ServeHTTP(w, r)
	}()
	select {
	case <-done:
		return w.Result(), nil
	case <-r.Context().Done():
		<-done
		return nil, r.Context().Err()
	}
}

// ServeHTTP answers:
//
//	/auth    fail=CODE answers with that error, fail=nocode and fail=nostate leave a parameter out, fail=state changes it;
//	         iss=ISSUER says who it is
//	/token   fail=500, refused, grant, json, empty, slow, noid, alg, signature, audience, party, issuer, expired, subject, type;
//	         expires=SECONDS of the access token; norefresh=1; size=BYTES of the access token; auth=basic
//	/user    fail=500, refused, json, slow, subject, nosubject, crlf; size=BYTES of an additional claim
//	/keys    fail=500, refused, json, slow, many, large
//	/.well-known/openid-configuration
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked[r.URL.Path]++
	p.mu.Unlock()
	q := r.URL.Query()
	switch fail := q.Get("fail"); {
	case fail == "500":
		http.Error(w, `{"error":"server_error"}`, http.StatusInternalServerError)
		return
	case fail == "json":
		_, _ = w.Write([]byte("<html>"))
		return
	case fail == "slow":
		wait(r.Context(), time.Hour)
		return
	case fail == "redirect":
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		return
	}
	switch r.URL.Path {
	case "/auth":
		p.authorize(w, r, q)
	case "/token":
		p.token(w, r, q)
	case "/user":
		p.user(w, r, q)
	case "/keys":
		p.keys(w, q)
	case "/.well-known/openid-configuration":
		if p.Silent {
			http.NotFound(w, r)
			return
		}
		reply(w, http.StatusOK, map[string]any{"issuer": p.Issuer, "jwks_uri": p.Issuer + "/keys"})
	default:
		http.NotFound(w, r)
	}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client sees what is missing
}

// authorize logs the user in without a word.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request, q url.Values) {
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != ClientID || q.Get("response_type") != "code" || back.Path != "/oauth2/idpresponse" {
		http.Error(w, "this is no authentication request", http.StatusBadRequest)
		return
	}
	out := url.Values{"state": {q.Get("state")}}
	if who := q.Get("iss"); who != "" {
		out.Set("iss", who)
	}
	switch fail := q.Get("fail"); fail {
	case "", "nocode", "nostate", "state":
		p.mu.Lock()
		code := "code-" + strconv.Itoa(p.next())
		p.codes[code] = q
		p.mu.Unlock()
		out.Set("code", code)
	default:
		out.Set("error", fail)
	}
	switch q.Get("fail") {
	case "nocode":
		out.Del("code")
	case "nostate":
		out.Del("state")
	case "state":
		other := "A"
		if strings.HasPrefix(q.Get("state"), other) {
			other = "B"
		}
		out.Set("state", other+q.Get("state")[min(1, len(q.Get("state"))):])
	}
	back.RawQuery = out.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request, q url.Values) {
	refuse := func(status int, code string) { reply(w, status, map[string]any{"error": code}) }
	id, secret := r.FormValue("client_id"), r.FormValue("client_secret")
	if q.Get("auth") == "basic" {
		id, secret, _ = r.BasicAuth()
		if text, err := url.QueryUnescape(secret); err == nil {
			secret = text
		}
	}
	if r.Method != http.MethodPost || id != ClientID || secret != ClientSecret {
		refuse(http.StatusUnauthorized, "invalid_client")
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	subject := "ann"
	switch r.FormValue("grant_type") {
	case "authorization_code":
		request := p.codes[r.FormValue("code")]
		delete(p.codes, r.FormValue("code"))
		if request == nil || request.Get("redirect_uri") != r.FormValue("redirect_uri") || q.Get("fail") == "grant" {
			refuse(http.StatusBadRequest, "invalid_grant")
			return
		}
	case "refresh_token":
		old := r.FormValue("refresh_token")
		if p.refresh[old] == "" || q.Get("fail") == "refresh" {
			refuse(http.StatusBadRequest, "invalid_grant")
			return
		}
		subject = p.refresh[old]
		delete(p.refresh, old) // used once
	default:
		refuse(http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	out := map[string]any{"token_type": "Bearer", "access_token": fmt.Sprintf("access-%d", p.next()), "expires_in": 3600}
	if n, err := strconv.Atoi(q.Get("size")); err == nil {
		out["access_token"] = fmt.Sprintf("%s%s", out["access_token"], strings.Repeat("a", n))
	}
	p.access[out["access_token"].(string)] = subject
	if n, err := strconv.Atoi(q.Get("expires")); err == nil {
		out["expires_in"] = n
	}
	if q.Get("norefresh") == "" {
		token := fmt.Sprintf("refresh-%d", p.next())
		p.refresh[token], out["refresh_token"] = subject, token
	}
	out["id_token"] = p.idToken(subject, q.Get("fail"))
	switch q.Get("fail") {
	case "noid":
		delete(out, "id_token")
	case "empty":
		delete(out, "access_token")
	case "type":
		out["token_type"] = "mac"
	}
	reply(w, http.StatusOK, out)
}

// idToken signs an ID token that is wrong in one way. mu is held.
func (p *Provider) idToken(subject, fail string) string {
	c := map[string]any{
		"iss": p.Issuer, "sub": subject, "aud": ClientID, "iat": p.now().Unix(), "exp": p.now().Add(time.Hour).Unix(),
	}
	key, algorithm := any(p.key), jose.RS256
	switch fail {
	case "audience":
		c["aud"] = "another"
	case "party":
		c["aud"], c["azp"] = []string{ClientID, "another"}, "another"
	case "issuer":
		c["iss"] = "https://evil.example"
	case "expired":
		c["exp"] = p.now().Add(-time.Second).Unix()
	case "subject":
		c["sub"] = "eve"
	case "signature":
		other, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		key = jose.JSONWebKey{Key: other, KeyID: p.key.KeyID}
	case "alg": // signed by something that everybody can know
		key, algorithm = jose.JSONWebKey{Key: []byte(strings.Repeat("k", 64)), KeyID: p.key.KeyID}, jose.HS256
	case "secret":
		key, algorithm = []byte(ClientSecret), jose.HS256
	}
	return sign(key, algorithm, c)
}

func sign(key any, algorithm jose.SignatureAlgorithm, claims map[string]any) string {
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		panic(err)
	}
	signed, err := s.Sign(text)
	if err != nil {
		panic(err)
	}
	out, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return out
}

func (p *Provider) user(w http.ResponseWriter, r *http.Request, q url.Values) {
	p.mu.Lock()
	defer p.mu.Unlock()
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if p.access[token] == "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	out := maps.Clone(p.claims)
	switch q.Get("fail") {
	case "subject":
		out["sub"] = "eve"
	case "nosubject":
		delete(out, "sub")
	case "crlf":
		out["sub"] = "ann\r\nX-Evil: 1"
	}
	if n, err := strconv.Atoi(q.Get("size")); err == nil {
		out["filler"] = strings.Repeat("f", n)
	}
	reply(w, http.StatusOK, out)
}

func (p *Provider) keys(w http.ResponseWriter, q url.Values) {
	p.mu.Lock()
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{p.key.Public()}}
	for i := range p.old {
		set.Keys = append(set.Keys, p.old[i].Public())
	}
	p.mu.Unlock()
	switch q.Get("fail") {
	case "many":
		for len(set.Keys) < 11 {
			k := set.Keys[0]
			k.KeyID = fmt.Sprintf("more-%d", len(set.Keys))
			set.Keys = append(set.Keys, k)
		}
	case "large":
		w.Header().Set("X-Large", "1")
		_, _ = fmt.Fprintf(w, `{"filler":%q,"keys":[]}`, strings.Repeat("x", 150<<10))
		return
	}
	if age := q.Get("age"); age != "" {
		w.Header().Set("Cache-Control", "max-age="+age)
	}
	reply(w, http.StatusOK, set)
}

// Token signs a token as text says: claims NAME=VALUE with ";" between. A value is a list when it stands in "[...]" with ","
// between, seconds from now when it begins with a sign, no claim at all when it is "none", and a text otherwise. iss, sub
// and exp are there unless they are said otherwise. "alg=" and "key=other" say how it is signed, "kid=" which key it names.
func (p *Provider) Token(text string) (string, error) {
	claims := map[string]any{"iss": p.Issuer, "sub": "ann", "exp": p.now().Add(time.Hour).Unix()}
	p.mu.Lock()
	key := p.key
	p.mu.Unlock()
	algorithm := jose.RS256
	for part := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(part, "=")
		switch {
		case name == "":
		case name == "alg":
			algorithm = jose.SignatureAlgorithm(value)
		case name == "kid":
			key.KeyID = value
		case name == "key":
			other, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				return "", err
			}
			key.Key = other
		case value == "none":
			delete(claims, name)
		case strings.HasPrefix(value, "[") && strings.HasSuffix(value, "]"):
			claims[name] = strings.Split(value[1:len(value)-1], ",")
		case strings.HasPrefix(value, "+"), strings.HasPrefix(value, "-"):
			n, err := strconv.Atoi(value)
			if err != nil {
				return "", err
			}
			claims[name] = p.now().Add(time.Duration(n) * time.Second).Unix()
		default:
			claims[name] = value
		}
	}
	key.Algorithm = string(algorithm)
	switch algorithm[:2] {
	case "HS": // with what everybody may know: the public key
		text, err := key.Public().MarshalJSON()
		if err != nil {
			return "", err
		}
		key.Key = text
	case "ES":
		other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return "", err
		}
		key.Key = other
	}
	return sign(key, algorithm, claims), nil
}

// PublicKey is the key that tokens are signed with now.
func (p *Provider) PublicKey() jose.JSONWebKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.key.Public()
}
