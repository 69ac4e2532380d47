package testkit

import (
	"strings"
	"testing"
)

func TestCasesAreReadInSteps(t *testing.T) {
	c, err := parseCase("a.txt", []byte("A title.\nMore.\n-- options --\nclass: alb\n-- input.yaml --\n-- 2/delete --\nIngress a/b\n-- 2/http --\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Title != "A title." || c.Options.Class != "alb" || len(c.Steps) != 2 || c.Steps[1].Text(sectionDelete) != "Ingress a/b\n" {
		t.Errorf("got %+v", c)
	}
}

func TestBadCasesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"-- input.yaml --\n":                                         "the first line",
		"A.\n-- options --\n":                                        "needs a section input.yaml",
		"A.\n-- input.yml --\n":                                      "unknown section",
		"A.\n-- input.yaml --\n-- 3/http --\n":                       "step 2 is missing",
		"A.\n-- input.yaml --\n-- 1/http --\n":                       "numbered from 2",
		"A.\n-- input.yaml --\n-- input.yaml --\n":                   "there twice",
		"A.\n-- options --\ncolour: red\n-- input.yaml --\n":         "colour",
		"A.\n-- options --\nshow: [everything]\n-- input.yaml --\n":  "everything",
		"A.\n-- options --\ntargets: {web: two}\n-- input.yaml --\n": "targets",
	} {
		if _, err := parseCase("a.txt", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, got %v", text, want, err)
		}
	}
}

func TestUpdatingKeepsTheOrderOfSections(t *testing.T) {
	c, err := parseCase("a.txt", []byte("A.\n-- http --\nGET http://a/ -> 200\n-- input.yaml --\n\n-- 2/input.yaml --\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	c.set(c.Steps[0], sectionDiagnostics, "error GW1 x\n")
	c.set(c.Steps[1], sectionDiagnostics, "")
	want := "A.\n-- input.yaml --\n\n-- diagnostics --\nerror GW1 x\n-- http --\nGET http://a/ -> 200\n-- 2/input.yaml --\n\n"
	if got := string(c.format()); got != want {
		t.Errorf("got:\n%s", got)
	}
}

func TestShortFormsAreExpanded(t *testing.T) {
	for _, c := range []struct{ short, want string }{
		{"ingress: web\nrules: [a.example/x exact -> api:http]", "pathType: Exact"},
		{"ingress: web\nclass: annotation nginx", "kubernetes.io/ingress.class: nginx"},
		{"ingress: web\nannotations: {ssl-redirect: 'false'}", `nginx.ingress.kubernetes.io/ssl-redirect: "false"`},
		{"ingress: web\nclass: alb\nannotations: {scheme: internal, a/b: c}", "alb.ingress.kubernetes.io/scheme: internal"},
		{"ingress: web\ntls: ['a.example, b.example -> s']", "secretName: s"},
		{"service: web\nports: ['http=80->8080']", "targetPort: 8080"},
		{"secret: s\nusers: {ann: secret}", "auth: YW5uOntTSEF9NWVuNkc2TWV6UnJvVDNYS3FrZFBPbVkvQmZRPQo="},
		{"configMap: c\ndata: {a: b}", "a: b"},
		{"apiVersion: v1\nkind: Pod", "kind: Pod"},
	} {
		got, err := expandDocument(c.short, Options{Class: "nginx"})
		if err != nil || !strings.Contains(got, c.want) {
			t.Errorf("%s: %v\n%s", c.short, err, got)
		}
	}
	for _, bad := range []string{"service: web\nports: [http]", "ingress: web\nrules: [a.example]", "colour: red", "{}"} {
		if got, err := expandDocument(bad, Options{}); err == nil {
			t.Errorf("%q was taken: %s", bad, got)
		}
	}
}
