package observe

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

// actionsFrom are actions in the order in which they are carried out.
func actionsFrom(list []elbtypes.Action) []model.Action {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b elbtypes.Action) int { return cmp.Compare(value(a.Order), value(b.Order)) })
	out := make([]model.Action, len(sorted))
	for i := range sorted {
		out[i] = actionFrom(&sorted[i])
	}
	return out
}

func actionFrom(a *elbtypes.Action) model.Action {
	out := model.Action{Type: model.ActionType(a.Type)}
	switch out.Type {
	case model.ActionForward:
		out.Forward = forwardFrom(a)
	case model.ActionRedirect:
		if c := a.RedirectConfig; c != nil {
			status, _ := strconv.Atoi(strings.TrimPrefix(string(c.StatusCode), "HTTP_"))
			out.Redirect = &model.Redirect{
				Protocol: value(c.Protocol), Host: value(c.Host), Port: value(c.Port), Path: value(c.Path), Query: value(c.Query),
				NoQuery: c.Query != nil && *c.Query == "", StatusCode: int32(status),
			}
		}
	case model.ActionFixedResponse:
		if c := a.FixedResponseConfig; c != nil {
			status, _ := strconv.Atoi(value(c.StatusCode))
			out.FixedResponse = &model.FixedResponse{
				StatusCode: int32(status), ContentType: value(c.ContentType), MessageBody: value(c.MessageBody),
			}
		}
	case model.ActionAuthenticateOIDC:
		out.AuthenticateOIDC = oidcFrom(a.AuthenticateOidcConfig)
	case model.ActionAuthenticateCognito:
		out.AuthenticateCognito = cognitoFrom(a.AuthenticateCognitoConfig)
	case model.ActionJWTValidation:
		out.JWTValidation = jwtFrom(a.JwtValidationConfig)
	}
	return out
}

// forwardFrom reads the long form, or the short one of a single group.
func forwardFrom(a *elbtypes.Action) *model.Forward {
	f := &model.Forward{}
	if a.ForwardConfig == nil || len(a.ForwardConfig.TargetGroups) == 0 {
		if a.TargetGroupArn != nil {
			f.TargetGroups = []model.WeightedTargetGroup{{TargetGroup: *a.TargetGroupArn, Weight: 1}}
		}
		return f
	}
	for _, g := range a.ForwardConfig.TargetGroups {
		weight := int32(1)
		if g.Weight != nil {
			weight = *g.Weight
		}
		f.TargetGroups = append(f.TargetGroups, model.WeightedTargetGroup{TargetGroup: value(g.TargetGroupArn), Weight: weight})
	}
	if s := a.ForwardConfig.TargetGroupStickinessConfig; s != nil {
		f.Stickiness = &model.GroupStickiness{Enabled: value(s.Enabled), DurationSeconds: value(s.DurationSeconds)}
	}
	return f
}

func oidcFrom(c *elbtypes.AuthenticateOidcActionConfig) *model.AuthenticateOIDC {
	if c == nil {
		return nil
	}
	return &model.AuthenticateOIDC{
		Issuer: value(c.Issuer), AuthorizationEndpoint: value(c.AuthorizationEndpoint), TokenEndpoint: value(c.TokenEndpoint),
		UserInfoEndpoint: value(c.UserInfoEndpoint), ClientID: value(c.ClientId), ClientSecret: value(c.ClientSecret),
		Scope: value(c.Scope), SessionCookieName: value(c.SessionCookieName), SessionTimeoutSeconds: value(c.SessionTimeout),
		OnUnauthenticated: model.UnauthenticatedAction(c.OnUnauthenticatedRequest),
		ExtraParams:       parametersFrom(c.AuthenticationRequestExtraParams),
	}
}

func cognitoFrom(c *elbtypes.AuthenticateCognitoActionConfig) *model.AuthenticateCognito {
	if c == nil {
		return nil
	}
	return &model.AuthenticateCognito{
		UserPoolARN: value(c.UserPoolArn), UserPoolClientID: value(c.UserPoolClientId), UserPoolDomain: value(c.UserPoolDomain),
		Scope: value(c.Scope), SessionCookieName: value(c.SessionCookieName), SessionTimeoutSeconds: value(c.SessionTimeout),
		OnUnauthenticated: model.UnauthenticatedAction(c.OnUnauthenticatedRequest),
		ExtraParams:       parametersFrom(c.AuthenticationRequestExtraParams),
	}
}

func parametersFrom(m map[string]string) []model.Parameter {
	var out []model.Parameter
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, model.Parameter{Name: k, Value: m[k]})
	}
	return out
}

func jwtFrom(c *elbtypes.JwtValidationActionConfig) *model.JWTValidation {
	if c == nil {
		return nil
	}
	out := &model.JWTValidation{Issuer: value(c.Issuer), JWKSEndpoint: value(c.JwksEndpoint)}
	for _, claim := range c.AdditionalClaims {
		out.AdditionalClaims = append(out.AdditionalClaims, model.Claim{
			Name: value(claim.Name), Format: string(claim.Format), Values: slices.Clone(claim.Values),
		})
	}
	return out
}
