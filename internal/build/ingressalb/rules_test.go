package ingressalb

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrderAndPatternsOfPaths(t *testing.T) {
	w := newWorld(t, Options{UntaggedRules: true}, classYAML, webYAML, ing("web", "target-type: ip", `
rules:
- host: a.example
  http:
    paths:
    - {path: /impl/*, pathType: ImplementationSpecific, backend: {service: {name: web, port: {number: 80}}}}
    - {path: /a, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
    - {path: /longer/, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}
    - {path: /exact, pathType: Exact, backend: {service: {name: api, port: {number: 80}}}}
    - {path: /b, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
    - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
    - {path: /none, backend: {service: {name: api, port: {number: 80}}}}
- host: a.example
  http: {paths: [{path: /exact/later, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}]}
- host: "*.example"
  http: {paths: [{backend: {service: {name: web, port: {number: 80}}}}]}
- http: {paths: [{pathType: ImplementationSpecific, backend: {service: {name: web, port: {number: 80}}}}]}
- host: without-http.example
`))
	want := `host a.example & /exact -> web/api:80
host a.example & /longer,/longer/* -> web/web:http
host a.example & /a,/a/* -> web/web:80
host a.example & /b,/b/* -> web/web:80
host a.example & /* -> web/web:80
host a.example & /impl/* -> web/web:80
host a.example & /none -> web/api:80
host a.example & /exact/later -> web/web:80
host *.example -> web/web:80
/* -> web/web:80
`
	l := w.listener("shop/web", 80)
	if d := cmp.Diff(want, ruleText(l)); d != "" {
		t.Error(d)
	}
	for i, r := range l.Rules {
		if int(r.Priority) != i+1 {
			t.Errorf("rule %d has priority %d", i, r.Priority)
		}
	}
	if got := l.Rules[1].Source; got.Field != "spec.rules[0].http.paths[2]" || got.Path != "/longer/" || got.Service != "web" || got.Port != "http" {
		t.Errorf("source: %+v", got)
	}
}

func TestRegexPathsLoseTheirFirstCharacter(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, webYAML, ing("web", `use-regex-path-match: "true"`, `
rules:
- http:
    paths:
    - {path: "/^/api/.*$", pathType: ImplementationSpecific, backend: {service: {name: web, port: {number: 80}}}}
    - {path: /p, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
`))
	if got, want := ruleText(w.listener("shop/web", 80)), "/p,/p/* -> web/web:80\n~^/api/.*$ -> web/web:80\n"; got != want {
		t.Errorf("want %s, got %s", want, got)
	}
}

func TestConditionsStandInTheirOrder(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, webYAML, ing("web", `
conditions.web: '[{"field":"host-header","hostHeaderConfig":{"values":["b.example"]}},{"field":"query-string","queryStringConfig":{"values":[{"key":"v","value":"2"}]}},{"field":"teapot"},{"field":"path-pattern","pathPatternConfig":{"values":["/x"]}},{"field":"http-request-method","httpRequestMethodConfig":{"values":["GET"]}},{"field":"source-ip","sourceIPConfig":{"values":["10.0.0.0/8"]}},{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X-Team","values":["shop"]}}]'
`, "rules: [{host: a.example, http: {paths: [{path: /a, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}]}}]"))
	want := "query-string v=2 & http-request-method GET & source-ip 10.0.0.0/8 & http-header X-Teamshop & host a.example,b.example & /a,/x -> web/web:80\n"
	if got := ruleText(w.listener("shop/web", 80)); got != want {
		t.Errorf("want %s, got %s", want, got)
	}
	if got := codes(w.group("shop/web").Diagnostics); !strings.Contains(got, "GW5023") {
		t.Errorf("the unknown field is not reported: %s", got)
	}
}

