package ingressalb

import (
	"slices"
	"strings"
	"unicode"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func (w *work) serviceOf(m *member, name string) *corev1.Service {
	return w.set.Service(m.serviceName(name))
}

// readerFor reads annotations of the Service before those of the Ingress, and IngressClassParams before both.
func (w *work) readerFor(m *member, service string) *annotation.Reader {
	svc := w.serviceOf(m, service)
	if svc == nil {
		return m.values
	}
	layer := annotation.Layer{
		Kind:   annotation.Annotations,
		Object: diag.Object{Kind: string(objects.KindService), Namespace: svc.Namespace, Name: svc.Name},
		Values: svc.Annotations,
	}
	layers := append(paramsLayer(m.params), layer, ingressLayer(m.ing))
	return annotation.NewReader(w.registry, &m.found, layers...)
}

// readSecurity adds login and token actions to a draft. The annotations of the only Service that is forwarded to come
// before the Ingress'; jwt-validation is the Ingress' alone.
func (w *work) readSecurity(m *member, d *draft, service, field string) bool {
	r := m.values
	if service != "" {
		r = w.readerFor(m, service)
	}
	kind, _ := get(m, r, alb.AuthType)
	login, ok := w.login(m, r, kind, field)
	if !ok {
		return false
	}
	token, hasToken := get(m, m.values, alb.JWTValidation)
	if login != nil && hasToken {
		m.fail(diag.ALBAuthAndJWT, field)
		return false
	}
	switch {
	case login != nil:
		d.secure = []model.Action{*login}
	case hasToken:
		d.secure = []model.Action{jwtAction(&token)}
	}
	return !m.failed
}

func jwtAction(j *alb.JWT) model.Action {
	v := &model.JWTValidation{Issuer: j.Issuer, JWKSEndpoint: j.JWKSEndpoint}
	for _, c := range j.AdditionalClaims {
		v.AdditionalClaims = append(v.AdditionalClaims, model.Claim{Name: c.Name, Format: c.Format, Values: c.Values})
	}
	return model.Action{Type: model.ActionJWTValidation, JWTValidation: v}
}

// login makes the authentication action; nil for none.
func (w *work) login(m *member, r *annotation.Reader, kind, field string) (*model.Action, bool) {
	switch kind {
	case "cognito":
		c, set := get(m, r, alb.AuthIDPCognito)
		if !set {
			return nil, m.lacksProvider(kind, alb.AuthIDPCognito, field)
		}
		a := &model.AuthenticateCognito{
			UserPoolARN: c.UserPoolARN, UserPoolClientID: c.UserPoolClientID, UserPoolDomain: c.UserPoolDomain,
			ExtraParams: parameters(c.ExtraParams),
		}
		a.OnUnauthenticated, a.Scope, a.SessionCookieName, a.SessionTimeoutSeconds = session(m, r)
		return &model.Action{Type: model.ActionAuthenticateCognito, AuthenticateCognito: a}, !m.failed
	case "oidc":
		o, set := get(m, r, alb.AuthIDPOIDC)
		if !set {
			return nil, m.lacksProvider(kind, alb.AuthIDPOIDC, field)
		}
		id, secret, ok := w.clientOf(m, o.SecretName, field)
		if !ok {
			return nil, false
		}
		a := &model.AuthenticateOIDC{
			Issuer: o.Issuer, AuthorizationEndpoint: o.AuthorizationEndpoint, TokenEndpoint: o.TokenEndpoint,
			UserInfoEndpoint: o.UserInfoEndpoint, ClientID: id, ClientSecret: secret, ExtraParams: parameters(o.ExtraParams),
		}
		a.OnUnauthenticated, a.Scope, a.SessionCookieName, a.SessionTimeoutSeconds = session(m, r)
		return &model.Action{Type: model.ActionAuthenticateOIDC, AuthenticateOIDC: a}, !m.failed
	}
	return nil, !m.failed
}

// lacksProvider reports a login without its provider, unless the provider was there and invalid.
func (m *member) lacksProvider(kind string, k annotation.Declared, field string) bool {
	if !m.failed {
		m.fail(diag.ALBAuthProvider, field, diag.A("type", kind), diag.A("key", alb.Prefix+k.Declaration().Suffix))
	}
	return false
}

func session(m *member, r *annotation.Reader) (model.UnauthenticatedAction, string, string, int64) {
	action, _ := get(m, r, alb.AuthOnUnauthenticated)
	scope, _ := get(m, r, alb.AuthScope)
	cookie, _ := get(m, r, alb.AuthSessionCookie)
	timeout, _ := get(m, r, alb.AuthSessionTimeout)
	return model.UnauthenticatedAction(action), scope, cookie, timeout
}

func parameters(extra map[string]string) []model.Parameter {
	var out []model.Parameter
	for name, value := range extra {
		out = append(out, model.Parameter{Name: name, Value: value})
	}
	slices.SortFunc(out, func(a, b model.Parameter) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// clientOf reads the OpenID client from a Secret of the Ingress' namespace. Editors leave line ends behind, so trailing
// space is cut from the id and trailing control characters from the secret.
func (w *work) clientOf(m *member, name, field string) (id, secret string, ok bool) {
	reason := ""
	s := w.set.Secret(m.serviceName(name))
	switch {
	case s == nil:
		reason = "it does not exist"
	case len(s.Data["clientID"]) == 0 && len(s.Data["clientId"]) == 0:
		reason = "the key clientID is missing"
	case len(s.Data["clientSecret"]) == 0:
		reason = "the key clientSecret is missing"
	}
	if reason != "" {
		m.fail(diag.ALBAuthSecret, field, diag.A("secret", m.serviceName(name)), diag.A("reason", reason))
		return "", "", false
	}
	id = string(s.Data["clientID"])
	if id == "" {
		id = string(s.Data["clientId"])
	}
	return strings.TrimRightFunc(id, unicode.IsSpace), strings.TrimRightFunc(string(s.Data["clientSecret"]), unicode.IsControl), true
}

// warnPlainHTTP tells members that an HTTP port skips their login and tokens, which the original does without a word.
func (w *work) warnPlainHTTP(l *portListener) {
	for _, m := range l.members {
		if m.fallback != nil && len(m.fallback.secure) > 0 ||
			slices.ContainsFunc(m.rules, func(d draft) bool { return len(d.secure) > 0 }) {
			w.found.Add(diag.ALBAuthPlainHTTP, m.object, fieldOfListenPorts(), diag.A("port", l.port))
		}
	}
}
