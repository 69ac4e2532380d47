package ingressnginx

import (
	"fmt"
	"iter"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
)

// pathKind is a path type as ingress-nginx tells them apart: ImplementationSpecific and no type are Prefix.
type pathKind string

const (
	exact  pathKind = "Exact"
	prefix pathKind = "Prefix"
)

func kindOf(t *networkingv1.PathType) pathKind {
	if t != nil && *t == networkingv1.PathTypeExact {
		return exact
	}
	return prefix
}

// location is a path of the host with its owner: what nginx calls a location, before it becomes one or more rules.
type location struct {
	path string
	kind pathKind
	// owner is nil for what no Ingress owns.
	owner *member
	// backend is nil for the answer to what nothing matches.
	backend *backend
	// isDefault marks the implicit "/" of a host until a path takes its place.
	isDefault bool
	// bare leaves out the owner's rewrite and redirect, as for the default backend of all hosts.
	bare   bool
	canary *canaryOf
	// field is the place in the owner.
	field string
	// denied is set when this path alone answers 503.
	denied string
}

// rewrites says whether the location's path is changed on the way to the target.
func (l *location) rewrites() bool {
	return l.owner != nil && !l.bare && l.owner.s.rewriteTarget != "" && l.owner.s.rewriteTarget != l.path
}

// regex says whether the location's path is a regular expression by itself.
func (l *location) regex() bool {
	return l.rewrites() || l.owner != nil && !l.bare && l.owner.s.useRegex
}

// find is the location with a path and type; nil when there is none.
func (h *hostBuild) find(path string, kind pathKind) *location {
	return h.byPath[pathKey{path, kind}]
}

type pathKey struct {
	path string
	kind pathKind
}

func (h *hostBuild) add(l *location) {
	h.locations = append(h.locations, l)
	h.byPath[pathKey{l.path, l.kind}] = l
}

// collect turns the paths of all main Ingresses into locations, the oldest Ingress first: it wins where two have the same
// path and type.
func (h *hostBuild) collect() {
	h.add(h.implicit())
	for _, m := range h.mains {
		for p, field := range h.paths(m) {
			h.collectPath(m, p, field)
		}
	}
	for _, m := range h.withheld {
		h.withhold(m)
	}
}

// withhold denies the paths of an Ingress that is not served, where no served one has the same path and type.
func (h *hostBuild) withhold(m *member) {
	for p, field := range h.paths(m) {
		l := &location{
			path: pathText(p.Path), kind: kindOf(p.PathType), owner: m, field: field,
			denied: "the Ingress is not served, and asks for protection",
		}
		taken := h.find(l.path, l.kind)
		switch {
		case pathError(l.path) != "":
		case taken == nil:
			h.add(l)
		case taken.isDefault:
			*taken = *l
		}
	}
}

func (h *hostBuild) collectPath(m *member, p *networkingv1.HTTPIngressPath, field string) {
	path, kind := pathText(p.Path), kindOf(p.PathType)
	if reason := pathError(path); reason != "" {
		h.diags.Add(diag.PathInvalid, m.object, field+".path", diag.A("path", p.Path), diag.A("reason", reason))
		return
	}
	if h.config.strictPaths && p.PathType != nil && *p.PathType != networkingv1.PathTypeImplementationSpecific && !plainPath(path) {
		h.diags.Add(diag.NginxPathType, m.object, field+".path", diag.A("path", p.Path), diag.A("type", *p.PathType))
	}
	taken := h.find(path, kind)
	if taken != nil && !taken.isDefault {
		about := []diag.Arg{diag.A("path", path), diag.A("type", kind), diag.A("host", shownHost(h.host))}
		if taken.owner == m {
			h.diags.Add(diag.NginxPathTwice, m.object, field, about...)
			return
		}
		h.diags.Add(diag.NginxPathTaken, m.object, field, append(about, diag.A("other", taken.owner.object))...)
		return
	}
	b := h.backendOf(m, &p.Backend, field+".backend", "the path answers 503")
	if b == nil && !m.s.protects() {
		return // another path may serve it; one that is protected is never left to others
	}
	l := &location{path: path, kind: kind, owner: m, backend: b, field: field}
	if taken != nil {
		*taken = *l
		return
	}
	h.add(l)
}

// implicit is the location "/" that every host has. It inherits everything from the oldest Ingress of the host, except
// for the host that stands for all others.
func (h *hostBuild) implicit() *location {
	l := &location{path: "/", kind: prefix, isDefault: true}
	if h.host != "" {
		if len(h.mains) > 0 {
			l.owner = h.mains[0]
			l.field = "spec"
			h.defaultBackend(l, l.owner)
		}
		return l
	}
	l.bare = true
	taken := false
	for _, m := range h.mains {
		if m.ing.Spec.DefaultBackend == nil || len(m.ing.Spec.Rules) > 0 {
			continue
		}
		if taken {
			h.diags.Add(diag.NginxCatchAllTaken, m.object, "spec.defaultBackend", diag.A("other", l.owner.object))
			continue
		}
		if h.defaultBackend(l, m); l.backend != nil {
			l.owner, l.isDefault, taken = m, false, true
		}
	}
	if taken {
		return l
	}
	for _, m := range h.mains {
		if m.ing.Spec.DefaultBackend != nil {
			if h.defaultBackend(l, m); l.backend != nil {
				l.owner = m
				break
			}
		}
	}
	return l
}

func (h *hostBuild) defaultBackend(l *location, m *member) {
	if m.ing.Spec.DefaultBackend != nil {
		l.field = "spec.defaultBackend"
		l.backend = h.backendOf(m, m.ing.Spec.DefaultBackend, l.field, "what it should answer is answered 503")
	}
}

// paths are an Ingress's paths of the host that is built, as written, each with its field.
func (h *hostBuild) paths(m *member) iter.Seq2[*networkingv1.HTTPIngressPath, string] {
	return func(yield func(*networkingv1.HTTPIngressPath, string) bool) {
		for i := range m.ing.Spec.Rules {
			rule := &m.ing.Spec.Rules[i]
			if rule.Host != h.host || rule.HTTP == nil {
				continue
			}
			for j := range rule.HTTP.Paths {
				if !yield(&rule.HTTP.Paths[j], fmt.Sprintf("spec.rules[%d].http.paths[%d]", i, j)) {
					return
				}
			}
		}
	}
}

func pathText(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// pathError says why the API server would refuse a path; empty when it would not.
func pathError(path string) string {
	switch {
	case !strings.HasPrefix(path, "/"):
		return "it does not begin with a slash"
	case len(path) > 4<<10:
		return "it is longer than 4096 bytes"
	case strings.IndexFunc(path, func(r rune) bool { return r < 0x20 || r == 0x7f }) >= 0:
		return "it holds a control character"
	}
	return ""
}

// plainPath says whether a path has only the characters that strict-validate-path-type allows.
func plainPath(path string) bool {
	return strings.IndexFunc(path, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/._-", r))
	}) < 0
}
