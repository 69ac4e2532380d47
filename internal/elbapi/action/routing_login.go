package action

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Defaults of login actions.
const (
	loginScope   = "openid"
	loginCookie  = "AWSELBAuthSessionCookie"
	loginSeconds = 604800
	// maxExtraParams is how many further parameters a login request may carry.
	maxExtraParams = 10
	maxClaims      = 10
	// maxClaimValues and maxClaimValue bound what a claim is compared with.
	maxClaimValues = 10
	maxClaimValue  = 256
)

// loginMembers are what both kinds of login share.
type loginMembers struct {
	scope, cookie *string
	seconds       *int64
	extra         map[string]string
}

func (m *loginMembers) complete() error {
	m.scope = aws.String(orElse(aws.ToString(m.scope), loginScope))
	m.cookie = aws.String(orElse(aws.ToString(m.cookie), loginCookie))
	if m.seconds == nil {
		m.seconds = aws.Int64(loginSeconds)
	}
	if *m.seconds < 1 || *m.seconds > loginSeconds {
		return invalid("SessionTimeout '%d' must be from 1 to %d", *m.seconds, loginSeconds)
	}
	if len(m.extra) > maxExtraParams {
		return invalid("AuthenticationRequestExtraParams holds %d entries; at most %d are allowed", len(m.extra), maxExtraParams)
	}
	m.extra = maps.Clone(m.extra)
	return nil
}

// oidc completes a login with an OpenID provider.
func (c *actionChecker) oidc(o *types.AuthenticateOidcActionConfig) (*types.AuthenticateOidcActionConfig, error) {
	if o == nil {
		return nil, required("AuthenticateOidcConfig")
	}
	out := *o
	for _, m := range []struct {
		member string
		value  *string
	}{
		{"Issuer", o.Issuer},
		{"AuthorizationEndpoint", o.AuthorizationEndpoint},
		{"TokenEndpoint", o.TokenEndpoint},
		{"UserInfoEndpoint", o.UserInfoEndpoint},
	} {
		if err := checkHTTPS("AuthenticateOidcConfig."+m.member, m.value, 2048); err != nil {
			return nil, err
		}
	}
	if aws.ToString(o.ClientId) == "" {
		return nil, required("AuthenticateOidcConfig.ClientId")
	}
	keep := aws.ToBool(o.UseExistingClientSecret)
	switch {
	case keep && o.ClientSecret != nil:
		return nil, invalid("ClientSecret and UseExistingClientSecret cannot both be given")
	case keep:
		at := slices.IndexFunc(c.before, func(x types.Action) bool { return x.AuthenticateOidcConfig != nil })
		if at < 0 {
			return nil, invalid("UseExistingClientSecret is given, and there is no login whose secret could be kept")
		}
		out.ClientSecret = c.before[at].AuthenticateOidcConfig.ClientSecret
	case aws.ToString(o.ClientSecret) == "":
		return nil, required("AuthenticateOidcConfig.ClientSecret")
	}
	out.UseExistingClientSecret = nil
	out.OnUnauthenticatedRequest = orElse(o.OnUnauthenticatedRequest, types.AuthenticateOidcActionConditionalBehaviorEnumAuthenticate)
	if !slices.Contains(out.OnUnauthenticatedRequest.Values(), out.OnUnauthenticatedRequest) {
		return nil, invalid("OnUnauthenticatedRequest '%s' must be deny, allow or authenticate", out.OnUnauthenticatedRequest)
	}
	m := loginMembers{o.Scope, o.SessionCookieName, o.SessionTimeout, o.AuthenticationRequestExtraParams}
	err := m.complete()
	out.Scope, out.SessionCookieName, out.SessionTimeout, out.AuthenticationRequestExtraParams = m.scope, m.cookie, m.seconds, m.extra
	return &out, err
}

