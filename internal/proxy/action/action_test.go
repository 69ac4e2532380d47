package action

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

type fakeGroup string

func (g fakeGroup) ID() string  { return string(g) }
func (g fakeGroup) Ready() bool { return !strings.HasPrefix(string(g), "empty") }

// config knows every group but "unknown", and keeps the codes of what is reported.
func config(dialect model.Dialect, codes *[]diag.Code) *compile.Config {
	return &compile.Config{
		Dialect: dialect, Settings: &compile.Settings{ServerHeader: true}, Style: page.Style{Dialect: dialect, Server: true},
		Group: func(id string) exchange.Group {
			if id == "unknown" {
				return nil
			}
			return fakeGroup(id)
		},
		Report: func(m diag.Message, _ ...diag.Arg) {
			if codes != nil {
				*codes = append(*codes, m.Code)
			}
		},
	}
}

func request(port uint16, authority, target string) *exchange.Exchange {
	x := &exchange.Exchange{Port: port, HTTPS: port == 443, ClientIP: netip.MustParseAddr("192.0.2.7")}
	r := &x.Request
	r.Authority, r.Target = []byte(authority), []byte(target)
	host, _, _ := strings.Cut(strings.ToLower(authority), ":")
	r.Host = []byte(host)
	path, query, has := strings.Cut(target, "?")
	r.Path, r.Query, r.HasQuery = []byte(path), []byte(query), has
	return x
}

// Property 9 of the house: a weighted forward keeps its distribution.
func TestWeightsAreSharesOfTheDraws(t *testing.T) {
	f := NewForward(config("", nil), &model.Forward{TargetGroups: []model.WeightedTargetGroup{
		{TargetGroup: "a", Weight: 70}, {TargetGroup: "never", Weight: 0}, {TargetGroup: "b", Weight: 30},
	}})
	seen := map[string]int{}
	const draws = 1000
	for i := range uint64(draws) {
		x := request(80, "a.example", "/")
		x.Random[0] = (2*i + 1) * (^uint64(0) / (2 * draws)) // the middles of equal parts
		f.Request(x)
		seen[x.Group.ID()]++
	}
	if seen["a"] != 700 || seen["b"] != 300 || len(seen) != 2 {
		t.Errorf("draws: %v", seen)
	}
}

func TestEmptyAndUnknownTargetGroups(t *testing.T) {
	const high = ^uint64(0)
	pair := func(a, b string, wa, wb int32) []model.WeightedTargetGroup {
		return []model.WeightedTargetGroup{{TargetGroup: a, Weight: wa}, {TargetGroup: b, Weight: wb}}
	}
	for _, c := range []struct {
		say    string
		groups []model.WeightedTargetGroup
		canary bool
		random uint64
		want   string
	}{
		{"a drawn group that is empty fails, as on AWS", pair("a", "empty", 1, 1), false, high, ""},
		{"an unknown group fails for its share", pair("unknown", "b", 1, 1), false, 0, ""},
		{"and for its share only", pair("unknown", "b", 1, 1), false, high, "b"},
		{"no weight at all fails", pair("a", "b", 0, 0), false, 0, ""},
		{"a canary is drawn", pair("main", "canary", 0, 100), true, 0, "canary"},
		{"an empty canary leads back to the main group", pair("main", "empty", 0, 100), true, 0, "main"},
		{"an empty main group fails whatever was drawn", pair("empty", "canary", 0, 100), true, 0, ""},
	} {
		x := request(80, "a.example", "/")
		x.Random[0] = c.random
		verdict := NewForward(config("", nil), &model.Forward{TargetGroups: c.groups, Canary: c.canary}).Request(x)
		got := ""
		if x.Group != nil {
			got = x.Group.ID()
		}
		if got != c.want || (verdict == exchange.Respond) != (c.want == "") || c.want == "" && x.Response.Status != 503 {
			t.Errorf("%s: group %q, status %d", c.say, got, x.Response.Status)
		}
	}
}

func TestWhatAForwardDoesNotCarryOutIsReported(t *testing.T) {
	var codes []diag.Code
	NewForward(config("", &codes), &model.Forward{
		TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "unknown"}, {TargetGroup: "b"}},
		Stickiness:   &model.GroupStickiness{Enabled: true},
	})
	want := []diag.Code{diag.TargetGroupUnknown.Code, diag.WeightsAllZero.Code}
	if !slices.Equal(codes, want) {
		t.Errorf("reported %v, want %v", codes, want)
	}
}

