package model

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// small is a model with most shapes that the text form knows.
func small() *Model {
	return &Model{
		LoadBalancers: []LoadBalancer{{
			ID: "nginx", Type: Application, Dialect: DialectNginx,
			Attributes: []Attribute{{"idle_timeout.timeout_seconds", "60"}, {"routing.http2.enabled", "true"}},
			Listeners: []Listener{{
				Port: 80, Protocol: HTTP,
				Rules: []Rule{{
					Priority: 1,
					Conditions: []Condition{
						{Field: HostHeader, Values: []string{"*.a.example"}},
						{Field: PathPattern, RegexValues: []string{`(?i)^/v\d+/`}},
						{Field: QueryString, Query: []QueryValue{{"", "a"}, {"", "b"}}},
					},
					Actions: []Action{{Type: ActionForward, Forward: &Forward{
						TargetGroups: []WeightedTargetGroup{{"nginx/shop/web/80", 1}},
						Stickiness:   &GroupStickiness{},
					}}},
					Policy: &Policy{BodyLimit: 8 << 20, Retry: &Retry{Attempts: 3, On: []string{"error", "off"}}},
					Source: Source{Kind: "Ingress", Namespace: "shop", Name: "web", Port: "80"},
				}},
			}},
		}},
		TargetGroups: []TargetGroup{{
			ID: "nginx/shop/web/80", Type: TargetIP,
			Targets: []Target{{ID: "10.0.0.1", Port: 8080, Pod: "web-0"}, {ID: "fd00::1", Port: 8080}},
		}},
		Certificates: []Certificate{{ID: "secret/shop/tls", Chain: []byte("-----BEGIN X-----\nYQ==\n-----END X-----\n"), Key: []byte("k")}},
		UserLists:    []UserList{{ID: "auth/shop/users/auth-file", Users: []User{{"ann", "$apr1$x"}, {"no", "\xff"}}}},
	}
}

const smallText = `loadBalancers:
  - id: nginx
    type: application
    dialect: nginx
    attributes:
      idle_timeout.timeout_seconds: "60"
      routing.http2.enabled: "true"
    listeners:
      - port: 80
        protocol: HTTP
        rules:
          - priority: 1
            conditions:
              - {field: host-header, values: ["*.a.example"]}
              - {field: path-pattern, regexValues: ['(?i)^/v\d+/']}
              - field: query-string
                query:
                  - {value: a}
                  - {value: b}
            actions:
              - type: forward
                forward:
                  targetGroups:
                    - {targetGroup: nginx/shop/web/80, weight: 1}
                  stickiness: {}
            policy:
              bodyLimit: 8388608
              retry: {attempts: 3, "on": [error, "off"]}
            source: {kind: Ingress, namespace: shop, name: web, port: "80"}
targetGroups:
  - id: nginx/shop/web/80
    type: ip
    targets:
      - {id: 10.0.0.1, port: 8080, pod: web-0}
      - {id: fd00::1, port: 8080}
certificates:
  - id: secret/shop/tls
    chain: |
      -----BEGIN X-----
      YQ==
      -----END X-----
    key: k
userLists:
  - id: auth/shop/users/auth-file
    users:
      ann: $apr1$x
      "no": !!binary "/w=="
`

func TestPrintShowsWhatIsNotDefaultAndParsesBack(t *testing.T) {
	got := string(Print(small(), WithSecrets()))
	if d := cmp.Diff(smallText, got); d != "" {
		t.Fatal(d)
	}
	back, err := Parse([]byte(got))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(small(), back); d != "" {
		t.Fatal(d)
	}
}

func TestEmptyModelsPrintAndParse(t *testing.T) {
	for _, m := range []*Model{nil, {}, {LoadBalancers: []LoadBalancer{}}} {
		if got := string(Print(m)); got != "{}\n" {
			t.Errorf("got %q", got)
		}
	}
	for _, text := range []string{"", "\n# nothing\n", "{}", "---\n{}\n"} {
		m, err := Parse([]byte(text))
		if err != nil || !cmp.Equal(m, &Model{}) {
			t.Errorf("%q: %v, %v", text, m, err)
		}
	}
}

