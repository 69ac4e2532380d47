package jwt

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/testkit/provider"
)

const issuer = "https://id.example"

func config() *compile.Config {
	return &compile.Config{Listener: &model.Listener{Protocol: model.HTTPS}}
}

func gate(t *testing.T, p *provider.Provider, keys string, claims ...model.Claim) exchange.Filter {
	t.Helper()
	client := idp.New(idp.Options{HTTP: p.Client()})
	t.Cleanup(client.Close)
	s, err := New(config(), &model.JWTValidation{Issuer: issuer, JWKSEndpoint: issuer + "/keys" + keys, AdditionalClaims: claims}, client, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask is the status of a request; 200 when it is let through, as it came.
func ask(t *testing.T, s exchange.Filter, authorization ...string) int {
	t.Helper()
	x := &exchange.Exchange{}
	for _, a := range authorization {
		x.Request.Header.Add([]byte("authorization"), []byte(a))
	}
	verdict := s.Request(x)
	if !x.Log.Actions.Has(exchange.ActionJWT) {
		t.Error("the action is not noted")
	}
	if verdict == exchange.Respond {
		return x.Response.Status
	}
	if x.Request.Header.Len() != len(authorization) || string(x.Request.Header.At(0).Value) != authorization[0] {
		t.Error("the target does not get the token as it came")
	}
	return 200
}

func bearing(t *testing.T, p *provider.Provider, text string) string {
	t.Helper()
	token, err := p.Token(text)
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + token
}

func TestWhoIsLetThrough(t *testing.T) {
	p := provider.New(issuer)
	s := gate(t, p, "")
	for text, want := range map[string]int{
		"": 200, "nbf=-10;iat=-10": 200, "nbf=+10": 200, "exp=+1": 200, "kid=": 200, "aud=anything": 200,
		"exp=-1": 401, "exp=none": 401, "exp=soon": 401, "nbf=+60": 401, "iat=+60": 401, "nbf=now": 401,
		"iss=none": 401, "iss=https://evil.example": 401, "iss=https://id.example/": 401, "iss=[https://id.example]": 401,
		"key=other": 401, "kid=unknown": 401, "alg=HS256": 401, "alg=ES256": 401, "alg=RS384": 401, "alg=PS256": 401,
	} {
		if got := ask(t, s, bearing(t, p, text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestHowATokenIsBrought(t *testing.T) {
	p := provider.New(issuer)
	s := gate(t, p, "")
	good := strings.TrimPrefix(bearing(t, p, ""), "Bearer ")
	for say, c := range map[string]struct {
		fields []string
		want   int
	}{
		"not at all":          {nil, 401},
		"as it must be":       {[]string{"Bearer " + good}, 200},
		"in other letters":    {[]string{"bEARER  " + good}, 200},
		"without scheme":      {[]string{good}, 401},
		"as another scheme":   {[]string{"Basic " + good}, 401},
		"with something else": {[]string{"Bearer " + good + " x"}, 401},
		"twice":               {[]string{"Bearer " + good, "Bearer " + good}, 401},
		"empty":               {[]string{"Bearer "}, 401},
		"as nothing":          {[]string{""}, 401},
		"as a list":           {[]string{"Bearer " + good + ",Bearer x"}, 401},
	} {
		if got := ask(t, s, c.fields...); got != c.want {
			t.Errorf("%s: %d, want %d", say, got, c.want)
		}
	}
}

func TestAdditionalClaims(t *testing.T) {
	p := provider.New(issuer)
	for _, c := range []struct {
		format string
		values []string
		token  string
		want   int
	}{
		{"single-string", []string{"read"}, "c=read", 200},
		{"single-string", []string{"read", "write"}, "c=write", 200},
		{"single-string", []string{"read"}, "c=READ", 401},
		{"single-string", []string{"read"}, "c=read write", 401},
		{"single-string", []string{"read"}, "c=[read]", 401},
		{"single-string", []string{"read"}, "", 401},
		{"single-string", []string{"read"}, "C=read", 401},
		{"string-array", []string{"read"}, "c=[write,read]", 200},
		{"string-array", []string{"read", "write"}, "c=[write,read,more]", 200},
		{"string-array", []string{"read", "write"}, "c=[read]", 401},
		{"string-array", []string{"read"}, "c=read", 401},
		{"space-separated-values", []string{"read"}, "c=write read", 200},
		{"space-separated-values", []string{"read", "write"}, "c=write read", 200},
		{"space-separated-values", []string{"read", "write"}, "c=read", 401},
		{"space-separated-values", []string{"read"}, "c=reader", 401},
		{"space-separated-values", []string{"read"}, "c=[read]", 401},
		{"space-separated-values", []string{"read"}, "c=+5", 401},
	} {
		s := gate(t, p, "", model.Claim{Name: "c", Format: c.format, Values: c.values})
		if got := ask(t, s, bearing(t, p, c.token)); got != c.want {
			t.Errorf("%s %q of a token with %q: %d, want %d", c.format, c.values, c.token, got, c.want)
		}
	}
	two := gate(t, p, "", model.Claim{Name: "a", Format: "single-string", Values: []string{"1"}},
		model.Claim{Name: "b", Format: "single-string", Values: []string{"2"}})
	if got := ask(t, two, bearing(t, p, "a=1;b=2")); got != 200 {
		t.Errorf("both claims: %d", got)
	}
	if got := ask(t, two, bearing(t, p, "a=1;b=3")); got != 401 {
		t.Errorf("one of two claims: %d", got)
	}
}

func TestWithoutKeysTheAnswerIs562(t *testing.T) {
	for _, query := range []string{"?fail=500", "?fail=refused", "?fail=json", "?fail=many", "?fail=large", "?fail=slow", "?fail=redirect"} {
		synctest.Test(t, func(t *testing.T) {
			p := provider.New(issuer)
			s, began := gate(t, p, query), time.Now()
			if got := ask(t, s, bearing(t, p, "")); got != 562 {
				t.Errorf("%s: %d", query, got)
			}
			if took := time.Since(began); took > idp.Timeout {
				t.Errorf("%s: it took %s", query, took)
			}
			if got := ask(t, s); got != 401 {
				t.Errorf("%s, without a token: %d", query, got)
			}
			if got := ask(t, s, "Bearer x.y.z"); got != 401 {
				t.Errorf("%s, with something that is no token: %d", query, got)
			}
		})
	}
}

func TestActionsThatCannotBeCarriedOut(t *testing.T) {
	client := idp.New(idp.Options{})
	defer client.Close()
	long := strings.Repeat("v", 257)
	claim := func(name, format string, values ...string) []model.Claim {
		return []model.Claim{{Name: name, Format: format, Values: values}}
	}
	for say, v := range map[string]*model.JWTValidation{
		"plain http":           {Issuer: issuer, JWKSEndpoint: "http://id.example/keys"},
		"no address":           {Issuer: issuer},
		"no issuer":            {JWKSEndpoint: issuer + "/keys"},
		"a claim without name": {Issuer: issuer, JWKSEndpoint: issuer, AdditionalClaims: claim("", "single-string", "a")},
		"a claim of ours":      {Issuer: issuer, JWKSEndpoint: issuer, AdditionalClaims: claim("exp", "single-string", "a")},
		"no values":            {Issuer: issuer, JWKSEndpoint: issuer, AdditionalClaims: claim("a", "single-string")},
		"many values":          {Issuer: issuer, JWKSEndpoint: issuer, AdditionalClaims: claim("a", "string-array", strings.Split("12345678901", "")...)},
		"a long value":         {Issuer: issuer, JWKSEndpoint: issuer, AdditionalClaims: claim("a", "single-string", long)},
		"an unknown format":    {Issuer: issuer, JWKSEndpoint: issuer, AdditionalClaims: claim("a", "regex", "a")},
		"a blank":              {Issuer: issuer, JWKSEndpoint: issuer, AdditionalClaims: claim("a", "space-separated-values", "a b")},
		"many claims":          {Issuer: issuer, JWKSEndpoint: issuer, AdditionalClaims: make([]model.Claim, 11)},
	} {
		if _, err := New(config(), v, client, nil); err == nil {
			t.Errorf("%s is taken", say)
		}
	}
	good := &model.JWTValidation{Issuer: issuer, JWKSEndpoint: issuer + "/keys"}
	if _, err := New(&compile.Config{Listener: &model.Listener{Protocol: model.HTTP}}, good, client, nil); err == nil {
		t.Error("a plain listener is taken")
	}
	if _, err := New(config(), good, nil, nil); err == nil {
		t.Error("tokens are let through unchecked")
	}
}

// Whatever a client sends as a token: nobody gets in who has not got one.
func FuzzBearer(f *testing.F) {
	p := provider.New(issuer)
	client := idp.New(idp.Options{HTTP: p.Client()})
	defer client.Close()
	s, err := New(config(), &model.JWTValidation{Issuer: issuer, JWKSEndpoint: issuer + "/keys"}, client, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Bearer a.b.c")
	f.Add("Bearer eyJhbGciOiJub25lIn0.e30.")
	f.Add("Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA")
	f.Add("bearer \x00..")
	f.Fuzz(func(t *testing.T, value string) {
		x := &exchange.Exchange{}
		x.Request.Header.Add([]byte("Authorization"), []byte(value))
		if s.Request(x) != exchange.Respond || x.Response.Status != 401 {
			t.Errorf("%q is answered %d", value, x.Response.Status)
		}
	})
}

func BenchmarkStep(b *testing.B) {
	p := provider.New(issuer)
	client := idp.New(idp.Options{HTTP: p.Client()})
	defer client.Close()
	s, err := New(config(), &model.JWTValidation{Issuer: issuer, JWKSEndpoint: issuer + "/keys"}, client, nil)
	if err != nil {
		b.Fatal(err)
	}
	token, err := p.Token("")
	if err != nil {
		b.Fatal(err)
	}
	x := &exchange.Exchange{}
	x.Request.Header.Add([]byte("Authorization"), []byte("Bearer "+token))
	b.ReportAllocs()
	for b.Loop() {
		if s.Request(x) != exchange.Continue {
			b.Fatal("refused")
		}
	}
}
