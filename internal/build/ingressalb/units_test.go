package ingressalb

import (
	"slices"
	"testing"

	"github.com/gwanmun/gwanmun/internal/objects"
)

// JSON may write the letter "e" as \u0065: what an annotation names is followed all the same.
func TestNamesWithEscapedLettersAreFollowed(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, webYAML, ing("act",
		`actions.x: '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"w\u0065b","servicePort":80}]}}'`+"\n"+
			"auth-type: oidc\n"+oidc(`cli\u0065nt`),
		`rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: x, port: {name: use-annotation}}}}]}}]`))
	for _, k := range []objects.Key{
		{Kind: objects.KindService, Name: objects.Name{Namespace: "shop", Name: "web"}},
		{Kind: objects.KindSecret, Name: objects.Name{Namespace: "shop", Name: "client"}},
	} {
		want := []string{"alb/group/shop/act", "alb/ingress/shop/act"}
		if got := w.b.UnitsOf(w.Input, k); !slices.Equal(got, want) {
			t.Errorf("%v: want %v, got %v", k, want, got)
		}
	}
}