func TestSecretsArePrintedAsFingerprints(t *testing.T) {
	text := string(Print(small()))
	for _, secret := range []string{"$apr1$x", "key: k\n"} {
		if strings.Contains(text, secret) {
			t.Errorf("secret %q got out:\n%s", secret, text)
		}
	}
	m, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if again := string(Print(m)); again != text {
		t.Errorf("a fingerprint did not stay as it was:\n%s", cmp.Diff(text, again))
	}
}

func TestForCasesSortsAndHidesPEM(t *testing.T) {
	m := &Model{
		TargetGroups: []TargetGroup{{ID: "b"}, {ID: "a", Tags: []Tag{{"z", "1"}, {"y", "2"}}}},
		Certificates: []Certificate{{ID: "c", Chain: []byte("-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n")}},
	}
	want := `targetGroups:
  - id: a
    tags:
      "y": "2"
      z: "1"
  - {id: b}
certificates:
  - {id: c, chain: <PEM CERTIFICATE>}
`
	if d := cmp.Diff(want, string(Print(m, ForCases()))); d != "" {
		t.Error(d)
	}
	if m.TargetGroups[0].ID != "b" || m.TargetGroups[1].Tags[0].Key != "z" {
		t.Error("the model itself was changed")
	}
}

func TestParseTellsTheLine(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown field", "targetGroups:\n  - id: a\n    colour: red\n", `line 3: unknown field "colour"`},
		{"a key twice", "targetGroups:\n  - id: a\n    id: b\n", "line 3: \"id\" is there twice"},
		{"a tag twice", "targetGroups:\n  - tags: {a: b, a: c}\n", "line 2: \"a\" is there twice"},
		{"text for a number", "targetGroups:\n  - port: many\n", "line 2: port must be a whole number"},
		{"a number that is too large", "targetGroups:\n  - port: 4294967296\n", "line 2: port must be a whole number of 32 bits"},
		{"text for a list", "targetGroups: a\n", "line 1: targetGroups must be a list"},
		{"a list for text", "targetGroups:\n  - id: [a]\n", "line 2: id must be a single value"},
		{"a list for a map", "- a\n", "line 1: model must be a map"},
		{"null", "targetGroups:\n  - id: null\n", "line 2: id has no value"},
		{"nothing", "targetGroups:\n  - id:\n", "line 2: a value is missing"},
		{"a tab", "targetGroups:\n\t- id: a\n", "line 2: indented with a tab"},
		{"an anchor", "targetGroups: &a\n", "line 1: a value cannot begin with"},
		{"an unclosed list", "targetGroups: [\n", "line 1: a closing ] is missing"},
		{"an unclosed quote", "targetGroups: [{id: \"a]\n", "line 1: a closing \" is missing"},
		{"a stray indentation", "targetGroups:\n  - id: a\n   name: b\n", "line 3: unexpected indentation"},
		{"a second document", "targetGroups: []\n---\n", "line 2: want a key and a colon"},
		{"deep nesting", "targetGroups: " + strings.Repeat("[", 1000), "line 1: nested too deep"},
		{"deep dashes", strings.Repeat("- ", 1000), "line 1: nested too deep"},
		{"text after a value", "targetGroups: [] []\n", "line 1: unexpected \"[]\" after the value"},
		{"not UTF-8", "\xff", "line 1: not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Parse([]byte(c.text)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
}

func TestParseTakesWhatPeopleWrite(t *testing.T) {
	text := `
# a comment
targetGroups:   # another
- id: 'it''s'   # the list stands under its key
  name: "a\tb"
  tags: {Env: prod, "a b": 'c'}
  healthCheck: {httpCodes: 200, path: /#x}
-   id: b
    port: 80 # eighty
`
	want := &Model{TargetGroups: []TargetGroup{
		{ID: "it's", Name: "a\tb", Tags: []Tag{{"Env", "prod"}, {"a b", "c"}}, HealthCheck: &HealthCheck{HTTPCodes: "200", Path: "/#x"}},
		{ID: "b", Port: 80},
	}}
	got, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFieldNamesBeginSmall(t *testing.T) {
	for in, want := range map[string]string{
		"ID": "id", "BodyLimit": "bodyLimit", "SSLPolicy": "sslPolicy", "CIDRv6": "cidrv6", "IPv6Address": "ipv6Address",
		"IPAddressType": "ipAddressType", "OnUnauthenticated": "onUnauthenticated", "HTTPCodes": "httpCodes", "HSTS": "hsts",
	} {
		if got := textName(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
