package ingressalb

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/build/elb"

	"github.com/gwanmun/gwanmun/internal/model"
)

// optimise takes rules out that can never do anything useful, in two passes over the ordered rules of one listener: first
// redirects that lead back to where they are, then rules that an earlier redirect already answers for. Both exist for the
// old habit of putting an actions.ssl-redirect path first on HTTP and HTTPS alike.
//
// An earlier redirect can only answer for a later rule when it shares the rule's first host or has none, and the rule's
// first path or takes all; they are kept by these two, so that a long list of redirects is not compared pair by pair.
func optimise(rules []*draft, port int32, protocol model.ListenerProtocol) []*draft {
	rules = slices.DeleteFunc(slices.Clone(rules), func(d *draft) bool { return loops(d, port, protocol) })
	redirects := map[hostPath][]*draft{}
	hidden := func(d *draft) bool {
		for _, h := range firstOf(d.condition(model.HostHeader)) {
			for _, p := range firstOf(d.condition(model.PathPattern)) {
				if slices.ContainsFunc(redirects[hostPath{h, p}], func(r *draft) bool { return answersFor(r, d) }) {
					return true
				}
			}
		}
		return false
	}
	var out []*draft
	for _, d := range rules {
		if hidden(d) {
			continue
		}
		if d.routing.Type == model.ActionRedirect {
			for _, h := range allOf(d.condition(model.HostHeader)) {
				for _, p := range allOf(d.condition(model.PathPattern)) {
					redirects[hostPath{h, p}] = append(redirects[hostPath{h, p}], d)
				}
			}
		}
		out = append(out, d)
	}
	return out
}

// hostPath is one host value with one path value; anything stands for no condition and for the path "/*".
type hostPath struct {
	host, path string
}

const anything = ""

// allOf are the values of a condition under which a redirect is kept.
func allOf(c model.Condition) []string {
	all := slices.Concat(c.Values, c.RegexValues)
	if len(all) == 0 || slices.Contains(c.Values, "/*") {
		return []string{anything}
	}
	return all
}

// firstOf are the values under which redirects that may answer for a condition are found.
func firstOf(c model.Condition) []string {
	if all := slices.Concat(c.Values, c.RegexValues); len(all) > 0 {
		return []string{anything, all[0]}
	}
	return []string{anything}
}

// loops says whether a redirect changes nothing: every part is absent, the placeholder of itself, or - host and path - one
// of the values that the rule itself asks for, or - port and protocol - the listener's own. A query that is given always
// changes something. Rules with regular expressions for paths are left alone.
func loops(d *draft, port int32, protocol model.ListenerProtocol) bool {
	r := d.routing.Redirect
	if r == nil {
		return false
	}
	host, path := d.condition(model.HostHeader), d.condition(model.PathPattern)
	if len(path.RegexValues) > 0 {
		return false
	}
	unchanged := func(value, placeholder string, own ...string) bool {
		return value == "" || value == placeholder || slices.Contains(own, value)
	}
	return unchanged(r.Host, "#{host}", host.Values...) &&
		unchanged(r.Path, "/#{path}", path.Values...) &&
		unchanged(r.Port, "#{port}", elb.PortText(port)) &&
		unchanged(r.Protocol, "#{protocol}", string(protocol)) &&
		unchanged(r.Query, "#{query}") && !r.NoQuery
}

// answersFor says whether an earlier redirect takes every request that a later rule could match. The redirect may ask for
// hosts and paths only. Values are compared as text, but for the path "/*", which takes all. The original forgets to look
// at regular expressions for hosts and takes rules out that would be served; here they are compared as well.
func answersFor(earlier, later *draft) bool {
	for _, c := range earlier.conditions {
		if c.Field != model.HostHeader && c.Field != model.PathPattern {
			return false
		}
	}
	if !takes(earlier.condition(model.HostHeader), later.condition(model.HostHeader)) {
		return false
	}
	path := earlier.condition(model.PathPattern)
	return slices.Contains(path.Values, "/*") || takes(path, later.condition(model.PathPattern))
}

// takes says whether the earlier condition is absent or holds all values of the later one, which must have some.
func takes(earlier, later model.Condition) bool {
	if len(earlier.Values)+len(earlier.RegexValues) == 0 {
		return true
	}
	if len(later.Values)+len(later.RegexValues) == 0 {
		return false
	}
	within := func(all, some []string) bool {
		return !slices.ContainsFunc(some, func(v string) bool { return !slices.Contains(all, v) })
	}
	return within(earlier.Values, later.Values) && within(earlier.RegexValues, later.RegexValues)
}
