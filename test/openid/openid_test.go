package openid

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/gwanmun/gwanmun/internal/echo"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

const (
	issuer   = "https://id.example"
	client   = "shop"
	password = "the secret of the shop"
	shop     = "https://a.example"
)

// identityProvider is the provider with the page where users log in, which asks nothing here.
type identityProvider struct {
	storage *storage.Storage
	handler http.Handler
	back    func(ctx context.Context, id string) string
	// wrong makes the user mistype the password.
	wrong atomic.Bool
}

func newProvider(t *testing.T) *identityProvider {
	t.Helper()
	storage.RegisterClients(storage.WebClient(client, password, shop+"/oauth2/idpresponse"))
	p := &identityProvider{storage: storage.NewStorage(storage.NewUserStore(issuer))}
	made, err := op.NewProvider(&op.Config{
		CryptoKey: sha256.Sum256([]byte("a key for tests")), CryptoKeyId: "key1", AuthMethodPost: true, GrantTypeRefreshToken: true,
		CodeMethodS256: true,
	}, p.storage, op.StaticIssuer(issuer))
	if err != nil {
		t.Fatal(err)
	}
	p.handler, p.back = made, op.AuthCallbackURL(made)
	return p
}

func (p *identityProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/login/username" {
		p.handler.ServeHTTP(w, r)
		return
	}
	id, secret := r.URL.Query().Get("authRequestID"), "verysecure"
	if p.wrong.Load() {
		secret = "wrong"
	}
	if err := p.storage.CheckUsernamePassword("test-user@id.example", secret, id); err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	http.Redirect(w, r, p.back(op.ContextWithIssuer(r.Context(), issuer), id), http.StatusFound)
}

// RoundTrip reaches the provider without a socket.
func (p *identityProvider) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	in := r.Clone(r.Context())
	in.RequestURI, in.Host = r.URL.RequestURI(), r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	p.ServeHTTP(w, in)
	out := w.Result()
	out.Request = r
	return out, nil
}

// town is a proxy with a rule that wants a login, in front of a target that says what it saw.
type town struct {
	provider *identityProvider
	server   *proxy.Server
	at       netip.AddrPort
	ahead    atomic.Int64
}

func open(t *testing.T, scope string) *town {
	t.Helper()
	town := &town{provider: newProvider(t)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := echo.Start(l, echo.Identity{Service: "web", Pod: "web-1"}, nil)
	certificate := selfSigned(t)
	town.server, err = proxy.New(proxy.Options{
		DefaultCertificate: certificate, Login: proxy.LoginOptions{Client: &http.Client{Transport: town.provider}},
		Now: func() time.Time { return time.Now().Add(time.Duration(town.ahead.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := town.server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		_ = target.Close(ctx) // its connections end with the proxy
	})
	at := netip.MustParseAddrPort(target.Address().String())
	town.server.Apply([]compile.Unit{{Key: "shop", Model: &model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "alb/shop", Name: "shop", Type: model.Application, Listeners: []model.Listener{{
			Port: 443, Protocol: model.HTTPS, DefaultActions: []model.Action{
				{Type: model.ActionAuthenticateOIDC, AuthenticateOIDC: &model.AuthenticateOIDC{
					Issuer: issuer, AuthorizationEndpoint: issuer + "/authorize", TokenEndpoint: issuer + "/oauth/token",
					UserInfoEndpoint: issuer + "/userinfo", ClientID: client, ClientSecret: password, Scope: scope,
				}},
				{Type: model.ActionForward, Forward: &model.Forward{TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "web", Weight: 1}}}},
			},
		}}}},
		TargetGroups: []model.TargetGroup{{
			ID: "web", Protocol: "HTTP", Type: "ip", Targets: []model.Target{{ID: at.Addr().String(), Port: int32(at.Port())}},
		}},
	}}}, nil)
	if err := town.server.Place([]proxy.Placement{{LoadBalancer: "alb/shop", Port: 443, Address: netip.MustParseAddrPort("127.0.0.1:0")}}); err != nil {
		t.Fatal(err)
	}
	town.at = town.server.Addresses()[0].Address
	return town
}

