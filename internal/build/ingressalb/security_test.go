package ingressalb

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
)

const loginSecret = `
kind: Secret
metadata: {namespace: shop, name: login}
data: {clientId: aWQgCg==, clientSecret: cyAKDQ==}
`

func TestOIDCIsBuiltForHTTPSOnly(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, webYAML, loginSecret, ing("web", `
listen-ports: '[{"HTTP":80},{"HTTPS":443}]'
certificate-arn: arn:1
auth-type: oidc
auth-scope: email openid
auth-on-unauthenticated-request: deny
auth-session-cookie: c
auth-session-timeout: "60"
`+oidc("login"), to("/")))
	want := []model.Action{
		{Type: model.ActionAuthenticateOIDC, AuthenticateOIDC: &model.AuthenticateOIDC{
			Issuer: "i", AuthorizationEndpoint: "a", TokenEndpoint: "t", UserInfoEndpoint: "u", ClientID: "id", ClientSecret: "s ",
			Scope: "email openid", SessionCookieName: "c", SessionTimeoutSeconds: 60, OnUnauthenticated: "deny",
		}},
		{Type: model.ActionForward, Forward: &model.Forward{TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "alb/shop/web/web:80", Weight: 1}}}},
	}
	if d := cmp.Diff(want, w.listener("shop/web", 443).Rules[0].Actions); d != "" {
		t.Error(d)
	}
	if got := actionText(w.listener("shop/web", 80).Rules[0].Actions); got != "web/web:80" {
		t.Errorf("HTTP: %s", got)
	}
	if got := codes(w.group("shop/web").Diagnostics); got != "GW5027" {
		t.Errorf("the open HTTP port is not told: %s", got)
	}
}

func TestLoginOfTheOnlyServiceComesBeforeTheIngress(t *testing.T) {
	service := "kind: Service\nmetadata: {namespace: shop, name: web, annotations: {alb.ingress.kubernetes.io/auth-type: none}}\nspec: {type: NodePort, ports: [{port: 80, nodePort: 30000}]}\n"
	w := newWorld(t, Options{}, classYAML, service, loginSecret, ing("web", `
certificate-arn: arn:1
auth-type: cognito
auth-idp-cognito: '{"userPoolARN":"p","userPoolClientID":"c","userPoolDomain":"d","authenticationRequestExtraParams":{"b":"2","a":"1"}}'
actions.gone: '{"type":"fixed-response","fixedResponseConfig":{"statusCode":"410"}}'
`, `
rules:
- http:
    paths:
    - {path: /open, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}
    - {path: /gone, pathType: Exact, backend: {service: {name: gone, port: {name: use-annotation}}}}
`))
	l := w.listener("shop/web", 443)
	if got := actionText(l.Rules[0].Actions); got != "web/web:80" {
		t.Errorf("/open: %s", got)
	}
	if got := actionText(l.Rules[1].Actions); got != "authenticate-cognito, 410" {
		t.Errorf("/gone: %s", got)
	}
	params := l.Rules[1].Actions[0].AuthenticateCognito.ExtraParams
	if d := cmp.Diff([]model.Parameter{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}, params); d != "" {
		t.Error(d)
	}
}

func TestTokensAreCheckedOnDefaultActionsToo(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, webYAML, ing("web", `
certificate-arn: arn:1
jwt-validation: '{"issuer":"i","jwksEndpoint":"j","additionalClaims":[{"name":"n","format":"single-string","values":["v"]}]}'
`, "defaultBackend: {service: {name: web, port: {number: 80}}}"))
	if got := actionText(w.listener("shop/web", 443).DefaultActions); got != "jwt-validation, web/web:80" {
		t.Errorf("got %s", got)
	}
}

func TestWhatOurDataPlaneLacksIsTold(t *testing.T) {
	docs := []string{classYAML, webYAML, ing("web", `
wafv2-acl-arn: arn:acl
shield-advanced-protection: "false"
frontend-nlb-subnets: a
frontend-nlb-healthcheck-port: "0"
wrong-key: x
backend-protocol: HTTP
`, to("/"))}
	if got := codes(newWorld(t, Options{}, docs...).b.Build(newWorld(t, Options{}, docs...).Input, "alb/ingress/shop/web").Diagnostics); got != "GW3001 GW3004 GW3004 GW3002" {
		t.Errorf("internal: %s", got)
	}
	w := newWorld(t, Options{External: true}, docs...)
	if got := codes(w.b.Build(w.Input, "alb/ingress/shop/web").Diagnostics); got != "GW3001 GW3004 GW3002" {
		t.Errorf("external: %s", got)
	}
}
