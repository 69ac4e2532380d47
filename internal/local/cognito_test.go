package local

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/diag"
)

const pooled = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    alb.ingress.kubernetes.io/target-type: ip
    alb.ingress.kubernetes.io/certificate-arn: arn:aws:acm:eu-west-1:123456789012:certificate/1
    alb.ingress.kubernetes.io/auth-type: cognito
    alb.ingress.kubernetes.io/auth-idp-cognito: '{"userPoolARN":"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x","userPoolClientID":"shop","userPoolDomain":"shop"}'
spec:
  ingressClassName: alb
  rules:
  - host: a.example
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}, {path: /b, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}]}
`

func TestSecretsOfCognitoClientsComeFromSecretsAndMissingOnesAreTold(t *testing.T) {
	const secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: %NAME}\nstringData: {clientID: shop, clientSecret: %NAME-secret}\n"
	for _, c := range []struct {
		say, want string
		told      int
		files     []string
	}{
		{"without a Secret", "", 1, nil},
		{"with one", "a-secret", 0, []string{"a"}},
		{"of two the first by name counts", "a-secret", 0, []string{"b", "a"}},
	} {
		files := []string{"web.yaml", pooled}
		for _, name := range c.files {
			files = append(files, name+".yaml", strings.ReplaceAll(secret, "%NAME", name))
		}
		e, err := offline([]string{manifests(t, files...)}, nil, Classes{})
		if err != nil {
			t.Fatal(err)
		}
		if got := e.secrets.secret("", "shop"); got != c.want {
			t.Errorf("%s: %q", c.say, got)
		}
		told := 0
		for _, d := range e.diags {
			if d.Code == diag.LocalClientSecret.Code {
				told++
			}
		}
		if told != c.told {
			t.Errorf("%s: told %d times", c.say, told)
		}
	}
}