func selfSigned(t *testing.T) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"a.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// browser follows redirects and keeps cookies, by Go's own rules for both.
func (town *town) browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	ours := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // a certificate of this test
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, town.at.String())
		},
		ForceAttemptHTTP2: true,
	}
	t.Cleanup(ours.CloseIdleConnections)
	return &http.Client{Jar: jar, Timeout: 20 * time.Second, Transport: byHost{town.provider, ours}}
}

type byHost struct{ provider, ours http.RoundTripper }

func (b byHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "id.example" {
		return b.provider.RoundTrip(r)
	}
	return b.ours.RoundTrip(r)
}

// visit is what the target saw of a visit, and the address where it ended.
func visit(t *testing.T, browser *http.Client, address string) (seen echo.Answer, at *url.URL, status int) {
	t.Helper()
	r, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if r.StatusCode == http.StatusOK {
		if err := json.Unmarshal(body, &seen); err != nil {
			t.Fatalf("%s answers %q", r.Request.URL, body)
		}
	}
	return seen, r.Request.URL, r.StatusCode
}

func field(seen echo.Answer, name string) string {
	for key, values := range seen.Headers {
		if strings.EqualFold(key, name) && len(values) == 1 {
			return values[0]
		}
	}
	return ""
}

func TestABrowserLogsInWithAProviderThatOthersWrote(t *testing.T) {
	town := open(t, "openid email profile")
	browser := town.browser(t)
	seen, at, status := visit(t, browser, shop+"/cart?id=7")
	if status != http.StatusOK || at.String() != shop+"/cart?id=7" || field(seen, "X-Amzn-Oidc-Identity") != "id1" {
		t.Fatalf("the visit ends with %d at %s, as %q", status, at, field(seen, "X-Amzn-Oidc-Identity"))
	}
	if field(seen, "X-Amzn-Oidc-Accesstoken") == "" || strings.Count(field(seen, "X-Amzn-Oidc-Data"), ".") != 2 {
		t.Errorf("the target saw %v", seen.Headers)
	}
	if _, at, _ = visit(t, browser, shop+"/again"); at.Path != "/again" {
		t.Errorf("the second visit ends at %s", at)
	}
}

func TestARefreshTokenOfAProviderThatOthersWroteIsUsed(t *testing.T) {
	town := open(t, "openid offline_access")
	browser := town.browser(t)
	seen, _, status := visit(t, browser, shop+"/")
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	first := field(seen, "X-Amzn-Oidc-Accesstoken")
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for range 2 { // the second time with the refresh token of the first
		town.ahead.Add(int64(10 * time.Minute))
		seen, _, status = visit(t, browser, shop+"/")
		if next := field(seen, "X-Amzn-Oidc-Accesstoken"); status != http.StatusOK || next == "" || next == first {
			t.Fatalf("status %d, access token changed: %v", status, next != first)
		}
		first = field(seen, "X-Amzn-Oidc-Accesstoken")
	}
}

func TestAUserWhoCannotLogInStaysOutside(t *testing.T) {
	town := open(t, "openid")
	town.provider.wrong.Store(true)
	if _, at, status := visit(t, town.browser(t), shop+"/"); status != http.StatusForbidden || at.Host != "id.example" {
		t.Errorf("the visit ends with %d at %s", status, at)
	}
}

func TestLoggingOutIsForgettingTheCookies(t *testing.T) {
	town := open(t, "openid")
	browser := town.browser(t)
	visit(t, browser, shop+"/")
	u, err := url.Parse(shop)
	if err != nil {
		t.Fatal(err)
	}
	var gone []*http.Cookie
	for _, c := range browser.Jar.Cookies(u) { // what an application answers to "log out"
		gone = append(gone, &http.Cookie{Name: c.Name, Path: "/", MaxAge: -1})
	}
	browser.Jar.SetCookies(u, gone)
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if _, _, status := visit(t, browser, shop+"/"); status != http.StatusFound || len(gone) == 0 {
		t.Errorf("after logging out of %d cookies: status %d", len(gone), status)
	}
}
