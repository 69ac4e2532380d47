package model

// ActionType is the kind of an action.
type ActionType string

// Action types, as ELBv2's ActionTypeEnum.
const (
	ActionForward             ActionType = "forward"
	ActionRedirect            ActionType = "redirect"
	ActionFixedResponse       ActionType = "fixed-response"
	ActionAuthenticateOIDC    ActionType = "authenticate-oidc"
	ActionAuthenticateCognito ActionType = "authenticate-cognito"
	ActionJWTValidation       ActionType = "jwt-validation"
)

// Action is one step of a rule. Exactly the member that belongs to Type is set.
type Action struct {
	Type                ActionType
	Forward             *Forward
	Redirect            *Redirect
	FixedResponse       *FixedResponse
	AuthenticateOIDC    *AuthenticateOIDC
	AuthenticateCognito *AuthenticateCognito
	JWTValidation       *JWTValidation
}

// Forward sends to one of several target groups.
type Forward struct {
	TargetGroups []WeightedTargetGroup
	Stickiness   *GroupStickiness
	// Canary makes the first group the main one and the others its canaries, as ingress-nginx has it: when the main
	// group has no targets the answer is 503 whatever was chosen; when a chosen canary has none the main one is used.
	Canary bool
}

// WeightedTargetGroup is a target group with its share of the requests.
type WeightedTargetGroup struct {
	// TargetGroup is the ID of a TargetGroup in the model, or an ARN that AWS knows.
	TargetGroup string
	// Weight is relative, 0 to 999 (DialectNginx: up to the canary's weight total).
	Weight int32
}

// GroupStickiness keeps a client at the target group it was first sent to.
type GroupStickiness struct {
	Enabled         bool
	DurationSeconds int32
}

// Redirect answers with a Location. Empty members keep the request's: "#{protocol}", "#{host}", "#{port}",
// "/#{path}", "#{query}".
type Redirect struct {
	Protocol string
	Host     string
	Port     string
	Path     string
	Query    string
	// NoQuery drops the request's query: ELB tells a Query that is given and empty from one that is not given, which keeps
	// it. Query is empty then.
	NoQuery bool
	// StatusCode is 301 or 302 for ELB; DialectNginx also knows 300, 303, 304, 305, 307 and 308.
	StatusCode int32
	// URL, when set, is the whole Location and the members above are empty. DialectNginx only.
	URL string
}

// FixedResponse answers with a body of its own. With DialectNginx it stands for a default backend and acts where a
// forward does: after the rule's redirect to HTTPS, denial and login.
type FixedResponse struct {
	StatusCode  int32
	ContentType string
	MessageBody string
}

// UnauthenticatedAction says what happens to a request without a login.
type UnauthenticatedAction string

// What happens to requests without a login, as ELBv2's OnUnauthenticatedRequest.
const (
	UnauthenticatedDeny         UnauthenticatedAction = "deny"
	UnauthenticatedAllow        UnauthenticatedAction = "allow"
	UnauthenticatedAuthenticate UnauthenticatedAction = "authenticate"
)

// Parameter is an extra query parameter of an authentication request.
type Parameter struct {
	Name  string
	Value string
}

// AuthenticateOIDC logs users in with an OpenID provider.
type AuthenticateOIDC struct {
	Issuer                string
	AuthorizationEndpoint string
	TokenEndpoint         string
	UserInfoEndpoint      string
	ClientID              string
	ClientSecret          string `text:"secret"`
	Scope                 string
	SessionCookieName     string
	SessionTimeoutSeconds int64
	OnUnauthenticated     UnauthenticatedAction
	ExtraParams           []Parameter
}

// AuthenticateCognito logs users in with an Amazon Cognito user pool.
type AuthenticateCognito struct {
	UserPoolARN           string
	UserPoolClientID      string
	UserPoolDomain        string
	Scope                 string
	SessionCookieName     string
	SessionTimeoutSeconds int64
	OnUnauthenticated     UnauthenticatedAction
	ExtraParams           []Parameter
}

// JWTValidation checks a bearer token.
type JWTValidation struct {
	Issuer           string
	JWKSEndpoint     string
	AdditionalClaims []Claim
}

// Claim is an additional claim that a token must carry.
type Claim struct {
	Name string
	// Format is single-string, string-array or space-separated-values.
	Format string
	Values []string
}
