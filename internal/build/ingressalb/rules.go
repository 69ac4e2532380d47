package ingressalb

import (
	"cmp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// readRules makes the rules of a member in the order in which they will stand: rule entries as written, and within one
// entry the paths by pathOrder. Two entries for one host keep their order even when the later one is more specific.
func (w *work) readRules(m *member) {
	regex, _ := get(m, m.values, alb.UseRegexPathMatch)
	for i := range m.ing.Spec.Rules {
		rule := &m.ing.Spec.Rules[i]
		if rule.HTTP == nil {
			continue
		}
		for _, j := range pathOrder(rule.HTTP.Paths) {
			path := &rule.HTTP.Paths[j]
			field := indexed(indexed("spec.rules", i)+".http.paths", j)
			m.rules = append(m.rules, w.readRule(m, rule.Host, path, regex, field))
		}
	}
	if b := m.ing.Spec.DefaultBackend; b != nil {
		defer m.apart()()
		d, ok := w.readBackend(m, b, "spec.defaultBackend")
		if !ok {
			d = w.brokenDraft(m, b, "spec.defaultBackend")
		}
		m.fallback = &d
	}
}

// apart judges what is read until the returned function is called by itself: mistakes made elsewhere do not count.
func (m *member) apart() func() {
	before := m.failed
	m.failed = false
	return func() { m.failed = m.failed || before }
}

// readRule makes one rule from a path; a broken one when something about it cannot be read.
func (w *work) readRule(m *member, host string, path *networkingv1.HTTPIngressPath, regex bool, field string) draft {
	defer m.apart()()
	hosts := globs(host)
	broken := func(conditions []model.Condition) draft {
		d := w.brokenDraft(m, &path.Backend, field)
		d.source.Path, d.conditions = path.Path, conditions
		return d
	}
	patterns, ok := m.patterns(path, regex, field)
	if !ok {
		return broken(widest(hosts, path, regex))
	}
	d, ok := w.readBackend(m, &path.Backend, field+".backend")
	if path.Backend.Service == nil {
		return broken(widest(hosts, path, regex))
	}
	conditions, readable := w.readConditions(m, path.Backend.Service.Name, hosts, patterns, field)
	switch {
	case !readable:
		return broken(widest(hosts, path, regex))
	case !ok:
		return broken(conditions)
	}
	d.source.Field, d.source.Path = field, path.Path
	d.conditions = conditions
	m.warnQuotas(conditions, field)
	d.transforms = w.readTransforms(m, path.Backend.Service.Name)
	return d
}

// source names where a draft came from.
func (m *member) source(field string) model.Source {
	return model.Source{Kind: string(objects.KindIngress), Namespace: m.ing.Namespace, Name: m.ing.Name, Field: field}
}

// pathOrder gives the order of the paths of one rule entry: Exact ones as written (only one can match), then Prefix ones
// by the length of their text, longest first, then the others as written.
func pathOrder(paths []networkingv1.HTTPIngressPath) []int {
	out := make([]int, len(paths))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int {
		x, y := &paths[a], &paths[b]
		order := cmp.Compare(pathClass(x), pathClass(y))
		if order == 0 && pathClass(x) == prefixClass {
			order = cmp.Compare(len(y.Path), len(x.Path))
		}
		return order
	})
	return out
}

const (
	exactClass = iota
	prefixClass
	otherClass
)

func pathClass(p *networkingv1.HTTPIngressPath) int {
	if p.PathType == nil {
		return otherClass
	}
	switch *p.PathType {
	case networkingv1.PathTypeExact:
		return exactClass
	case networkingv1.PathTypePrefix:
		return prefixClass
	}
	return otherClass
}

// patterns turns a path into the values of a path-pattern condition. Prefix /foo is /foo and /foo/*, so that /foobar is
// another path; ImplementationSpecific text is a pattern as it stands, or a regular expression after its first slash.
func (m *member) patterns(p *networkingv1.HTTPIngressPath, regex bool, field string) (match, bool) {
	kind := networkingv1.PathTypeImplementationSpecific
	if p.PathType != nil {
		kind = *p.PathType
	}
	text := p.Path
	if kind != networkingv1.PathTypeImplementationSpecific && strings.ContainsAny(text, "*?") {
		m.fail(diag.ALBPathWildcard, field+".path", diag.A("type", kind), diag.A("path", text))
		return match{}, false
	}
	switch kind {
	case networkingv1.PathTypeExact:
		return globs(text), true
	case networkingv1.PathTypePrefix:
		if text == "/" {
			return globs("/*"), true
		}
		text = strings.TrimSuffix(text, "/")
		if text == "" {
			return match{}, true
		}
		return globs(text, text+"/*"), true
	case networkingv1.PathTypeImplementationSpecific:
		if !regex || text == "" {
			return globs(text), true
		}
		return match{regexes: []string{text[1:]}}, m.checkRegex(text[1:], field+".path")
	}
	m.fail(diag.ALBPathType, field+".pathType", diag.A("type", kind))
	return match{}, false
}

// globs makes a match of the texts that are not empty.
func globs(texts ...string) match {
	return match{globs: slices.DeleteFunc(texts, func(t string) bool { return t == "" })}
}
