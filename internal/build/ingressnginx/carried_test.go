package ingressnginx

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// companions are what an annotation needs beside it to show.
var companions = map[string]map[string]string{
	"permanent-redirect-code":                  {"permanent-redirect": "https://a.example/"},
	"temporal-redirect-code":                   {"temporal-redirect": "https://a.example/"},
	"force-ssl-redirect":                       {"ssl-redirect": "false"},
	"auth-type":                                {"auth-secret": "users"},
	"auth-secret":                              {"auth-type": "basic"},
	"auth-secret-type":                         {"auth-type": "basic", "auth-secret": "users"},
	"auth-realm":                               {"auth-type": "basic", "auth-secret": "users"},
	"auth-tls-verify-client":                   {"auth-tls-secret": "shop/users"},
	"auth-tls-verify-depth":                    {"auth-tls-secret": "shop/authority"},
	"auth-tls-error-page":                      {"auth-tls-secret": "shop/users"},
	"auth-tls-pass-certificate-to-upstream":    {"auth-tls-secret": "shop/users"},
	"auth-tls-match-cn":                        {"auth-tls-secret": "shop/users"},
	"canary-by-header-value":                   {"canary-by-header": "X-Canary"},
	"canary-by-header-pattern":                 {"canary-by-header": "X-Canary"},
	"canary-weight-total":                      {"canary-weight": "10"},
	"upstream-hash-by-subset":                  {"upstream-hash-by": "$request_uri"},
	"upstream-hash-by-subset-size":             {"upstream-hash-by": "$request_uri", "upstream-hash-by-subset": "true"},
	"affinity-mode":                            {"affinity": "cookie"},
	"affinity-canary-behavior":                 {"affinity": "cookie"},
	"session-cookie-name":                      {"affinity": "cookie"},
	"session-cookie-path":                      {"affinity": "cookie"},
	"session-cookie-domain":                    {"affinity": "cookie"},
	"session-cookie-expires":                   {"affinity": "cookie"},
	"session-cookie-max-age":                   {"affinity": "cookie"},
	"session-cookie-samesite":                  {"affinity": "cookie"},
	"session-cookie-secure":                    {"affinity": "cookie"},
	"session-cookie-partitioned":               {"affinity": "cookie"},
	"session-cookie-change-on-failure":         {"affinity": "cookie"},
	"session-cookie-conditional-samesite-none": {"affinity": "cookie"},
}

// companionConfig is the same for keys of the ConfigMap.
var companionConfig = map[string]map[string]string{
	"compute-full-forwarded-for": {"use-forwarded-headers": "true"},
	"forwarded-for-header":       {"use-forwarded-headers": "true"},
	"log-format-escape-json":     {"log-format-upstream": "$status"},
	"log-format-escape-none":     {"log-format-upstream": "$status"},
	"proxy-real-ip-cidr":         {"use-forwarded-headers": "true"},
	// With the login refused, the paths would hold nothing else.
	"no-auth-locations":             {"allow-cross-namespace-resources": "true"},
	"no-tls-redirect-locations":     {"allow-cross-namespace-resources": "true"},
	"proxy-protocol-header-timeout": {"use-proxy-protocol": "true"},
	"http-redirect-code":            {"allow-cross-namespace-resources": "true"},
}

// small is a host with a main Ingress and a canary, and what their annotations may name.
func small(main, canary, config map[string]string) *objects.Set {
	set := objects.NewSet()
	set.Put(ingressClass("nginx", "k8s.io/ingress-nginx"))
	for _, name := range []string{"main", "canary"} {
		set.Put(&corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
			Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
		})
	}
	for _, namespace := range []string{"shop", "other"} {
		for _, name := range []string{"users", "basic-auth"} {
			set.Put(&corev1.Secret{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: map[string][]byte{"auth": []byte("a:{PLAIN}b")},
			})
		}
	}
	set.Put(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "authority"}, Data: map[string][]byte{"ca.crt": clientAuthority()},
	})
	set.Put(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ingress-nginx", Name: "controller"}, Data: config})
	set.Put(smallIngress("main", main))
	set.Put(smallIngress("canary", canary))
	return set
}

