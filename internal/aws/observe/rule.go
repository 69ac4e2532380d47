package observe

import (
	"slices"
	"strconv"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

// ruleFrom is a rule; false for the default one, which is part of its listener.
func ruleFrom(r *elbtypes.Rule) (model.Rule, bool) {
	priority, err := strconv.ParseInt(value(r.Priority), 10, 32)
	if err != nil || value(r.IsDefault) {
		return model.Rule{}, false
	}
	out := model.Rule{Priority: int32(priority), Actions: actionsFrom(r.Actions)}
	for i := range r.Conditions {
		out.Conditions = append(out.Conditions, conditionFrom(&r.Conditions[i]))
	}
	for i := range r.Transforms {
		out.Transforms = append(out.Transforms, transformsFrom(&r.Transforms[i])...)
	}
	return out, true
}

// conditionFrom reads the member of the condition's field, or the short form without one.
func conditionFrom(c *elbtypes.RuleCondition) model.Condition {
	out := model.Condition{Field: model.ConditionField(value(c.Field)), Values: c.Values, RegexValues: c.RegexValues}
	switch {
	case c.HostHeaderConfig != nil:
		out.Values, out.RegexValues = c.HostHeaderConfig.Values, c.HostHeaderConfig.RegexValues
	case c.PathPatternConfig != nil:
		out.Values, out.RegexValues = c.PathPatternConfig.Values, c.PathPatternConfig.RegexValues
	case c.HttpHeaderConfig != nil:
		out.Name = value(c.HttpHeaderConfig.HttpHeaderName)
		out.Values, out.RegexValues = c.HttpHeaderConfig.Values, c.HttpHeaderConfig.RegexValues
	case c.HttpRequestMethodConfig != nil:
		out.Values = c.HttpRequestMethodConfig.Values
	case c.SourceIpConfig != nil:
		out.Values = c.SourceIpConfig.Values
	case c.QueryStringConfig != nil:
		out.Values = nil
		for _, q := range c.QueryStringConfig.Values {
			out.Query = append(out.Query, model.QueryValue{Key: value(q.Key), Value: value(q.Value)})
		}
	}
	out.Values, out.RegexValues = slices.Clone(out.Values), slices.Clone(out.RegexValues)
	return out
}

func transformsFrom(t *elbtypes.RuleTransform) []model.Transform {
	var list []elbtypes.RewriteConfig
	switch {
	case t.HostHeaderRewriteConfig != nil:
		list = t.HostHeaderRewriteConfig.Rewrites
	case t.UrlRewriteConfig != nil:
		list = t.UrlRewriteConfig.Rewrites
	}
	var out []model.Transform
	for _, r := range list {
		out = append(out, model.Transform{Type: model.TransformType(t.Type), Regex: value(r.Regex), Replace: value(r.Replace)})
	}
	return out
}
