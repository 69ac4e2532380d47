package oidc_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
	"github.com/gwanmun/gwanmun/internal/proxy/action/oidc"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/filter"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
	"github.com/gwanmun/gwanmun/internal/testkit/provider"
)

const issuer = "https://id.example"

type readyGroup string

func (g readyGroup) ID() string { return string(g) }
func (readyGroup) Ready() bool  { return true }

// house is a listener with a login, and the provider that it logs users in with.
type house struct {
	t        testing.TB
	provider *provider.Provider
	keys     *keyring.Keeper
	logins   *oidc.Logins
	listener *compile.Listener
	snapshot *compile.Snapshot
	ahead    atomic.Int64 // how far the clock is ahead, in nanoseconds
}

func (h *house) now() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }

func (h *house) pass(d time.Duration) { h.ahead.Add(int64(d)) }

// login is a login action with the test's provider; more changes it.
func login(more ...func(*model.AuthenticateOIDC)) model.Action {
	a := &model.AuthenticateOIDC{
		Issuer: issuer, AuthorizationEndpoint: issuer + "/auth", TokenEndpoint: issuer + "/token", UserInfoEndpoint: issuer + "/user",
		ClientID: provider.ClientID, ClientSecret: provider.ClientSecret,
	}
	for _, f := range more {
		f(a)
	}
	return model.Action{Type: model.ActionAuthenticateOIDC, AuthenticateOIDC: a}
}

func ring(t testing.TB, seeds ...byte) *keyring.Ring {
	t.Helper()
	var secrets [][]byte
	for _, seed := range seeds {
		secrets = append(secrets, []byte(strings.Repeat(string(rune(seed)), keyring.SecretSize)))
	}
	r, err := keyring.New(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// open makes a house. Rules are the login for everything, and one without it for /open.
func open(t testing.TB, a model.Action) *house {
	t.Helper()
	h := &house{t: t, provider: provider.New(issuer), keys: &keyring.Keeper{}}
	h.provider.Now = h.now
	h.keys.Set(ring(t, 'a'))
	h.serve(a)
	return h
}

// replica is another process that shares the keys, the provider and the clock.
func (h *house) replica(a model.Action) *house {
	out := &house{t: h.t, provider: h.provider, keys: h.keys}
	out.ahead.Store(h.ahead.Load())
	out.serve(a)
	return out
}

func (h *house) serve(a model.Action) {
	h.t.Helper()
	client := idp.New(idp.Options{HTTP: h.provider.Client(), Now: h.now})
	h.t.Cleanup(client.Close)
	h.logins = oidc.New(oidc.Options{Client: client, Keys: h.keys, Now: h.now})
	h.compile(filter.Tools{Keys: h.keys, Logins: h.logins, Providers: client, Now: h.now}, a)
}

func (h *house) compile(tools filter.Tools, a model.Action) {
	h.t.Helper()
	forward := model.Action{Type: model.ActionForward, Forward: &model.Forward{
		TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "web", Weight: 1}},
	}}
	m := &model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "alb/shop", Name: "shop", Type: model.Application, Listeners: []model.Listener{{
			Port: 443, Protocol: model.HTTPS,
			Rules: []model.Rule{{
				Priority: 1, Actions: []model.Action{forward},
				Conditions: []model.Condition{{Field: model.PathPattern, Values: []string{"/open"}}},
			}},
			DefaultActions: []model.Action{a, forward},
		}}}},
		TargetGroups: []model.TargetGroup{{ID: "web", Protocol: "HTTP"}},
	}
	snapshot, _ := compile.Apply(nil, []compile.Unit{{Key: "shop", Model: m}}, nil, compile.Deps{
		Group: func(tg *model.TargetGroup) exchange.Group { return readyGroup(tg.ID) }, Filters: filter.Order(tools),
	})
	h.snapshot, h.listener = snapshot, snapshot.Listener("alb/shop", 443)
}

// reply is what came of a request. status 200 is what a target would have answered.
type reply struct {
	status   int
	location string
	cookies  []*http.Cookie
	// sent are the fields that the target gets.
	sent http.Header
	log  exchange.Log
	// blocking says that the request had to be taken off an event loop.
	blocking bool
}

