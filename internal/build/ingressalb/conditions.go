package ingressalb

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// match gathers the values of a host or path condition; globs and regexes may not both be there.
type match struct {
	globs, regexes []string
}

func (x match) empty() bool { return len(x.globs)+len(x.regexes) == 0 }

// readConditions makes the conditions of a rule: those of the conditions annotation for the backend's name that are about
// headers, methods, query and address, in their order; then hosts, the rule's before the annotation's; then paths alike.
// A rule without any condition gets the path /*, because ELBv2 wants one.
func (w *work) readConditions(m *member, backend string, hosts, paths match, field string) ([]model.Condition, bool) {
	list, _ := settle(m, annotation.GetMember(m.own, alb.Conditions, backend))
	key := alb.Prefix + alb.Conditions.Suffix + backend
	var out []model.Condition
	for i := range list {
		c := &list[i]
		switch c.Field {
		case "host-header":
			hosts.add(c.HostHeader)
		case "path-pattern":
			paths.add(c.PathPattern)
		default:
			if !c.Known() {
				m.say(diag.ALBConditionUnknown, annotation.FieldOf(key), diag.A("field", c.Field))
				continue
			}
			out = append(out, plainCondition(c))
		}
	}
	for _, c := range []struct {
		field model.ConditionField
		match match
	}{{model.HostHeader, hosts}, {model.PathPattern, paths}} {
		if len(c.match.globs) > 0 && len(c.match.regexes) > 0 {
			m.fail(diag.ALBMixedMatch, field, diag.A("field", c.field),
				diag.A("globs", strings.Join(c.match.globs, ", ")), diag.A("regexes", strings.Join(c.match.regexes, ", ")))
			return nil, false
		}
		if !c.match.empty() {
			out = append(out, model.Condition{Field: c.field, Values: c.match.globs, RegexValues: c.match.regexes})
		}
	}
	if len(out) == 0 {
		out = []model.Condition{{Field: model.PathPattern, Values: []string{"/*"}}}
	}
	return out, m.checkRegexes(out, annotation.FieldOf(key))
}

// add joins the values of an annotation's condition. The lists are copied: a rule's own values may be shared.
func (x *match) add(v *alb.ValuesOrRegex) {
	if v == nil {
		return
	}
	x.globs = append(x.globs[:len(x.globs):len(x.globs)], v.Values...)
	x.regexes = append(x.regexes[:len(x.regexes):len(x.regexes)], v.RegexValues...)
}

func plainCondition(c *alb.Condition) model.Condition {
	out := model.Condition{Field: model.ConditionField(c.Field)}
	switch {
	case c.Field == "http-header" && c.HTTPHeader != nil:
		out.Name, out.Values, out.RegexValues = c.HTTPHeader.Name, c.HTTPHeader.Values, c.HTTPHeader.RegexValues
	case c.Field == "http-request-method" && c.RequestMethod != nil:
		out.Values = c.RequestMethod.Values
	case c.Field == "query-string" && c.QueryString != nil:
		for _, q := range c.QueryString.Values {
			out.Query = append(out.Query, model.QueryValue{Key: q.Key, Value: q.Value})
		}
	case c.Field == "source-ip" && c.SourceIP != nil:
		out.Values = c.SourceIP.Values
	}
	return out
}

func (m *member) checkRegexes(conditions []model.Condition, field string) bool {
	ok := true
	for _, c := range conditions {
		for _, r := range c.RegexValues {
			ok = m.checkRegex(r, field) && ok
		}
	}
	return ok
}

// checkRegex refuses what RE2 cannot hold.
func (m *member) checkRegex(expr, field string) bool {
	err := annotation.CheckRegex(expr)
	if err != nil {
		m.fail(diag.ALBRegex, field, diag.A("regex", expr), diag.A("reason", err))
	}
	return err == nil
}

// readTransforms makes the transforms for the backend's name.
func (w *work) readTransforms(m *member, backend string) []model.Transform {
	list, _ := settle(m, annotation.GetMember(m.own, alb.Transforms, backend))
	var out []model.Transform
	for _, t := range list {
		r := t.Rewrite()
		if r == nil || !m.checkRegex(r.Regex, annotation.FieldOf(alb.Prefix+alb.Transforms.Suffix+backend)) {
			continue
		}
		out = append(out, model.Transform{Type: model.TransformType(t.Type), Regex: r.Regex, Replace: r.Replace})
	}
	return out
}
