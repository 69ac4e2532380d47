package apply

import (
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

// conditions are in the long form: each field with its own member.
func conditions(list []model.Condition) []elbtypes.RuleCondition {
	out := make([]elbtypes.RuleCondition, len(list))
	for i := range list {
		out[i] = condition(&list[i])
	}
	return out
}

func condition(c *model.Condition) elbtypes.RuleCondition {
	field := string(c.Field)
	out := elbtypes.RuleCondition{Field: &field}
	switch c.Field {
	case model.HostHeader:
		out.HostHeaderConfig = &elbtypes.HostHeaderConditionConfig{Values: c.Values, RegexValues: c.RegexValues}
	case model.PathPattern:
		out.PathPatternConfig = &elbtypes.PathPatternConditionConfig{Values: c.Values, RegexValues: c.RegexValues}
	case model.HTTPHeader:
		out.HttpHeaderConfig = &elbtypes.HttpHeaderConditionConfig{HttpHeaderName: &c.Name, Values: c.Values, RegexValues: c.RegexValues}
	case model.RequestMethod:
		out.HttpRequestMethodConfig = &elbtypes.HttpRequestMethodConditionConfig{Values: c.Values}
	case model.SourceIP:
		out.SourceIpConfig = &elbtypes.SourceIpConditionConfig{Values: c.Values}
	case model.QueryString:
		q := &elbtypes.QueryStringConditionConfig{}
		for i := range c.Query {
			q.Values = append(q.Values, elbtypes.QueryStringKeyValuePair{Key: text(c.Query[i].Key), Value: &c.Query[i].Value})
		}
		out.QueryStringConfig = q
	}
	return out
}

// transforms gathers the rewrites of each type.
func transforms(list []model.Transform) []elbtypes.RuleTransform {
	var out []elbtypes.RuleTransform
	for _, t := range []model.TransformType{model.HostHeaderRewrite, model.URLRewrite} {
		var rewrites []elbtypes.RewriteConfig
		for i := range list {
			if list[i].Type == t {
				rewrites = append(rewrites, elbtypes.RewriteConfig{Regex: &list[i].Regex, Replace: &list[i].Replace})
			}
		}
		switch {
		case len(rewrites) == 0:
		case t == model.HostHeaderRewrite:
			out = append(out, elbtypes.RuleTransform{
				Type: elbtypes.TransformTypeEnumHostHeaderRewrite, HostHeaderRewriteConfig: &elbtypes.HostHeaderRewriteConfig{Rewrites: rewrites},
			})
		default:
			out = append(out, elbtypes.RuleTransform{
				Type: elbtypes.TransformTypeEnumUrlRewrite, UrlRewriteConfig: &elbtypes.UrlRewriteConfig{Rewrites: rewrites},
			})
		}
	}
	return out
}