// ask runs a request through the listener. fields are "Name: value".
func (h *house) ask(line, host string, fields ...string) reply {
	h.t.Helper()
	method, target, _ := strings.Cut(line, " ")
	head := method + " " + target + " HTTP/1.1\r\n"
	if host == "" {
		head = method + " " + target + " HTTP/1.0\r\n"
	} else {
		head += "Host: " + host + "\r\n"
	}
	for _, f := range fields {
		head += f + "\r\n"
	}
	x := &exchange.Exchange{Conn: &exchange.Conn{
		Remote: netip.MustParseAddrPort("192.0.2.7:4711"), Port: 443, TLS: &tls.ConnectionState{Version: tls.VersionTLS13},
	}}
	config := h.listener.HTTP1
	n, refused := http1.ParseRequest([]byte(head+"\r\n"), &x.Request, &config)
	if refused != nil {
		return reply{status: refused.Status}
	}
	if n == 0 {
		h.t.Fatalf("%s: the head is not complete", line)
	}
	out := reply{status: 200, sent: http.Header{}}
	if h.listener.Decide(x) == exchange.Respond {
		out.status = x.Response.Status
	} else {
		for i := range x.Request.Header.Len() {
			f := x.Request.Header.At(i)
			out.sent.Add(string(f.Name), string(f.Value))
		}
	}
	h.listener.Finish(x)
	response := http.Response{Header: http.Header{}}
	for i := range x.Response.Header.Len() {
		f := x.Response.Header.At(i)
		response.Header.Add(string(f.Name), string(f.Value))
	}
	out.blocking = x.Rule.(*compile.Rule).Blocking()
	out.location, out.cookies, out.log = response.Header.Get("Location"), response.Cookies(), x.Log
	return out
}

// browser keeps cookies, as far as a test needs it.
type browser struct {
	*house
	jar  map[string]string
	host string
}

func (h *house) browser() *browser {
	return &browser{house: h, jar: map[string]string{}, host: "a.example"}
}

func (b *browser) get(target string, fields ...string) reply {
	b.t.Helper()
	return b.do("GET "+target, fields...)
}

func (b *browser) do(line string, fields ...string) reply {
	b.t.Helper()
	if c := b.cookie(); c != "" {
		fields = append(fields, "Cookie: "+c)
	}
	r := b.ask(line, b.host, fields...)
	for _, c := range r.cookies {
		if c.Expires.Before(b.now()) {
			delete(b.jar, c.Name)
		} else {
			b.jar[c.Name] = c.Value
		}
	}
	return r
}

func (b *browser) cookie() string {
	var parts []string
	for _, name := range sorted(b.jar) {
		parts = append(parts, name+"="+b.jar[name])
	}
	return strings.Join(parts, "; ")
}

// provide follows a redirect to the provider, and returns where the provider sends the user.
func (b *browser) provide(location string) string {
	b.t.Helper()
	client := b.provider.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r, err := client.Get(location)
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	back := r.Header.Get("Location")
	if back == "" {
		b.t.Fatalf("the provider answers %s to %s", r.Status, location)
	}
	return back
}

// callback is path and query of an address of ours.
func callback(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.RequestURI()
}

// login goes the whole way, from a first request for a target to the redirect that ends it.
func (b *browser) login(target string) reply {
	b.t.Helper()
	first := b.get(target)
	if first.status != 302 {
		b.t.Fatalf("%s is answered %d (%s)", target, first.status, first.log.Reason)
	}
	return b.get(callback(b.t, b.provide(first.location)))
}

// mustLogin is login that succeeds.
func (b *browser) mustLogin(target string) {
	b.t.Helper()
	if r := b.login(target); r.status != 302 || r.location != "https://"+b.host+target {
		b.t.Fatalf("the login ends with %d to %q (%s)", r.status, r.location, r.log.Reason)
	}
}

func (r reply) String() string { return fmt.Sprintf("%d %s %s", r.status, r.log.Reason, r.location) }
