package ingressnginx

import (
	"regexp"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// canary says which requests of its main Ingress a canary gets. It is asked in the order header, cookie, weight.
type canary struct {
	header string
	// value is the exact value of the header, pattern an expression for it; without both it is always or never.
	value, pattern string
	// patternBad sends requests with the header to the main backend: the pattern cannot be used.
	patternBad    bool
	cookie        string
	weight, total int32
}

// readCanary reads the canary annotations; without "canary" itself they have no effect.
func (s *settings) readCanary(r *annotation.Reader, object diag.Object, values map[string]string, into *diag.Collector) {
	if !s.canaryEnabled {
		for _, f := range nginx.Registry.Examine(values) {
			if e := f.Key.Declaration(); e.Group == nginx.Canary.Group && e.Suffix != nginx.Canary.Suffix {
				into.Add(diag.NginxCanaryOff, object, annotation.FieldOf(f.Name), diag.A("key", f.Name))
			}
		}
		return
	}
	c := &canary{
		header:  annotation.Get(r, nginx.CanaryByHeader).Value,
		value:   annotation.Get(r, nginx.CanaryByHeaderValue).Value,
		pattern: annotation.Get(r, nginx.CanaryByHeaderPattern).Value,
		cookie:  annotation.Get(r, nginx.CanaryByCookie).Value,
		total:   max(100, int32(annotation.Get(r, nginx.CanaryWeightTotal).Value)),
	}
	c.weight = min(c.total, int32(annotation.Get(r, nginx.CanaryWeight).Value))
	if c.value == "" && c.pattern != "" {
		if err := annotation.CheckRegex(c.pattern); err != nil {
			c.patternBad = true
			into.Add(diag.NginxCanaryPattern, object,
				annotation.FieldOf(nginx.Registry.FullKey(&nginx.CanaryByHeaderPattern.Entry)), diag.A("reason", err))
		}
	}
	s.canary = c
}

// variant is one rule of a path: what a request must also have, and the weight of main and canary for it.
type variant struct {
	condition    *model.Condition
	main, canary int32
}

// variants are the rules of a path with a canary, the most special first. The last one has no condition.
func (c *canary) variants() []variant {
	toCanary := func(cond model.Condition) variant { return variant{&cond, 0, 100} }
	toMain := func(cond model.Condition) variant { return variant{&cond, 100, 0} }
	exactly := func(field model.ConditionField, name, value string) model.Condition {
		// Globs compare header values without regard to case; ingress-nginx does not.
		return model.Condition{Field: field, Name: name, RegexValues: []string{"^" + regexp.QuoteMeta(value) + "$"}}
	}
	var out []variant
	switch {
	case c.header == "":
	case c.value != "":
		out = append(out, toCanary(exactly(model.HTTPHeader, c.header, c.value)))
	case c.patternBad:
		out = append(out, toMain(model.Condition{Field: model.HTTPHeader, Name: c.header, Values: []string{"*"}}))
	case c.pattern != "":
		out = append(out, toCanary(model.Condition{Field: model.HTTPHeader, Name: c.header, RegexValues: []string{c.pattern}}))
	default:
		out = append(out,
			toCanary(exactly(model.HTTPHeader, c.header, "always")), toMain(exactly(model.HTTPHeader, c.header, "never")))
	}
	if c.cookie != "" {
		out = append(out,
			toCanary(exactly(model.Cookie, c.cookie, "always")), toMain(exactly(model.Cookie, c.cookie, "never")))
	}
	return append(out, variant{nil, c.total - c.weight, c.weight})
}

// canaryOf is a canary that a location got.
type canaryOf struct {
	*canary
	from    *member
	backend *backend
}

// placeCanaries gives every canary to the main location with its path and type. A location takes one.
func (h *hostBuild) placeCanaries() {
	for _, m := range h.canaries {
		for p, field := range h.paths(m) {
			h.placeCanary(m, pathText(p.Path), kindOf(p.PathType), &p.Backend, field)
		}
		if h.host == "" && m.ing.Spec.DefaultBackend != nil {
			h.placeCanary(m, "/", prefix, m.ing.Spec.DefaultBackend, "spec.defaultBackend")
		}
	}
}

func (h *hostBuild) placeCanary(m *member, path string, kind pathKind, b *networkingv1.IngressBackend, field string) {
	about := []diag.Arg{diag.A("host", shownHost(h.host)), diag.A("path", path), diag.A("type", kind)}
	loc := h.find(path, kind)
	if loc == nil || loc.backend == nil {
		h.diags.Add(diag.NginxCanaryAlone, m.object, field, about...)
		return
	}
	alternative := h.backendOf(m, b, field, "it gets no requests")
	if alternative == nil {
		return
	}
	// What targets speak is the main Ingress's to say, like all that is not about canaries.
	alternative.https, alternative.grpc = loc.backend.https, loc.backend.grpc
	about = append(about, diag.A("other", loc.owner.object))
	switch {
	case alternative.service == loc.backend.service && alternative.port == loc.backend.port:
		h.diags.Add(diag.NginxCanarySelf, m.object, field, about...)
	case loc.canary != nil:
		about[len(about)-1] = diag.A("other", loc.canary.from.object)
		h.diags.Add(diag.NginxCanarySecond, m.object, field, about...)
	default:
		loc.canary = &canaryOf{canary: m.s.canary, from: m, backend: alternative}
	}
}

// shownHost is a host in texts.
func shownHost(host string) string {
	if host == "" {
		return "(any)"
	}
	return strings.ToValidUTF8(host, "?")
}
