package local

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// settings is a ConfigMap with one key of ingress-nginx's.
func settings(name, key, value string) string {
	namespace, name, _ := strings.Cut(name, "/")
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: " + namespace + ", name: " + name + "}\ndata: {" + key + ": \"" + value + "\"}\n---\n"
}

func TestTheConfigMapOfClassNginxIsFoundByItsUsualName(t *testing.T) {
	const usual, elsewhere = "ingress-nginx/ingress-nginx-controller", "edge/ingress-nginx-controller"
	for name, c := range map[string]struct {
		manifests string
		flag      objects.Name
		// said are the codes about ConfigMaps, and limit the size of bodies that the Ingress takes.
		said  []string
		limit int64
	}{
		"none":                  {"", objects.Name{}, nil, 1 << 20},
		"the usual one":         {settings(usual, "proxy-body-size", "2m"), objects.Name{}, []string{"GW1119"}, 2 << 20},
		"another namespace":     {settings(elsewhere, "proxy-body-size", "3m"), objects.Name{}, []string{"GW1119"}, 3 << 20},
		"two, one the usual":    {settings(elsewhere, "proxy-body-size", "3m") + settings(usual, "proxy-body-size", "2m"), objects.Name{}, []string{"GW1121 edge/ingress-nginx-controller", "GW1119"}, 2 << 20},
		"two, none of them":     {settings(elsewhere, "proxy-body-size", "3m") + settings("other/ingress-nginx-controller", "hsts", "false"), objects.Name{}, []string{"GW1121 edge/ingress-nginx-controller, other/ingress-nginx-controller"}, 1 << 20},
		"one by the flag":       {settings(usual, "proxy-body-size", "2m") + settings("a/b", "proxy-body-size", "4m"), objects.Name{Namespace: "a", Name: "b"}, []string{"GW1121 " + usual}, 4 << 20},
		"the flag names none":   {settings(usual, "proxy-body-size", "2m"), objects.Name{Namespace: "a", Name: "b"}, []string{"GW1120", "GW1121 " + usual}, 1 << 20},
		"one of another name":   {settings("default/nginx-configuration", "proxy-body-size", "5m"), objects.Name{}, []string{"GW1121 default/nginx-configuration"}, 1 << 20},
		"one of an application": {settings("default/app", "greeting", "hello"), objects.Name{}, nil, 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			dir := manifests(t, "all.yaml", c.manifests+pods+ingress)
			e, err := offline([]string{dir}, nil, Classes{ConfigMap: c.flag})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range e.diagnostics() {
				switch d.Code {
				case diag.LocalConfigMapUsed.Code, diag.LocalConfigMapMissing.Code:
					got = append(got, string(d.Code))
				case diag.LocalConfigMapUnused.Code:
					_, names, _ := strings.Cut(d.Text, ": ConfigMap ")
					got = append(got, string(d.Code)+" "+names)
				}
			}
			if strings.Join(got, "; ") != strings.Join(c.said, "; ") {
				t.Errorf("said %q, not %q", got, c.said)
			}
			if limit := e.state.Model().LoadBalancers[0].Listeners[0].Rules[0].Policy.BodyLimit; limit != c.limit {
				t.Errorf("bodies may have %d bytes, not %d", limit, c.limit)
			}
		})
	}
}

func TestAConfigMapThatComesOrChangesCountsAtOnce(t *testing.T) {
	dir := manifests(t, "all.yaml", pods+ingress)
	s := serveDir(t, Options{Sources: []string{dir}})
	answers := func(status int) func() bool {
		return func() bool { return send(t, s, http.MethodGet, "http://a.example/").Status == status }
	}
	eventually(t, "service with the defaults", answers(200))
	file := filepath.Join(dir, "settings.yaml")
	put(t, file, settings("x/ingress-nginx-controller", "block-cidrs", "127.0.0.0/8"))
	eventually(t, "the refusal of everything, as what is to be blocked is not carried out", answers(503))
	put(t, file, settings("x/ingress-nginx-controller", "hsts", "false"))
	eventually(t, "service with other settings", answers(200))
}
