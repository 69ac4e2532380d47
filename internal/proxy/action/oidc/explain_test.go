package oidc_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

func TestExplainingARequestAsksNobody(t *testing.T) {
	h := open(t, at("token", "expires=60"))
	b := h.browser()
	explain := func(target string) *compile.Trace {
		t.Helper()
		return h.snapshot.Explain("alb/shop", 443, compile.Probe{
			Host: "a.example", Target: target, Header: []compile.Field{{Name: "Cookie", Value: b.cookie()}},
		})
	}
	if trace := explain("/"); trace.Status != 302 || !strings.HasPrefix(trace.Location, issuer+"/auth?") {
		t.Errorf("without a session:\n%s", trace)
	}
	back := callback(t, b.provide(b.get("/").location))
	if trace := explain(back); trace.Asked == "" || !strings.Contains(trace.String(), "the listener itself ends logins at this path") {
		t.Errorf("the callback:\n%s", trace)
	}
	if r := b.get(back); r.status != 302 { // the code is still good
		t.Fatal(r)
	}
	if trace := explain("/"); trace.Group != "web" || trace.Asked != "" {
		t.Errorf("with a session:\n%s", trace)
	}
	h.pass(61 * time.Second)
	asked := h.provider.Asked("/token")
	if trace := explain("/"); trace.Asked == "" || !strings.Contains(trace.String(), "nobody was asked") {
		t.Errorf("with a session that must be refreshed:\n%s", trace)
	}
	if h.provider.Asked("/token") != asked {
		t.Error("the provider was asked")
	}
}
