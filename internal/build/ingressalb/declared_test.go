package ingressalb

import (
	"maps"
	"reflect"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build"
)

// Every annotation that AWS is said to carry out must make a difference to what is built.
func TestEveryDeclaredAnnotationIsRead(t *testing.T) {
	// Annotations that make another one matter, and names of members of families.
	needs := map[string]map[string]string{
		"ssl-redirect":                        {"listen-ports": `[{"HTTP":80},{"HTTPS":443}]`, "certificate-arn": "arn:1"},
		"ssl-policy":                          {"certificate-arn": "arn:1"},
		"mutual-authentication":               {"certificate-arn": "arn:1"},
		"manage-backend-security-group-rules": {"security-groups": "sg-1"},
		"auth-type":                           {"certificate-arn": "arn:1"},
		"auth-idp-oidc":                       {"certificate-arn": "arn:1", "auth-type": "oidc"},
		"auth-idp-cognito":                    {"certificate-arn": "arn:1", "auth-type": "cognito"},
		"auth-on-unauthenticated-request":     {"certificate-arn": "arn:1", "auth-type": "cognito", "auth-idp-cognito": alb.AuthIDPCognito.Example},
		"auth-scope":                          {"certificate-arn": "arn:1", "auth-type": "cognito", "auth-idp-cognito": alb.AuthIDPCognito.Example},
		"auth-session-cookie":                 {"certificate-arn": "arn:1", "auth-type": "cognito", "auth-idp-cognito": alb.AuthIDPCognito.Example},
		"auth-session-timeout":                {"certificate-arn": "arn:1", "auth-type": "cognito", "auth-idp-cognito": alb.AuthIDPCognito.Example},
		"jwt-validation":                      {"certificate-arn": "arn:1"},
		"target-control-port.":                {"target-type": "ip"},
		"target-node-labels":                  {"target-type": "instance"},
	}
	members := map[string]string{
		"listener-attributes.": "HTTP-80", "actions.": "act", "conditions.": "web", "transforms.": "web", "target-control-port.": "web.80",
	}
	spec := `
rules:
- http:
    paths:
    - {path: /a, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
    - {path: /x, pathType: ImplementationSpecific, backend: {service: {name: act, port: {name: use-annotation}}}}
`
	for _, k := range alb.Registry().All() {
		e := k.Declaration()
		switch {
		case e.External.Level == annotation.No || e.FullKey != "" || e.Suffix == alb.DryRunPlan.Suffix:
			continue
		case e.Suffix == alb.GroupOrder.Suffix: // needs two members: TestGroupOrderThenNameThenDocumentOrder
			continue
		}
		t.Run(e.Suffix, func(t *testing.T) {
			w := newWorld(t, Options{}, classYAML, webYAML, loginSecret)
			without := objectsOf(t, ing("web", "", spec))[0].(*networkingv1.Ingress)
			without.Annotations = map[string]string{}
			for key, value := range needs[e.Suffix] {
				without.Annotations[alb.Prefix+key] = value
			}
			with := without.DeepCopy()
			with.Annotations = maps.Clone(without.Annotations)
			with.Annotations[alb.Prefix+e.Suffix+members[e.Suffix]] = e.Example
			w.Objects.Put(without)
			before := w.groups()
			w.Objects.Put(with)
			if reflect.DeepEqual(before, w.groups()) {
				t.Errorf("%s: %s makes no difference", e.Suffix, e.Example)
			}
		})
	}
}

// groups builds all group units.
func (w *world) groups() []build.Unit {
	var out []build.Unit
	for _, key := range w.b.Units(w.Input) {
		if len(key) > len(groupUnit) && key[:len(groupUnit)] == groupUnit {
			out = append(out, w.b.Build(w.Input, key))
		}
	}
	return out
}
