package apply

import (
	"fmt"
	"strconv"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

// actions are numbered in the order in which they are carried out.
func (r *run) actions(list []model.Action) []elbtypes.Action {
	out := make([]elbtypes.Action, len(list))
	for i := range list {
		out[i] = r.action(&list[i])
		if len(list) > 1 {
			order := int32(i + 1)
			out[i].Order = &order
		}
	}
	return out
}

func (r *run) action(a *model.Action) elbtypes.Action {
	out := elbtypes.Action{Type: elbtypes.ActionTypeEnum(a.Type)}
	switch a.Type {
	case model.ActionForward:
		r.forward(a.Forward, &out)
	case model.ActionRedirect:
		out.RedirectConfig = &elbtypes.RedirectActionConfig{
			StatusCode: elbtypes.RedirectActionStatusCodeEnum(fmt.Sprintf("HTTP_%d", a.Redirect.StatusCode)),
			Protocol:   text(a.Redirect.Protocol), Host: text(a.Redirect.Host), Port: text(a.Redirect.Port), Path: text(a.Redirect.Path),
			Query: text(a.Redirect.Query),
		}
		if a.Redirect.NoQuery {
			out.RedirectConfig.Query = new(string)
		}
	case model.ActionFixedResponse:
		status := strconv.Itoa(int(a.FixedResponse.StatusCode))
		out.FixedResponseConfig = &elbtypes.FixedResponseActionConfig{
			StatusCode: &status, ContentType: text(a.FixedResponse.ContentType), MessageBody: text(a.FixedResponse.MessageBody),
		}
	case model.ActionAuthenticateOIDC:
		out.AuthenticateOidcConfig = oidc(a.AuthenticateOIDC)
	case model.ActionAuthenticateCognito:
		out.AuthenticateCognitoConfig = cognito(a.AuthenticateCognito)
	case model.ActionJWTValidation:
		out.JwtValidationConfig = jwt(a.JWTValidation)
	}
	return out
}

// forward is in the short form for one group, which network load balancers of every age take, and in the long form otherwise.
func (r *run) forward(f *model.Forward, out *elbtypes.Action) {
	if len(f.TargetGroups) == 1 && (f.Stickiness == nil || !f.Stickiness.Enabled) {
		arn := r.s.TargetGroup(f.TargetGroups[0].TargetGroup)
		out.TargetGroupArn = &arn
		return
	}
	c := &elbtypes.ForwardActionConfig{}
	for i := range f.TargetGroups {
		arn := r.s.TargetGroup(f.TargetGroups[i].TargetGroup)
		c.TargetGroups = append(c.TargetGroups, elbtypes.TargetGroupTuple{TargetGroupArn: &arn, Weight: &f.TargetGroups[i].Weight})
	}
	if s := f.Stickiness; s != nil {
		c.TargetGroupStickinessConfig = &elbtypes.TargetGroupStickinessConfig{Enabled: &s.Enabled, DurationSeconds: number(s.DurationSeconds)}
	}
	out.ForwardConfig = c
}

// oidc without a secret keeps the one that AWS has: it never gives one away.
func oidc(o *model.AuthenticateOIDC) *elbtypes.AuthenticateOidcActionConfig {
	out := &elbtypes.AuthenticateOidcActionConfig{
		Issuer: &o.Issuer, AuthorizationEndpoint: &o.AuthorizationEndpoint, TokenEndpoint: &o.TokenEndpoint,
		UserInfoEndpoint: &o.UserInfoEndpoint, ClientId: &o.ClientID, ClientSecret: text(o.ClientSecret), Scope: text(o.Scope),
		SessionCookieName: text(o.SessionCookieName), SessionTimeout: number(o.SessionTimeoutSeconds),
		OnUnauthenticatedRequest:         elbtypes.AuthenticateOidcActionConditionalBehaviorEnum(o.OnUnauthenticated),
		AuthenticationRequestExtraParams: extra(o.ExtraParams),
	}
	if o.ClientSecret == "" {
		keep := true
		out.UseExistingClientSecret = &keep
	}
	return out
}

func cognito(o *model.AuthenticateCognito) *elbtypes.AuthenticateCognitoActionConfig {
	return &elbtypes.AuthenticateCognitoActionConfig{
		UserPoolArn: &o.UserPoolARN, UserPoolClientId: &o.UserPoolClientID, UserPoolDomain: &o.UserPoolDomain, Scope: text(o.Scope),
		SessionCookieName: text(o.SessionCookieName), SessionTimeout: number(o.SessionTimeoutSeconds),
		OnUnauthenticatedRequest:         elbtypes.AuthenticateCognitoActionConditionalBehaviorEnum(o.OnUnauthenticated),
		AuthenticationRequestExtraParams: extra(o.ExtraParams),
	}
}

func extra(list []model.Parameter) map[string]string {
	if len(list) == 0 {
		return nil
	}
	out := make(map[string]string, len(list))
	for _, p := range list {
		out[p.Name] = p.Value
	}
	return out
}

func jwt(j *model.JWTValidation) *elbtypes.JwtValidationActionConfig {
	out := &elbtypes.JwtValidationActionConfig{Issuer: &j.Issuer, JwksEndpoint: &j.JWKSEndpoint}
	for i := range j.AdditionalClaims {
		c := &j.AdditionalClaims[i]
		out.AdditionalClaims = append(out.AdditionalClaims, elbtypes.JwtValidationActionAdditionalClaim{
			Name: &c.Name, Format: elbtypes.JwtValidationActionAdditionalClaimFormatEnum(c.Format), Values: c.Values,
		})
	}
	return out
}
