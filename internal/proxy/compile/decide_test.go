package compile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

func apply(t testing.TB, units ...compile.Unit) (*compile.Snapshot, []diag.Diagnostic) {
	t.Helper()
	return compile.Apply(nil, units, nil, newWorld().deps())
}

// with sets a rule's policy.
func with(r model.Rule, p model.Policy) model.Rule {
	r.Policy = &p
	return r
}

func redirectTo(url string) []model.Action {
	return []model.Action{{Type: model.ActionRedirect, Redirect: &model.Redirect{URL: url, StatusCode: 301}}}
}

func TestClassNginxAnswersInTheOrderOfItsPhases(t *testing.T) {
	everything := model.Policy{
		BodyLimit: 10, SSLRedirect: &model.SSLRedirect{}, BasicAuth: &model.BasicAuth{Realm: "r", Users: "u"},
	}
	unit := nginxHost("a.example",
		with(rule(1, "a.example", "/gone", redirectTo("https://elsewhere.example/")), everything),
		with(rule(2, "a.example", "/empty", forwardTo("empty")), everything),
		with(rule(3, "a.example", "/denied", forwardTo("web")), model.Policy{Denied: "why", SSLRedirect: &model.SSLRedirect{}}),
		with(rule(4, "a.example", "/app", forwardTo("web")), everything),
		with(rule(5, "a.example", "", notFound()), everything),
	)
	unit.Model.UserLists = []model.UserList{{ID: "u", Users: []model.User{{Name: "ann", Hash: "{PLAIN}secret"}}}}
	s, diags := apply(t, nginxBase(), unit)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	login := "\nAuthorization: Basic YW5uOnNlY3JldA=="
	for _, c := range []struct {
		say  string
		port int32
		head string
		want string
	}{
		{"the body's length comes before a redirect", 80, get("a.example", "/gone") + "\nContent-Length: 11", "413"},
		{"a redirect comes before the one to https", 80, get("a.example", "/gone"), "301 https://elsewhere.example/"},
		{"https comes before an empty target group", 80, get("a.example", "/empty"), "308 https://a.example/empty"},
		{"an empty target group comes before the password", 443, get("a.example", "/empty"), "503"},
		{"a denied location is nothing but its 503", 80, get("a.example", "/denied"), "503"},
		{"the password comes before the target", 443, get("a.example", "/app"), "401"},
		{"a known user gets through", 443, get("a.example", "/app") + login, "-> web"},
		{"the password comes before the default backend", 443, get("a.example", "/other"), "401"},
		{"then the default backend answers", 443, get("a.example", "/other") + login, "404"},
		{"an unknown host gets the default actions", 80, get("b.example", "/app"), "404"},
		{"the normalised path counts", 443, get("a.example", "/x/../%61pp"), "401"},
	} {
		if got := answer(ask(t, s, "nginx", c.port, c.head)); got != c.want {
			t.Errorf("%s: %s, want %s", c.say, got, c.want)
		}
	}
}

func TestHostsArePickedBeforeRules(t *testing.T) {
	s, _ := apply(t, nginxBase(),
		nginxHost("", rule(1, "", "/", forwardTo("all"))),
		nginxHost("*.example", rule(1, "*.example", "/w", forwardTo("wildcard"))),
		nginxHost("a.example", rule(1, "a.example", "/app", forwardTo("exact"))))
	for head, want := range map[string]string{
		get("a.example", "/app"):      "-> exact",
		get("A.Example:8080", "/app"): "-> exact",
		get("a.example", "/w"):        "404", // the exact host is taken, whatever its rules
		get("b.example", "/w"):        "-> wildcard",
		get("b.c.example", "/w"):      "-> all",
		get("example", "/w"):          "-> all",
	} {
		if got := answer(ask(t, s, "nginx", 80, head)); got != want {
			t.Errorf("%s: %s, want %s", strings.ReplaceAll(head, "\n", " "), got, want)
		}
	}
}

