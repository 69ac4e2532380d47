package ingressnginx

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// conditions are those of a rule: the host, then what is given.
func (h *hostBuild) conditions(more ...model.Condition) []model.Condition {
	var out []model.Condition
	if h.host != "" {
		out = append(out, model.Condition{Field: model.HostHeader, Values: []string{h.host}})
	}
	return append(out, more...)
}

// write adds a rule behind those that are there.
func (h *hostBuild) write(conditions []model.Condition, action model.Action, policy *model.Policy, source model.Source) {
	h.rules = append(h.rules, model.Rule{
		Priority: int32(len(h.rules) + 1), Conditions: conditions, Actions: []model.Action{action}, Policy: policy, Source: source,
	})
}

// pathGlob is a condition on the normalised path.
func pathGlob(values ...string) *model.Condition {
	return &model.Condition{Field: model.PathPattern, Values: values}
}

// escapeGlob makes a path a glob that matches exactly it.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(path)
}

// writePlainRules writes a host without regular expressions: exact paths, the redirects that add a slash, prefixes from
// the longest to the shortest, and "/" at the end.
func (h *hostBuild) writePlainRules() {
	var exacts, prefixes []*location
	claimed := map[string]bool{}
	for _, l := range h.locations {
		if l.kind == exact {
			exacts = append(exacts, l)
			claimed[l.path] = true
			continue
		}
		prefixes = append(prefixes, l)
		if !strings.HasSuffix(l.path, "/") {
			claimed[l.path] = true
		}
	}
	slices.SortFunc(exacts, func(a, b *location) int { return cmp.Compare(a.path, b.path) })
	slices.SortFunc(prefixes, func(a, b *location) int {
		return cmp.Or(cmp.Compare(len(b.path), len(a.path)), cmp.Compare(a.path, b.path))
	})
	for _, l := range exacts {
		h.writeLocation(l, pathGlob(escapeGlob(l.path)), nil)
	}
	h.writeSlashRedirects(claimed)
	for _, l := range prefixes {
		h.writeLocation(l, prefixCondition(l.path), nil)
	}
}

// prefixCondition holds for the path and what lies below it; nil for "/", which is everything.
func prefixCondition(path string) *model.Condition {
	glob := escapeGlob(path)
	switch {
	case path == "/":
		return nil
	case strings.HasSuffix(path, "/"):
		return pathGlob(glob + "*")
	}
	return pathGlob(glob, glob+"/*")
}

// writeSlashRedirects answers "/foo" with 301 to "/foo/" where only "/foo/" is a path: nginx does so for proxied
// locations that end with a slash (ngx_http_core_module, auto_redirect).
func (h *hostBuild) writeSlashRedirects(claimed map[string]bool) {
	owners := map[string]*location{}
	var paths []string
	for _, l := range h.locations {
		bare := strings.TrimSuffix(l.path, "/")
		if bare == l.path || bare == "" || claimed[bare] || owners[bare] != nil {
			continue
		}
		owners[bare] = l
		paths = append(paths, bare)
	}
	slices.Sort(paths)
	for _, p := range paths {
		l := owners[p]
		// Escaped, the path can neither start a query nor hold one of the placeholders that redirects know.
		to := (&url.URL{Path: p + "/"}).EscapedPath()
		action := model.Action{Type: model.ActionRedirect, Redirect: &model.Redirect{Path: to, StatusCode: 301}}
		h.write(h.conditions(*pathGlob(escapeGlob(p))), action, h.responsePolicy(l), h.source(l))
	}
}

// writeAppRoot answers exactly "/" with a redirect if any Ingress of the host wants that; the oldest one counts.
func (h *hostBuild) writeAppRoot() {
	for _, m := range h.mains {
		i := slices.IndexFunc(h.locations, func(l *location) bool { return l.owner == m && !l.bare })
		if m.s.appRoot == "" || i < 0 || m.s.denied != "" || h.denied != "" {
			continue
		}
		l := h.locations[i]
		action := model.Action{Type: model.ActionRedirect, Redirect: &model.Redirect{URL: m.s.appRoot, StatusCode: 302}}
		h.write(h.conditions(*pathGlob("/")), action, h.responsePolicy(l), h.source(l))
		return
	}
}

// writeHealthCheck answers the health check of hosts that no Ingress names.
func (h *hostBuild) writeHealthCheck() {
	action := model.Action{Type: model.ActionFixedResponse, FixedResponse: &model.FixedResponse{StatusCode: 200}}
	h.write(h.conditions(*pathGlob(escapeGlob(h.options.HealthCheckPath))), action, nil, model.Source{})
}

// writeLocation writes the rules of a location: one, or one for each way to its canary. The path condition is nil for
// what is left over.
func (h *hostBuild) writeLocation(l *location, path *model.Condition, rewrite *model.Rewrite) {
	var common []model.Condition
	if path != nil {
		common = append(common, *path)
	}
	policy := h.policy(l)
	policy.Rewrite = rewrite
	source := h.source(l)
	if l.canary == nil || policy.Denied != "" || h.redirects(l) {
		h.write(h.conditions(common...), h.action(l, policy), policy, source)
		return
	}
	h.useGroup(l.canary.backend)
	for _, v := range l.canary.variants() {
		conditions := h.conditions(common...)
		if v.condition != nil {
			conditions = append(conditions, *v.condition)
		}
		action := h.action(l, policy)
		if v.canary > 0 || policy.Affinity != nil {
			// A client that is to stay with the canary does so whatever the canary's rules say of it.
			action.Forward.TargetGroups[0].Weight = v.main
			action.Forward.TargetGroups = append(action.Forward.TargetGroups,
				model.WeightedTargetGroup{TargetGroup: l.canary.backend.group(), Weight: v.canary})
			action.Forward.Canary = true
		}
		h.write(conditions, action, policy, source)
	}
}
