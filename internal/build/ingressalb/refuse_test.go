package ingressalb

import (
	"strings"
	"testing"
)

// Each Ingress has one mistake that leaves it out of group g; the healthy member "ok" is served all the same. What may
// have kept requests from targets stays closed.
func TestOneFaultyMemberIsLeftOutAndTheOthersAreServed(t *testing.T) {
	path := func(text string) string { return "rules: [{http: {paths: [" + text + "]}}]" }
	toPort := func(port string) string {
		return path("{path: /bad, pathType: Prefix, backend: {service: {name: web, port: " + port + "}}}")
	}
	for name, c := range map[string]struct {
		annotations, spec, code string
		// stays are the rules of the faulty member that answer 503.
		stays   string
		options Options
	}{
		"load-balancer-name too long":    {annotations: "load-balancer-name: " + strings.Repeat("x", 33), code: "GW3001"},
		"unknown scheme":                 {annotations: "scheme: public", code: "GW3001"},
		"unknown ip-address-type":        {annotations: "ip-address-type: ipv6", code: "GW3001"},
		"order out of range":             {annotations: `group.order: "1001"`, code: "GW3001"},
		"listen-ports no JSON":           {annotations: `listen-ports: "80"`, code: "GW3001"},
		"listen-ports empty":             {annotations: `listen-ports: '[]'`, code: "GW3001"},
		"listen-ports unknown protocol":  {annotations: `listen-ports: '[{"TCP":80}]'`, code: "GW3001"},
		"listen-ports bad port":          {annotations: `listen-ports: '[{"HTTP":65536}]'`, code: "GW3001"},
		"inbound-cidrs":                  {annotations: "inbound-cidrs: 10.0.0.0/33", code: "GW3001"},
		"mutual TLS without trust store": {annotations: `mutual-authentication: '[{"port":443,"mode":"verify"}]'` + "\ncertificate-arn: arn:1", code: "GW3001"},
		"mutual TLS with unknown mode":   {annotations: `mutual-authentication: '[{"port":443,"mode":"ask"}]'` + "\ncertificate-arn: arn:1", code: "GW3001"},
		"ssl-redirect without port":      {annotations: `ssl-redirect: "8443"`, code: "GW5003"},
		"ssl-redirect to an HTTP port":   {annotations: `ssl-redirect: "80"`, code: "GW5003"},
		"wildcard in an exact path":      {spec: path("{path: /a*, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}"), code: "GW5005"},
		"wildcard in a prefix":           {spec: path("{path: \"/a?\", pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}"), code: "GW5005"},
		"unknown path type":              {spec: path("{path: /a, pathType: Regex, backend: {service: {name: web, port: {number: 80}}}}"), code: "GW5006"},
		"globs and regexes":              {annotations: `conditions.web: '[{"field":"path-pattern","pathPatternConfig":{"regexValues":["x"]}}]'`, code: "GW5007"},
		"regex that RE2 refuses":         {annotations: `use-regex-path-match: "true"`, spec: path("{path: \"/(?=x)\", pathType: ImplementationSpecific, backend: {service: {name: web, port: {number: 80}}}}"), code: "GW5008"},
		"a bad bool for regexes":         {annotations: `use-regex-path-match: "yes"`, code: "GW3001"},
		"resource backend":               {spec: path("{path: /a, pathType: Prefix, backend: {resource: {kind: Bucket, name: b}}}"), code: "GW5009"},
		"malformed action":               {annotations: `actions.x: '{"type":"redirect"}'`, spec: path("{path: /a, pathType: Prefix, backend: {service: {name: x, port: {name: use-annotation}}}}"), code: "GW3001", stays: "/a,/a/* -> 503\n"},
		"missing action":                 {options: Options{RefuseMissingAction: true}, spec: path("{path: /a, pathType: Prefix, backend: {service: {name: x, port: {name: use-annotation}}}}"), code: "GW5011", stays: "/a,/a/* -> 503\n"},
		"missing Service":                {options: Options{RefuseMissingService: true}, spec: path("{path: /a, pathType: Prefix, backend: {service: {name: gone, port: {number: 80}}}}"), code: "GW5013"},
		"missing Service among several":  {annotations: `actions.x: '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":80,"weight":1},{"serviceName":"gone","servicePort":80,"weight":1}]}}'`, spec: path("{path: /a, pathType: Prefix, backend: {service: {name: x, port: {name: use-annotation}}}}"), code: "GW5013"},
		"no such port":                   {spec: toPort("{number: 81}"), code: "GW5014"},
		"no such port name":              {spec: toPort("{name: grpc}"), code: "GW5014"},
		"no node port":                   {spec: path("{path: /a, pathType: Prefix, backend: {service: {name: inner, port: {number: 80}}}}"), code: "GW5015"},
		"ip targets switched off":        {annotations: "target-type: ip", options: Options{RefuseIPTargets: true}, code: "GW5016"},
		"IPv6 Service":                   {spec: path("{path: /a, pathType: Prefix, backend: {service: {name: six, port: {number: 80}}}}"), code: "GW5017"},
		"unknown target type":            {annotations: "target-type: alb", code: "GW3001"},
		"unknown backend protocol":       {annotations: "backend-protocol: TCP", code: "GW3001"},
		"unknown protocol version":       {annotations: "backend-protocol-version: HTTP3", code: "GW3001"},
		"unknown health check protocol":  {annotations: "healthcheck-protocol: TCP", code: "GW3001"},
		"health check port named oddly":  {annotations: "target-type: ip\nhealthcheck-port: admin", code: "GW5018"},
		"health check port unknown":      {annotations: "healthcheck-port: nope", code: "GW5018"},
		"control port of instances":      {annotations: `target-control-port.web.80: "3000"`, code: "GW5019"},
		"unknown auth type":              {annotations: "auth-type: saml", code: "GW3001", stays: "/bad,/bad/* -> 503\n"},
		"login without provider":         {annotations: "auth-type: cognito", code: "GW5024", stays: "/bad,/bad/* -> 503\n"},
		"OIDC Secret missing":            {annotations: "auth-type: oidc\n" + oidc("none"), code: "GW5025", stays: "/bad,/bad/* -> 503\n"},
		"OIDC Secret without secret":     {annotations: "auth-type: oidc\n" + oidc("half"), code: "GW5025", stays: "/bad,/bad/* -> 503\n"},
		"login and token":                {annotations: "auth-type: oidc\n" + oidc("full") + "\n" + `jwt-validation: '{"issuer":"i","jwksEndpoint":"j"}'`, code: "GW5026", stays: "/bad,/bad/* -> 503\n"},
		"token without issuer":           {annotations: `jwt-validation: '{"jwksEndpoint":"j"}'`, code: "GW3001", stays: "/bad,/bad/* -> 503\n"},
		"empty CoIP pool":                {annotations: `customer-owned-ipv4-pool: ""`, code: "GW3001"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := c.spec
			if spec == "" {
				spec = to("/bad")
			}
			w := newWorld(t, c.options, classYAML, webYAML, `
kind: Service
metadata: {namespace: shop, name: inner}
spec: {type: ClusterIP, ports: [{port: 80}]}
---
kind: Service
metadata: {namespace: shop, name: six}
spec: {type: NodePort, ipFamilies: [IPv4, IPv6], ports: [{port: 80, nodePort: 30099}]}
---
kind: Secret
metadata: {namespace: shop, name: half}
data: {clientID: YQ==}
---
kind: Secret
metadata: {namespace: shop, name: full}
data: {clientId: YSAK, clientSecret: YgAK}
`, ing("bad", "group.name: g\n"+c.annotations, spec), ing("ok", "group.name: g", to("/ok")))
			u := w.group("g")
			if len(u.Members) != 2 {
				t.Fatalf("members: %+v", u.Members)
			}
			for _, m := range u.Members {
				if m.Accepted != (m.Object.Name.Name == "ok") {
					t.Errorf("%s accepted = %v: %v", m.Object.Name, m.Accepted, u.Diagnostics)
				}
			}
			if !strings.Contains(codes(u.Diagnostics), c.code) {
				t.Errorf("want %s, got %v", c.code, u.Diagnostics)
			}
			if got, want := ruleText(w.listener("g", 80)), c.stays+"/ok,/ok/* -> ok/web:80\n"; got != want {
				t.Errorf("want %s, got %s", want, got)
			}
			if len(u.Model.TargetGroups) != 1 || len(u.Model.LoadBalancers[0].Listeners) != 1 {
				t.Errorf("the faulty member left something behind: %+v", u.Model)
			}
		})
	}
}

func oidc(secret string) string {
	return `auth-idp-oidc: '{"issuer":"i","authorizationEndpoint":"a","tokenEndpoint":"t","userInfoEndpoint":"u","secretName":"` + secret + `"}'`
}

func TestAGroupOfFaultyMembersHasMembersButNoModel(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, webYAML, ing("web", "scheme: public", to("/")))
	u := w.group("shop/web")
	if u.Model != nil || len(u.Members) != 1 || u.Members[0].Accepted {
		t.Errorf("got %+v", u)
	}
}

func TestABadGroupNameIsToldByTheIngressUnit(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, webYAML, ing("web", "group.name: Shop", to("/")))
	units := w.b.Units(w.Input)
	if len(units) != 1 || units[0] != "alb/ingress/shop/web" {
		t.Fatalf("units: %v", units)
	}
	u := w.b.Build(w.Input, units[0])
	if codes(u.Diagnostics) != "GW3001" || len(u.Members) != 1 || u.Members[0].Accepted {
		t.Errorf("got %+v", u)
	}
}