func TestWhatCannotBeCarriedOutNeverStandsOpen(t *testing.T) {
	list := model.UserList{ID: "u"}
	for name, c := range map[string]struct {
		rule model.Rule
		want string
		code diag.Code
	}{
		"a missing user list": {
			with(rule(1, "a.example", "/", forwardTo("web")), model.Policy{BasicAuth: &model.BasicAuth{Users: "gone"}}),
			"503", diag.RuleDenied.Code,
		},
		"a rewrite that is no regular expression": {
			with(rule(1, "a.example", "/", forwardTo("web")), model.Policy{Rewrite: &model.Rewrite{Regex: "(", Replace: "/"}}),
			"503", diag.RuleDenied.Code,
		},
		"a login with a provider": {
			rule(1, "a.example", "/", append([]model.Action{{Type: model.ActionAuthenticateOIDC}}, forwardTo("web")...)),
			"503", diag.RuleDenied.Code,
		},
		"a trusted proxy that is no address": {
			with(rule(1, "a.example", "/", forwardTo("web")), model.Policy{
				Forwarded: &model.ForwardedHeaders{RealIP: true, TrustedCIDRs: []string{"nonsense"}},
			}),
			"503", diag.RuleDenied.Code,
		},
		"an unknown target group": {
			rule(1, "a.example", "/", []model.Action{{Type: model.ActionForward, Forward: &model.Forward{}}}),
			"503", diag.WeightsAllZero.Code,
		},
		"a path that is no regular expression": {
			model.Rule{Priority: 1, Actions: forwardTo("web"), Conditions: []model.Condition{
				{Field: model.HostHeader, Values: []string{"a.example"}},
				{Field: model.PathPattern, RegexValues: []string{"("}},
			}},
			"404", diag.RuleLeftOut.Code,
		},
	} {
		t.Run(name, func(t *testing.T) {
			unit := nginxHost("a.example", c.rule)
			unit.Model.UserLists = []model.UserList{list}
			s, diags := apply(t, nginxBase(), unit, nginxHost("b.example", rule(1, "b.example", "/", forwardTo("other"))))
			if !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == c.code }) {
				t.Errorf("no diagnostic %s in %v", c.code, diags)
			}
			if got := answer(ask(t, s, "nginx", 443, get("a.example", "/"))); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if got := answer(ask(t, s, "nginx", 80, get("b.example", "/"))); got != "-> other" {
				t.Errorf("another host suffers: %s", got)
			}
			if len(s.Diagnostics()) != len(diags) {
				t.Errorf("the snapshot has %d diagnostics, Apply returned %d", len(s.Diagnostics()), len(diags))
			}
		})
	}
}

func TestAListenerThatAsksForClientCertificatesServesNothing(t *testing.T) {
	unit := albGroup("g", rule(1, "a.example", "/", forwardTo("web")))
	unit.Model.LoadBalancers[0].Listeners[0].MutualAuthentication = &model.MutualAuthentication{Mode: "verify"}
	s, diags := apply(t, unit)
	if got := answer(ask(t, s, "alb/g", 80, get("a.example", "/"))); got != "503" {
		t.Errorf("%s, want 503", got)
	}
	if len(diags) != 1 || diags[0].Code != diag.MutualTLSDenied.Code {
		t.Errorf("diagnostics: %v", diags)
	}
}

func TestAWSListenersTryAllRulesByPriority(t *testing.T) {
	s, diags := apply(t, albGroup("g",
		rule(30, "*.example", "/", forwardTo("late")),
		rule(10, "", "/first", forwardTo("first")),
		rule(20, "a.example", "/", forwardTo("host")),
	))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for head, want := range map[string]string{
		get("a.example", "/first"):  "-> first",
		get("a.example", "/x"):      "-> host",
		get("b.c.example", "/x"):    "-> late",
		get("other", "/x"):          "404",
		get("a.example", "//first"): "-> host", // paths are compared as received
	} {
		if got := answer(ask(t, s, "alb/g", 80, head)); got != want {
			t.Errorf("%q: %s, want %s", head, got, want)
		}
	}
	x := ask(t, s, "alb/g", 80, get("other", "/"))
	if server, _ := x.Response.Header.Get("Server"); string(server) != "awselb/2.0" {
		t.Errorf("Server of our own response is %q", server)
	}
}

func TestAttributesOfALoadBalancerAreParsedOnce(t *testing.T) {
	unit := albGroup("g", rule(1, "", "/", forwardTo("web")))
	lb := &unit.Model.LoadBalancers[0]
	lb.Attributes = []model.Attribute{
		{Key: "idle_timeout.timeout_seconds", Value: "4001"},
		{Key: "client_keep_alive.seconds", Value: "120"},
		{Key: "routing.http2.enabled", Value: "false"},
		{Key: "routing.http.xff_header_processing.mode", Value: "remove"},
		{Key: "routing.http.drop_invalid_header_fields.enabled", Value: "true"},
	}
	lb.Listeners[0].Attributes = []model.Attribute{
		{Key: "routing.http.response.server.enabled", Value: "false"},
		{Key: "routing.http.response.x_frame_options.header_value", Value: "DENY"},
		{Key: "routing.http.response.content_security_policy.header_value", Value: "a\r\nb: c"},
	}
	s, diags := apply(t, unit)
	got := s.Listener("alb/g", 80).Settings
	if got.IdleTimeout.Seconds() != 60 || got.ClientKeepAlive.Seconds() != 120 || got.HTTP2 || got.ServerHeader ||
		got.ForwardedFor != compile.ForwardedForRemove || len(got.ResponseHeaders) != 1 {
		t.Errorf("settings are %+v", *got)
	}
	if !s.Listener("alb/g", 80).HTTP1.Policy.DropInvalid {
		t.Error("the parser does not know that invalid fields are dropped")
	}
	if len(diags) != 2 || diags[0].Code != diag.AttributeInvalid.Code {
		t.Errorf("diagnostics: %v", diags)
	}
}
