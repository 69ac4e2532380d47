package traffic

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

// actions puts the actions of a rule into words of the model.
func actions(list []types.Action) []model.Action {
	out := make([]model.Action, len(list))
	for i := range list {
		x := &list[i]
		m := model.Action{Type: model.ActionType(x.Type)}
		switch {
		case x.ForwardConfig != nil:
			m.Forward = forward(x.ForwardConfig)
		case x.RedirectConfig != nil:
			m.Redirect = redirect(x.RedirectConfig)
		case x.FixedResponseConfig != nil:
			m.FixedResponse = &model.FixedResponse{
				StatusCode:  status(aws.ToString(x.FixedResponseConfig.StatusCode)),
				ContentType: aws.ToString(x.FixedResponseConfig.ContentType), MessageBody: aws.ToString(x.FixedResponseConfig.MessageBody),
			}
		case x.AuthenticateOidcConfig != nil:
			m.AuthenticateOIDC = oidc(x.AuthenticateOidcConfig)
		case x.AuthenticateCognitoConfig != nil:
			m.AuthenticateCognito = cognito(x.AuthenticateCognitoConfig)
		case x.JwtValidationConfig != nil:
			m.JWTValidation = jwt(x.JwtValidationConfig)
		}
		out[i] = m
	}
	return out
}

func forward(f *types.ForwardActionConfig) *model.Forward {
	out := &model.Forward{}
	for _, g := range f.TargetGroups {
		out.TargetGroups = append(out.TargetGroups, model.WeightedTargetGroup{
			TargetGroup: aws.ToString(g.TargetGroupArn), Weight: aws.ToInt32(g.Weight),
		})
	}
	if s := f.TargetGroupStickinessConfig; s != nil && aws.ToBool(s.Enabled) {
		out.Stickiness = &model.GroupStickiness{Enabled: true, DurationSeconds: aws.ToInt32(s.DurationSeconds)}
	}
	return out
}

func redirect(r *types.RedirectActionConfig) *model.Redirect {
	return &model.Redirect{
		Protocol: aws.ToString(r.Protocol), Host: aws.ToString(r.Host), Port: aws.ToString(r.Port), Path: aws.ToString(r.Path),
		Query: aws.ToString(r.Query), NoQuery: r.Query != nil && *r.Query == "", StatusCode: status(string(r.StatusCode)),
	}
}

func parameters(extra map[string]string) []model.Parameter {
	var out []model.Parameter
	for _, k := range slices.Sorted(maps.Keys(extra)) {
		out = append(out, model.Parameter{Name: k, Value: extra[k]})
	}
	return out
}

func oidc(o *types.AuthenticateOidcActionConfig) *model.AuthenticateOIDC {
	return &model.AuthenticateOIDC{
		Issuer: aws.ToString(o.Issuer), AuthorizationEndpoint: aws.ToString(o.AuthorizationEndpoint),
		TokenEndpoint: aws.ToString(o.TokenEndpoint), UserInfoEndpoint: aws.ToString(o.UserInfoEndpoint),
		ClientID: aws.ToString(o.ClientId), ClientSecret: aws.ToString(o.ClientSecret), Scope: aws.ToString(o.Scope),
		SessionCookieName: aws.ToString(o.SessionCookieName), SessionTimeoutSeconds: aws.ToInt64(o.SessionTimeout),
		OnUnauthenticated: model.UnauthenticatedAction(o.OnUnauthenticatedRequest),
		ExtraParams:       parameters(o.AuthenticationRequestExtraParams),
	}
}

func cognito(o *types.AuthenticateCognitoActionConfig) *model.AuthenticateCognito {
	return &model.AuthenticateCognito{
		UserPoolARN: aws.ToString(o.UserPoolArn), UserPoolClientID: aws.ToString(o.UserPoolClientId),
		UserPoolDomain: aws.ToString(o.UserPoolDomain), Scope: aws.ToString(o.Scope),
		SessionCookieName: aws.ToString(o.SessionCookieName), SessionTimeoutSeconds: aws.ToInt64(o.SessionTimeout),
		OnUnauthenticated: model.UnauthenticatedAction(o.OnUnauthenticatedRequest),
		ExtraParams:       parameters(o.AuthenticationRequestExtraParams),
	}
}

func jwt(j *types.JwtValidationActionConfig) *model.JWTValidation {
	out := &model.JWTValidation{Issuer: aws.ToString(j.Issuer), JWKSEndpoint: aws.ToString(j.JwksEndpoint)}
	for _, c := range j.AdditionalClaims {
		out.AdditionalClaims = append(out.AdditionalClaims, model.Claim{Name: aws.ToString(c.Name), Format: string(c.Format), Values: c.Values})
	}
	return out
}