func TestGroupOrderThenNameThenDocumentOrder(t *testing.T) {
	member := func(name, order string) string {
		a := "group.name: g\ntarget-type: ip"
		if order != "" {
			a += "\ngroup.order: \"" + order + "\""
		}
		return ing(name, a, to("/"+name))
	}
	w := newWorld(t, Options{}, classYAML, webYAML, member("b", ""), member("last", "10"), member("a", ""), member("first", "-1"))
	got := ruleText(w.listener("g", 80))
	at := -1
	for _, name := range []string{"first", "a", "b", "last"} {
		i := strings.Index(got, "/"+name+",")
		if i <= at {
			t.Fatalf("%s stands too early in\n%s", name, got)
		}
		at = i
	}
}

func TestHTTPHasNoRulesUnderSSLRedirect(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, webYAML, ing("web", `
listen-ports: '[{"HTTP": 80}, {"HTTPS": 443}, {"HTTP": 8080}]'
certificate-arn: arn:1
ssl-redirect: "443"
`, to("/")))
	for _, port := range []int32{80, 8080} {
		l := w.listener("shop/web", port)
		if len(l.Rules) != 0 || l.DefaultActions[0].Redirect == nil || l.DefaultActions[0].Redirect.Port != "443" {
			t.Errorf("port %d: %+v", port, l)
		}
	}
	if l := w.listener("shop/web", 443); len(l.Rules) != 1 || l.DefaultActions[0].FixedResponse.StatusCode != 404 {
		t.Errorf("port 443: %+v", l)
	}
}

func TestUseAnnotationActions(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, webYAML, ing("web", `
actions.weighted: '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":"http","weight":90},{"serviceName":"api","servicePort":80,"weight":10},{"targetGroupARN":"arn:tg","weight":1}],"targetGroupStickinessConfig":{"enabled":true,"durationSeconds":60}}}'
actions.arn: '{"type":"forward","targetGroupARN":"arn:x"}'
actions.named: '{"type":"forward","targetGroupName":"known"}'
actions.away: '{"type":"redirect","redirectConfig":{"host":"b.example","statusCode":"HTTP_302"}}'
actions.teapot: '{"type":"fixed-response","fixedResponseConfig":{"contentType":"text/plain","statusCode":"418","messageBody":"short"}}'
`, `
defaultBackend: {service: {name: teapot, port: {name: use-annotation}}}
rules:
- http:
    paths:
    - {path: /w, pathType: Exact, backend: {service: {name: weighted, port: {name: use-annotation}}}}
    - {path: /arn, pathType: Exact, backend: {service: {name: arn, port: {name: use-annotation}}}}
    - {path: /named, pathType: Exact, backend: {service: {name: named, port: {name: use-annotation}}}}
    - {path: /away, pathType: Exact, backend: {service: {name: away, port: {name: use-annotation}}}}
    - {path: /missing, pathType: Exact, backend: {service: {name: missing, port: {name: use-annotation}}}}
    - {path: /no-service, pathType: Exact, backend: {service: {name: gone, port: {number: 80}}}}
`))
	want := `/w -> web/web:http+web/api:80+arn:tg
/arn -> arn:x
/named -> targetgroup-name/known
/away -> redirect
/missing -> 503
/no-service -> 503
`
	l := w.listener("shop/web", 80)
	if d := cmp.Diff(want, ruleText(l)); d != "" {
		t.Error(d)
	}
	if got := l.DefaultActions[0].FixedResponse; got == nil || got.StatusCode != 418 || l.DefaultSource.Field != "spec.defaultBackend" {
		t.Errorf("default: %+v", l.DefaultActions)
	}
	f := l.Rules[0].Actions[0].Forward
	if f.TargetGroups[0].Weight != 90 || f.TargetGroups[2].Weight != 1 || !f.Stickiness.Enabled || f.Stickiness.DurationSeconds != 60 {
		t.Errorf("weights: %+v %+v", f, f.Stickiness)
	}
	u := w.group("shop/web")
	if got := codes(u.Diagnostics); got != "GW5010 GW5012" {
		t.Errorf("diagnostics: %v", u.Diagnostics)
	}
	if len(u.Missing) != 2 || u.Missing[1].Name != "known" {
		t.Errorf("missing: %v", u.Missing)
	}
}