func TestRedirectLocations(t *testing.T) {
	long := strings.Repeat("x", 9<<10)
	for _, c := range []struct {
		say       string
		dialect   model.Dialect
		redirect  model.Redirect
		port      uint16
		authority string
		target    string
		status    int
		want      string
	}{
		{
			"https on AWS names its port", "",
			model.Redirect{Protocol: "HTTPS", Port: "443", StatusCode: 301},
			80, "A.example", "/x?q=1", 301, "https://a.example:443/x?q=1",
		},
		{
			"unset parts are the request's", "",
			model.Redirect{Host: "b.example", StatusCode: 302},
			8080, "a.example:8080", "/x", 302, "http://b.example:8080/x",
		},
		{
			"placeholders", "",
			model.Redirect{Host: "www.#{host}", Path: "/#{port}/#{path}/end", Query: "p=#{protocol}&#{query}"},
			443, "a.example", "/x/y?q", 302, "https://www.a.example:443/443/x/y/end?p=https&q",
		},
		{"an empty query has no question mark", "", model.Redirect{Path: "/new"}, 80, "a.example", "/x", 302, "http://a.example:80/new"},
		{"more than 8 K is 507", "", model.Redirect{Protocol: "HTTPS"}, 80, "a.example", "/" + long, 507, ""},
		{
			"a URL as it is", model.DialectNginx,
			model.Redirect{URL: "https://b.example/y?z", StatusCode: 308},
			80, "a.example", "/x?q", 308, "https://b.example/y?z",
		},
		{
			"a path becomes absolute on the client's host and port", model.DialectNginx,
			model.Redirect{URL: "/app"},
			80, "A.example:8080", "/?q", 302, "http://A.example:8080/app",
		},
		{
			"the slash redirect keeps the query", model.DialectNginx,
			model.Redirect{Path: "/foo/", StatusCode: 301},
			443, "a.example", "/foo?q", 301, "https://a.example/foo/?q",
		},
		{
			"line ends cannot get through", model.DialectNginx,
			model.Redirect{URL: "https://b.example/\r\nX: y"},
			80, "a.example", "/", 302, "https://b.example/%0D%0AX:%20y",
		},
		{"no host to name", "", model.Redirect{Protocol: "HTTPS"}, 80, "", "/", 400, ""},
		{"unless it is another one", "", model.Redirect{Host: "b.example"}, 80, "", "/", 302, "http://b.example:80/"},
	} {
		f, err := NewRedirect(config(c.dialect, nil), &c.redirect)
		if err != nil {
			t.Fatalf("%s: %v", c.say, err)
		}
		x := request(c.port, c.authority, c.target)
		f.Request(x)
		place, _ := x.Response.Header.Get("Location")
		if x.Response.Status != c.status || string(place) != c.want {
			t.Errorf("%s: %d %q, want %q", c.say, x.Response.Status, place, c.want)
		}
	}
}

func TestRedirectsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, r := range []model.Redirect{{StatusCode: 200}, {Path: "/#{nothing}"}, {Host: "#{host"}} {
		if _, err := NewRedirect(config("", nil), &r); err == nil {
			t.Errorf("%+v is accepted", r)
		}
	}
}

func TestFixedResponses(t *testing.T) {
	for _, c := range []struct {
		say      string
		dialect  model.Dialect
		fixed    model.FixedResponse
		kind     string
		body     string
		withELB  bool
		longBody bool
	}{
		{
			"AWS adds the character set of plain text", "",
			model.FixedResponse{StatusCode: 200, ContentType: "text/plain", MessageBody: "hi"},
			"text/plain; charset=utf-8", "hi", true, false,
		},
		{
			"other types stay", "",
			model.FixedResponse{StatusCode: 503, ContentType: "application/json", MessageBody: "{}"},
			"application/json", "{}", true, false,
		},
		{"no body, no type", "", model.FixedResponse{StatusCode: 404}, "", "", true, false},
		{"nginx has a page", model.DialectNginx, model.FixedResponse{StatusCode: 404}, "text/html", "", false, true},
	} {
		f, err := NewFixed(config(c.dialect, nil), &c.fixed)
		if err != nil {
			t.Fatal(err)
		}
		x := request(80, "a.example", "/")
		f.Request(x)
		kind, _ := x.Response.Header.Get("Content-Type")
		_, server := x.Response.Header.Get("Server")
		if string(kind) != c.kind || server != c.withELB || x.Response.Status != int(c.fixed.StatusCode) {
			t.Errorf("%s: type %q, Server %v, status %d", c.say, kind, server, x.Response.Status)
		}
		if c.longBody != (len(x.Response.Local) == 146) || !c.longBody && string(x.Response.Local) != c.body {
			t.Errorf("%s: body %q", c.say, x.Response.Local)
		}
	}
	for _, r := range []model.FixedResponse{{}, {StatusCode: 200, ContentType: "a\r\nb"}} {
		if _, err := NewFixed(config("", nil), &r); err == nil {
			t.Errorf("%+v is accepted", r)
		}
	}
}

func TestActionsThatAreNotCarriedOutAreNotLeftAway(t *testing.T) {
	forward := model.Action{Type: model.ActionForward, Forward: &model.Forward{}}
	login := model.Action{Type: model.ActionAuthenticateOIDC, AuthenticateOIDC: &model.AuthenticateOIDC{}}
	token := model.Action{Type: model.ActionJWTValidation, JWTValidation: &model.JWTValidation{}}
	for _, c := range []struct {
		actions []model.Action
		ok      bool
	}{
		{nil, true},
		{[]model.Action{forward}, true},
		{[]model.Action{forward, forward}, false},
		{[]model.Action{{Type: model.ActionForward}}, false},
		{[]model.Action{{Type: model.ActionAuthenticateOIDC}, forward}, false},
		{[]model.Action{{Type: model.ActionAuthenticateCognito}, forward}, false},
		{[]model.Action{{Type: model.ActionJWTValidation}, forward}, false},
		{[]model.Action{token, forward}, true},
		{[]model.Action{login, forward}, true},
		{[]model.Action{login}, false},
		{[]model.Action{login, token, forward}, false},
		{[]model.Action{forward, login}, false},
		{[]model.Action{{Type: model.ActionJWTValidation, AuthenticateOIDC: login.AuthenticateOIDC}, forward}, false},
		{[]model.Action{{Type: model.ActionAuthenticateCognito, AuthenticateOIDC: login.AuthenticateOIDC}, forward}, false},
		{[]model.Action{{Type: model.ActionAuthenticateOIDC, JWTValidation: token.JWTValidation}, forward}, false},
		{[]model.Action{{Type: "new"}, forward}, false},
	} {
		if err := Check(c.actions); (err == nil) != c.ok {
			t.Errorf("%v: %v", c.actions, err)
		}
	}
}