// cognito completes a login with an Amazon Cognito user pool.
func cognito(o *types.AuthenticateCognitoActionConfig) (*types.AuthenticateCognitoActionConfig, error) {
	if o == nil {
		return nil, required("AuthenticateCognitoConfig")
	}
	out := *o
	for _, m := range []struct {
		member string
		value  *string
	}{{"UserPoolArn", o.UserPoolArn}, {"UserPoolClientId", o.UserPoolClientId}, {"UserPoolDomain", o.UserPoolDomain}} {
		if aws.ToString(m.value) == "" {
			return nil, required("AuthenticateCognitoConfig." + m.member)
		}
	}
	out.OnUnauthenticatedRequest = orElse(o.OnUnauthenticatedRequest, types.AuthenticateCognitoActionConditionalBehaviorEnumAuthenticate)
	if !slices.Contains(out.OnUnauthenticatedRequest.Values(), out.OnUnauthenticatedRequest) {
		return nil, invalid("OnUnauthenticatedRequest '%s' must be deny, allow or authenticate", out.OnUnauthenticatedRequest)
	}
	m := loginMembers{o.Scope, o.SessionCookieName, o.SessionTimeout, o.AuthenticationRequestExtraParams}
	err := m.complete()
	out.Scope, out.SessionCookieName, out.SessionTimeout, out.AuthenticationRequestExtraParams = m.scope, m.cookie, m.seconds, m.extra
	return &out, err
}

// jwt checks a token check.
func jwt(j *types.JwtValidationActionConfig) (*types.JwtValidationActionConfig, error) {
	if j == nil {
		return nil, required("JwtValidationConfig")
	}
	if n := len(aws.ToString(j.Issuer)); n == 0 || n > 256 {
		return nil, invalid("JwtValidationConfig.Issuer '%s' must have 1 to 256 characters", aws.ToString(j.Issuer))
	}
	if err := checkHTTPS("JwtValidationConfig.JwksEndpoint", j.JwksEndpoint, 256); err != nil {
		return nil, err
	}
	if len(j.AdditionalClaims) > maxClaims {
		return nil, invalid("AdditionalClaims holds %d entries; at most %d are allowed", len(j.AdditionalClaims), maxClaims)
	}
	for _, claim := range j.AdditionalClaims {
		if err := checkClaim(claim); err != nil {
			return nil, err
		}
	}
	out := *j
	return &out, nil
}

// checkClaim checks a further claim that tokens must have.
func checkClaim(claim types.JwtValidationActionAdditionalClaim) error {
	name := aws.ToString(claim.Name)
	switch {
	case name == "":
		return required("AdditionalClaims.Name")
	case slices.Contains([]string{"exp", "iss", "nbf", "iat"}, name):
		return invalid("Claim '%s' is checked anyway and cannot be an additional one", name)
	case !slices.Contains(claim.Format.Values(), claim.Format):
		return invalid("Format '%s' of claim '%s' must be one of %v", claim.Format, name, claim.Format.Values())
	case len(claim.Values) == 0:
		return invalid("Claim '%s' has no Values", name)
	case len(claim.Values) > maxClaimValues:
		return invalid("Claim '%s' has %d Values; at most %d are allowed", name, len(claim.Values), maxClaimValues)
	}
	for _, v := range claim.Values {
		switch {
		case len(v) > maxClaimValue:
			return invalid("A value of claim '%s' has more than %d characters", name, maxClaimValue)
		case claim.Format == types.JwtValidationActionAdditionalClaimFormatEnumSpaceSeparatedValues && strings.Contains(v, " "):
			return invalid("The value '%s' of claim '%s' has a space, which separates values", v, name)
		}
	}
	return nil
}

// checkHTTPS checks a member that holds an address of HTTPS.
func checkHTTPS(member string, value *string, longest int) error {
	text := aws.ToString(value)
	if text == "" {
		return required(member)
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" || len(text) > longest {
		return invalid("%s '%s' must be an https address of at most %d characters", member, text, longest)
	}
	return nil
}
