package compile_test

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

func TestExplainNamesRulesReasonsStepsAndTheTargetGroup(t *testing.T) {
	second := with(rule(2, "a.example", "/app", forwardTo("web")), model.Policy{
		Rewrite: &model.Rewrite{Regex: "/app(.*)", Replace: "/v2$1"}, BodyLimit: 100,
	})
	s, _ := apply(t, nginxBase(), nginxHost("a.example", rule(1, "a.example", "/other", forwardTo("api")), second))
	trace := s.Explain("nginx", 80, compile.Probe{
		Host: "a.example", Target: "/app/x?q=1", Header: []compile.Field{{Name: "X-Real-IP", Value: "1.2.3.4"}},
	})
	if trace.Group != "web" || trace.UpstreamPath != "/v2/x?q=1" || trace.Rule.Priority != 2 || len(trace.Considered) != 2 {
		t.Errorf("trace is %+v", trace)
	}
	for _, want := range []string{
		"host a.example\n",
		`rule 1 does not match: path-pattern /other or /other/* is not met by "/app/x" (Ingress shop/a.example, path /other)`,
		"rule 2 matches (Ingress shop/a.example, path /app)\n",
		"  body-limit limits the body to 100 bytes\n",
		`  rewrite changes the path to "/v2/x?q=1"`,
		"removes X-Real-IP: 1.2.3.4; sets ",
		"sets X-Real-IP: 127.0.0.1",
		"sent to target group web as /v2/x?q=1 on host a.example\n",
	} {
		if !strings.Contains(trace.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, trace)
		}
	}
}

func TestExplainNamesChangesOfHostOnlyWhereThereAreAny(t *testing.T) {
	renamed := with(rule(1, "a.example", "/renamed", forwardTo("web")), model.Policy{UpstreamHost: "inner.example"})
	s, _ := apply(t, nginxBase(), nginxHost("a.example", renamed, rule(2, "a.example", "/", forwardTo("web"))),
		albGroup("g", rule(1, "", "/x", forwardTo("web"))))
	for lb, target := range map[string]string{"nginx": "/", "alb/g": "/x"} {
		if text := s.Explain(lb, 80, compile.Probe{Host: "a.example", Target: target}).String(); strings.Contains(text, "changes ") {
			t.Errorf("%s: nothing changed, but the text says:\n%s", lb, text)
		}
	}
	text := s.Explain("nginx", 80, compile.Probe{Host: "a.example", Target: "/renamed"}).String()
	if !strings.Contains(text, `changes Host to "inner.example"`) {
		t.Errorf("the text does not name the change:\n%s", text)
	}
}

func TestExplainSaysWhatIsAnsweredHere(t *testing.T) {
	s, _ := apply(t, nginxBase(), nginxHost("a.example",
		with(rule(1, "a.example", "/", forwardTo("web")), model.Policy{SSLRedirect: &model.SSLRedirect{}})),
		albGroup("g", rule(1, "", "/x", forwardTo("web"))))
	for _, c := range []struct {
		lb    string
		port  int32
		probe compile.Probe
		want  string
	}{
		{"nginx", 80, compile.Probe{Host: "a.example", Target: "/"}, "answered here with 308 Permanent Redirect\n  Location: https://a.example\n"},
		{"nginx", 80, compile.Probe{Host: "b.example"}, "no rule knows this host, and there are none for all hosts"},
		{"nginx", 80, compile.Probe{Host: "a.example", Target: "/%00"}, "refused with 400 before any rule"},
		{"nginx", 80, compile.Probe{Host: "a.example", Target: "/ HTTP/1.1\r\n\r\nGET /"}, "refused with 400"},
		{"nginx", 8080, compile.Probe{Host: "a.example"}, "does not listen on port 8080"},
		{"alb/g", 80, compile.Probe{Host: "a.example", Target: "/"}, "no rule matches: the default actions answer"},
	} {
		if text := s.Explain(c.lb, c.port, c.probe).String(); !strings.Contains(text, c.want) {
			t.Errorf("want %q in:\n%s", c.want, text)
		}
	}
}