func smallIngress(name string, annotations map[string]string) *networkingv1.Ingress {
	class := "nginx"
	full := map[string]string{}
	for k, v := range annotations {
		full[nginx.Prefix+k] = v
	}
	var paths []networkingv1.HTTPIngressPath
	for _, p := range []string{"/plain", "/health", "/x*y", "/"} {
		if name == "canary" && p != "/" {
			continue
		}
		kind := networkingv1.PathTypePrefix
		paths = append(paths, networkingv1.HTTPIngressPath{Path: p, PathType: &kind, Backend: networkingv1.IngressBackend{
			Service: &networkingv1.IngressServiceBackend{Name: name, Port: networkingv1.ServiceBackendPort{Number: 80}},
		}})
	}
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Annotations: full},
		Spec: networkingv1.IngressSpec{
			IngressClassName: &class,
			TLS:              []networkingv1.IngressTLS{{Hosts: []string{"a.example"}}},
			Rules: []networkingv1.IngressRule{{
				Host:             "a.example",
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: paths}},
			}},
		},
	}
}

// modelText is the joined model of a set.
func modelText(set *objects.Set) string {
	var parts []*model.Model
	units := buildAll(testBuilder(), set)
	for _, key := range slices.Sorted(maps.Keys(units)) {
		if m := units[key].Model; m != nil {
			parts = append(parts, m)
		}
	}
	return string(model.Print(model.Merge(parts...)))
}

func with(base map[string]string, key, value string) map[string]string {
	out := map[string]string{key: value}
	for k, v := range base {
		out[k] = v
	}
	return out
}

func TestEveryAnnotationThatIsCarriedOutChangesTheModel(t *testing.T) {
	canaryOn := map[string]string{"canary": "true"}
	for _, k := range nginx.Registry.All() {
		e := k.Declaration()
		if e.Internal.Level == annotation.No {
			continue
		}
		base := companions[e.Suffix]
		value := e.Example
		if e.Suffix == nginx.AuthType.Suffix {
			value = "basic"
		}
		var before, after string
		if strings.HasPrefix(e.Suffix, "canary") {
			onCanary := with(base, "canary", "true")
			if e.Suffix == "canary" {
				onCanary = nil
			}
			before = modelText(small(nil, onCanary, nil))
			after = modelText(small(nil, with(onCanary, e.Suffix, value), nil))
		} else {
			before = modelText(small(base, canaryOn, nil))
			after = modelText(small(with(base, e.Suffix, value), canaryOn, nil))
		}
		if before == after {
			t.Errorf("%s: %s changes nothing", e.Suffix, value)
		}
		if e.ConfigMapKey == "" {
			continue
		}
		if modelText(small(base, canaryOn, with(nil, e.ConfigMapKey, value))) == modelText(small(base, canaryOn, nil)) {
			t.Errorf("the key %s of the ConfigMap changes nothing", e.ConfigMapKey)
		}
	}
}

func TestEveryConfigKeyThatIsCarriedOutHasAnEffect(t *testing.T) {
	// A login from another namespace, a redirect to HTTPS and an odd path give most keys something to act on.
	main := map[string]string{
		"auth-type": "basic", "auth-secret": "other/users", "proxy-body-size": "2m", "app-root": "/load_module",
	}
	everything := func(config map[string]string) string {
		set := small(main, map[string]string{"canary": "true"}, config)
		out := modelText(set)
		units := buildAll(testBuilder(), set)
		for _, key := range []string{keyIngress + "shop/main", keyHost + "a.example"} {
			out += text(units[key])
		}
		return out
	}
	for _, k := range nginx.ConfigRegistry.All() {
		e := k.Declaration()
		if e.Internal.Level == annotation.No {
			continue
		}
		base := companionConfig[e.Suffix]
		value := e.Example
		if e.Suffix == nginx.RiskLevel.Suffix {
			value = "Low"
		}
		if everything(base) == everything(with(base, e.Suffix, value)) {
			t.Errorf("%s: %s has no effect", e.Suffix, value)
		}
	}
}

// TestEveryKeyHasACase looks for the key in the inputs of test/cases/nginx.
func TestEveryKeyHasACase(t *testing.T) {
	var inputs strings.Builder
	err := filepath.WalkDir("../../../test/cases/nginx", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".txt" {
			return err
		}
		data, err := os.ReadFile(path)
		inputs.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	keys := nginx.Registry.All()
	for _, k := range nginx.ConfigRegistry.All() {
		if k.Declaration().Internal.Level != annotation.No {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		form := regexp.MustCompile(`(?m)(^|[{ ,])` + regexp.QuoteMeta(k.Declaration().Suffix) + `: `)
		if !form.MatchString(inputs.String()) {
			t.Errorf("%s has no case in test/cases/nginx", k.Declaration().Suffix)
		}
	}
}
