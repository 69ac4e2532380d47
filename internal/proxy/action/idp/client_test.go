package idp

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// answers is a transport that answers by itself.
type answers func(*http.Request) (*http.Response, error)

func (f answers) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func said(status int, body string) *http.Response {
	w := httptest.NewRecorder()
	w.WriteHeader(status)
	_, _ = w.WriteString(body)
	return w.Result()
}

func client(t *testing.T, f answers) *Client {
	t.Helper()
	c := New(Options{HTTP: &http.Client{Transport: f}})
	t.Cleanup(c.Close)
	return c
}

func TestWhereEndpointsMayBe(t *testing.T) {
	for endpoint, want := range map[string][2]bool{ // without and with Loopback
		"https://id.example/token":       {true, true},
		"https://id.example:8443/t?a=b":  {true, true},
		"https://127.0.0.1/token":        {true, true}, // refused when it is dialled
		"http://id.example/token":        {},
		"http://127.0.0.1:8080/token":    {false, true},
		"http://localhost:8080/token":    {false, true},
		"http://[::1]:8080/token":        {false, true},
		"http://localhost.evil.example/": {},
		"http://127.0.0.1.evil.example/": {},
		"http://169.254.169.254/latest":  {},
		"https://user:pw@id.example/":    {},
		"https://id.example/#a":          {},
		"https:///token":                 {},
		"https://:443/token":             {},
		"file:///etc/passwd":             {},
		"/token":                         {},
		"":                               {},
		"https://id.example/\r\nEvil: a": {},
	} {
		for i, loopback := range []bool{false, true} {
			c := New(Options{Loopback: loopback})
			if err := c.Check(endpoint); (err == nil) != want[i] {
				t.Errorf("%q, loopback %v: %v", endpoint, loopback, err)
			}
			c.Close()
		}
	}
}

func TestWhichAddressesAreDialled(t *testing.T) {
	for address, want := range map[string][2]bool{
		"192.0.2.1:443": {true, true}, "10.0.0.1:443": {true, true}, "[2001:db8::1]:443": {true, true}, "[fd00::1]:443": {true, true},
		"127.0.0.1:443": {false, true}, "[::1]:443": {false, true}, "[::ffff:127.0.0.1]:443": {false, true},
		"169.254.169.254:80": {}, "[fe80::1]:443": {}, "[::ffff:169.254.169.254]:443": {}, "0.0.0.0:443": {}, "224.0.0.1:443": {},
	} {
		for i, loopback := range []bool{false, true} {
			if err := reachable(address, loopback); (err == nil) != want[i] {
				t.Errorf("%s, loopback %v: %v", address, loopback, err)
			}
		}
	}
}

func TestTheDefaultClientDoesNotReachThisMachine(t *testing.T) {
	reached := false
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer s.Close()
	c := New(Options{})
	defer c.Close()
	_, err := c.UserInfo(context.Background(), strings.Replace(s.URL, "127.0.0.1", "localhost", 1), "token")
	if err == nil || err.Failure != Failed || !strings.Contains(err.Error(), "not an address of an identity provider") || reached {
		t.Errorf("%v", err)
	}
}

func TestQuestionsHaveAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		began := time.Now()
		if _, err := c.UserInfo(context.Background(), "https://id.example/user", "t"); err == nil || err.Failure != TimedOut {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took != Timeout {
			t.Errorf("it took %s", took)
		}
	})
}

func TestErrorsHoldNoSecrets(t *testing.T) {
	c := client(t, func(*http.Request) (*http.Response, error) { return nil, context.Canceled })
	_, err := c.Tokens(context.Background(), Grant{
		Endpoint: "https://id.example/token?key=hidden", ClientID: "shop", ClientSecret: "hush", Code: "code-1", RedirectURI: "https://a.example/",
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, secret := range []string{"hidden", "hush", "code-1"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%v", err)
		}
	}
}

func TestAnswersOfTokenEndpoints(t *testing.T) {
	for _, c := range []struct {
		status  int
		body    string
		failure Failure
		ok      bool
		life    time.Duration
	}{
		{200, `{"access_token":"a","id_token":"i","expires_in":60,"token_type":"bearer"}`, 0, true, time.Minute},
		{200, `{"access_token":"a","expires_in":"60"}`, 0, true, time.Minute},
		{200, `{"access_token":"a","expires_in":1e300}`, 0, true, maxLifetime},
		{200, `{"access_token":"a","expires_in":-5}`, 0, true, 0},
		{200, `{"access_token":"a","expires_in":"NaN"}`, 0, true, 0},
		{200, `{"access_token":"a","expires_in":{}}`, 0, true, 0},
		{200, `{"access_token":"a\r\nb"}`, Unusable, false, 0},
		{200, `{"access_token":"a b"}`, Unusable, false, 0},
		{200, `{"access_token":"é"}`, Unusable, false, 0},
		{200, `{"access_token":1}`, Unusable, false, 0},
		{200, `{"access_token":"a","token_type":"mac"}`, Unusable, false, 0},
		{200, `{}`, Unusable, false, 0},
		{200, `[]`, Unusable, false, 0},
		{200, ``, Unusable, false, 0},
		{200, strings.Repeat(" ", maxTokens+1), TooLarge, false, 0},
		{400, `{"error":"invalid_grant"}`, Refused, false, 0},
		{400, `{"error":"invalid_client"}`, Failed, false, 0},
		{302, `{"access_token":"a"}`, Failed, false, 0},
		{500, `oops`, Failed, false, 0},
	} {
		got, err := client(t, func(*http.Request) (*http.Response, error) { return said(c.status, c.body), nil }).
			Tokens(context.Background(), Grant{Endpoint: "https://id.example/token"})
		if (err == nil) != c.ok || err != nil && err.Failure != c.failure || got.Lifetime != c.life {
			t.Errorf("%d %.60s: %+v, %v", c.status, c.body, got, err)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	asked := 0
	c := client(t, func(*http.Request) (*http.Response, error) {
		asked++
		r := said(302, "")
		r.Header.Set("Location", "http://169.254.169.254/latest/meta-data")
		return r, nil
	})
	if _, err := c.UserInfo(context.Background(), "https://id.example/user", "t"); err == nil || err.Failure != Failed || asked != 1 {
		t.Errorf("%v after %d questions", err, asked)
	}
}

func TestMetadataMustBeAboutItsIssuer(t *testing.T) {
	for body, want := range map[string]string{
		`{"issuer":"https://id.example/a","jwks_uri":"https://id.example/keys"}`: "https://id.example/keys",
		`{"issuer":"https://evil.example","jwks_uri":"https://id.example/keys"}`: "",
		`{"issuer":"https://id.example/a","jwks_uri":"http://id.example/keys"}`:  "",
		`{"issuer":"https://id.example/a"}`:                                      "",
		`<html>`:                                                                 "",
	} {
		c := client(t, func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/a/.well-known/openid-configuration" {
				t.Errorf("asked for %s", r.URL)
			}
			return said(200, body), nil
		})
		if got := c.Published(context.Background(), "https://id.example/a"); got != want {
			t.Errorf("%s: %q", body, got)
		}
	}
}
