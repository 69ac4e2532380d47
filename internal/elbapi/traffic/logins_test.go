package traffic

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy"
)

func TestUserPoolsOfTheWorldAreFoundUnlessSomebodyElseTellsOfThem(t *testing.T) {
	const elsewhere, inAWS = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a", "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_b"
	w, err := world.New(&world.File{Region: "eu-west-1", Account: "123456789012", Partition: "aws", UserPools: []world.UserPool{
		{
			ARN: elsewhere, Issuer: "http://127.0.0.1:9000", AuthorizationEndpoint: "http://127.0.0.1:9000/auth", TokenEndpoint: "http://127.0.0.1:9000/token",
			UserInfoEndpoint: "http://127.0.0.1:9000/user", Clients: []world.UserPoolClient{{ID: "shop", Secret: "s"}},
		},
		{ARN: inAWS, Clients: []world.UserPoolClient{{ID: "shop", Secret: "t"}}},
	}}, world.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := logins(LoginOptions{}, w)
	if p, ok := o.Cognito(model.AuthenticateCognito{UserPoolARN: elsewhere, UserPoolClientID: "shop"}); !ok || p.Token != "http://127.0.0.1:9000/token" || p.ClientID != "shop" {
		t.Errorf("a provider that stands for the pool: %+v, %v", p, ok)
	}
	for _, arn := range []string{inAWS, "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_c"} {
		if p, ok := o.Cognito(model.AuthenticateCognito{UserPoolARN: arn}); ok {
			t.Errorf("%s is at %+v", arn, p)
		}
	}
	if s := o.CognitoSecret(inAWS, "shop"); s != "t" {
		t.Errorf("the secret is %q", s)
	}
	o = logins(LoginOptions{
		Cognito: func(model.AuthenticateCognito) (proxy.IdentityProvider, bool) {
			return proxy.IdentityProvider{Token: "given"}, true
		},
		CognitoSecret: func(string, string) string { return "given" },
	}, w)
	if p, _ := o.Cognito(model.AuthenticateCognito{UserPoolARN: elsewhere}); p.Token != "given" || o.CognitoSecret(elsewhere, "shop") != "given" {
		t.Error("what was given is not what counts")
	}
}
