package alb

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

func TestTheRegistryHasEveryKeyOfTheOriginal(t *testing.T) {
	keys := 0
	seen := map[string]bool{}
	for _, k := range Registry().All() {
		e := k.Declaration()
		if seen[e.Suffix+e.FullKey] {
			t.Errorf("%s is declared twice", e.Suffix)
		}
		seen[e.Suffix+e.FullKey] = true
		keys += len(e.Aliases)
		if e.FullKey == "" {
			keys++
		}
	}
	if keys != 72 {
		t.Errorf("want 72 keys and families, got %d", keys)
	}
}

func TestEveryEntryIsComplete(t *testing.T) {
	for _, k := range Registry().All() {
		e := k.Declaration()
		name := e.Suffix + e.FullKey
		if len(e.Kinds) == 0 || e.Scope == "" || e.Merge == "" || e.Doc == "" || e.Since == "" || k.Expected() == "" {
			t.Errorf("%s lacks a member", name)
		}
		if err := k.Check(e.Example); err != nil {
			t.Errorf("%s: the example does not parse: %v", name, err)
		}
		if strings.ContainsAny(e.Example, "{=/") && strings.Contains(k.Expected(), e.Example) {
			t.Errorf("%s: messages show %q twice, as what is expected and as the example", name, e.Example)
		}
		if e.Default != "" {
			if err := k.Check(e.Default); err != nil {
				t.Errorf("%s: the default does not parse: %v", name, err)
			}
		}
		for _, s := range []annotation.Support{e.External, e.Internal} {
			if (s.Level == annotation.Full) == (s.Why != "") {
				t.Errorf("%s: support needs a reason exactly when it is not full", name)
			}
		}
	}
}

func TestRefusedValues(t *testing.T) {
	for _, c := range []struct {
		key  annotation.Declared
		raw  string
		want string
	}{
		{GroupName, "Shop", "character 1"},
		{GroupName, "shop-", "character 5"},
		{GroupName, strings.Repeat("a", 64), "63"},
		{GroupOrder, "1001", "outside"},
		{LoadBalancerName, strings.Repeat("a", 33), "32"},
		{LoadBalancerName, "internal-web", "beginning"},
		{LoadBalancerName, "web_1", "character 4"},
		{ListenPorts, "[]", "empty"},
		{ListenPorts, `[{}]`, "empty"},
		{ListenPorts, `{"HTTP":80}`, "JSON"},
		{ListenPorts, `[{"HTTP":0}]`, "outside"},
		{ListenPorts, `[{"http":80}]`, "neither"},
		{ListenPorts, `[{"TCP":70000}]`, "outside"},
		{ListenPorts, `[{"HTTP":80}] x`, "follows"},
		{InboundCIDRs, "10.0.0.0", "not an address range"},
		{MinimumCapacity, "Units=1", "not known"},
		{MutualAuthentication, `[]`, "empty"},
		{MutualAuthentication, `[{"port":443,"mode":"Verify"}]`, "none of"},
		{MutualAuthentication, `[{"port":443,"mode":"verify"}]`, "trustStore"},
		{MutualAuthentication, `[{"port":443,"mode":"off","trustStore":"x"}]`, "no other"},
		{MutualAuthentication, `[{"port":443,"mode":"verify","trustStore":"x","advertiseTrustStoreCaNames":"yes"}]`, "neither"},
		{Actions, `{"type":"fixed-response"}`, "needs a fixedResponseConfig"},
		{Actions, `{"type":"fixed-response","fixedResponseConfig":{}}`, "statusCode"},
		{Actions, `{"type":"fixed-response","fixedResponseConfig":{"statusCode":"302"}}`, "statusCode"},
		{Actions, `{"type":"redirect"}`, "redirectConfig"},
		{Actions, `{"type":"redirect","redirectConfig":{"host":"a.example"}}`, "statusCode"},
		{Actions, `{"type":"forward"}`, "needs"},
		{Actions, `{"type":"forward","targetGroupARN":"a","forwardConfig":{}}`, "not both"},
		{Actions, `{"type":"forward","forwardConfig":{"targetGroups":[{}]}}`, "neither"},
		{Actions, `{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a","targetGroupARN":"b"}]}}`, "both"},
		{Actions, `{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a"}]}}`, "servicePort"},
		{Actions, `{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a","servicePort":1,"weight":1},{"serviceName":"b","servicePort":1}]}}`, "weight"},
		{Actions, `{"type":"teapot"}`, "none of"},
		{Conditions, `[{"field":"host-header"}]`, "needs"},
		{Conditions, `[{"field":"path-pattern","pathPatternConfig":{"values":["/a"],"regexValues":["b"]}}]`, "both"},
		{Conditions, `[{"field":"query-string","queryStringConfig":{"values":[{"key":"a"}]}}]`, "empty"},
		{Transforms, `[{"type":"url-rewrite"}]`, "missing"},
		{Transforms, `[{"type":"url-rewrite","urlRewriteConfig":{}}]`, "no rewrites"},
		{Transforms, `[{"type":"other"}]`, "neither"},
		{JWTValidation, `{"issuer":"x"}`, "jwksEndpoint"},
		{JWTValidation, `{"issuer":"x","jwksEndpoint":"y","additionalClaims":[{"name":"a"}]}`, "needs"},
		{AuthType, "saml", "not one"},
		{SuccessCodes, "200-", "not a number"},
		{HealthCheckPort, "0", "outside"},
	} {
		err := c.key.Check(c.raw)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: want an error with %q, got %v", c.key.Declaration().Suffix, c.raw, c.want, err)
		}
	}
}

func TestTheLaterOfTwoEntriesForOnePortCounts(t *testing.T) {
	got, err := ListenPorts.Type.Parse(`[{"HTTP":80,"HTTPS":443},{"HTTPS":80}]`)
	if err != nil || len(got) != 2 || got[0].Port != 443 || got[1].Port != 80 || got[1].Protocol != "HTTPS" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestPortsMayBeNumbersInOrOutOfQuotes(t *testing.T) {
	for raw, want := range map[string]AnyText{`80`: "80", `"80"`: "80", `"http"`: "http"} {
		a, err := Actions.Type.Parse(`{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a","servicePort":` + raw + `}]}}`)
		if err != nil || a.Forward.TargetGroups[0].ServicePort != want {
			t.Errorf("%s: got %+v, %v", raw, a, err)
		}
	}
}

func FuzzAnnotations(f *testing.F) {
	keys := Registry().All()
	for i, k := range keys {
		f.Add(uint(i), k.Declaration().Example)
		f.Add(uint(i), k.Declaration().Default)
	}
	f.Add(uint(0), "\xff,=\\")
	f.Fuzz(func(t *testing.T, n uint, raw string) {
		k := keys[n%uint(len(keys))]
		once, err := k.Canonical(raw)
		if err != nil {
			return
		}
		twice, err := k.Canonical(once)
		if err != nil {
			t.Fatalf("%s: %q was accepted, but its canonical form %q is not: %v", k.Declaration().Suffix, raw, once, err)
		}
		if once != twice {
			t.Fatalf("%s: %q -> %q -> %q", k.Declaration().Suffix, raw, once, twice)
		}
	})
}
