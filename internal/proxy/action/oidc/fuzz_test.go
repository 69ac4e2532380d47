package oidc_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// Whatever comes to the callback, with or without the cookie of a login that is under way: nobody is logged in who does not
// bring the state of that login, and nothing leads to another host.
func FuzzCallback(f *testing.F) {
	h := open(f, login())
	own, err := keyring.Random() // processes that fuzz together have nothing in common
	if err != nil {
		f.Fatal(err)
	}
	h.keys.Set(own)
	b := h.browser()
	first, err := url.Parse(b.get("/").location)
	if err != nil {
		f.Fatal(err)
	}
	state := first.Query().Get("state")
	f.Add("code=a&state="+state, b.cookie())
	f.Add("code=a&state="+state, "AWSALBAuthNonce=AAAAAAAAAAAAAAAA")
	f.Add("code=a&state="+state[1:], b.cookie())
	f.Add("error=server_error&state="+state, "")
	f.Add("code=%00&state=%0d%0aLocation:x", "AWSALBAuthNonce=a.b.c; AWSALBAuthNonce=;")
	f.Add("code=a;state=b", "=;;;")
	f.Fuzz(func(t *testing.T, query, cookie string) {
		if strings.ContainsAny(query+cookie, "\r\n\x00 #") {
			return // no such request gets this far
		}
		h.t = t
		r := h.ask("GET /oauth2/idpresponse?"+query, "a.example", "Cookie: "+cookie)
		switch r.status {
		case 400, 401, 413, 414, 561:
		case 500: // the provider was asked for tokens: that takes both
			if !strings.Contains(cookie, b.jar["AWSALBAuthNonce"]) || h.provider.Asked("/token") == 0 {
				t.Errorf("%q with %q: %s", query, cookie, r)
			}
		default:
			t.Errorf("%q with %q: %s", query, cookie, r)
		}
		if r.location != "" || len(r.cookies) > 0 {
			t.Errorf("%q with %q: %s, cookies %v", query, cookie, r, r.cookies)
		}
	})
}
