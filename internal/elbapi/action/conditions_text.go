package action

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

// hostOrPath checks the two conditions that have a short form.
func (o *checked) hostOrPath(c *types.RuleCondition, field model.ConditionField) error {
	values, regexes := c.Values, c.RegexValues
	var config []string
	var configRegexes []string
	if h := c.HostHeaderConfig; h != nil && field == model.HostHeader {
		config, configRegexes = h.Values, h.RegexValues
	}
	if p := c.PathPatternConfig; p != nil && field == model.PathPattern {
		config, configRegexes = p.Values, p.RegexValues
	}
	switch {
	case len(config)+len(configRegexes) > 0 && len(values) > 0 && !slices.Equal(values, config):
		return invalid("The values of a '%s' condition are given twice: in Values and in its configuration", field)
	case len(config)+len(configRegexes) > 0:
		values, regexes = config, configRegexes
	case len(values) > 1:
		return invalid("Values of a '%s' condition takes one entry; give several in its configuration", field)
	}
	switch {
	case len(values) > 0 && len(regexes) > 0:
		return invalid("A '%s' condition has Values or RegexValues, not both", field)
	case len(values)+len(regexes) == 0:
		return invalid("A '%s' condition needs values", field)
	}
	values, regexes = slices.Clone(values), slices.Clone(regexes)
	o.shape.Values, o.shape.RegexValues = values, regexes
	if field == model.HostHeader {
		o.shape.HostHeaderConfig = &types.HostHeaderConditionConfig{Values: values, RegexValues: regexes}
		for _, v := range values {
			if err := checkHost(v); err != nil {
				return err
			}
		}
	} else {
		o.shape.PathPatternConfig = &types.PathPatternConditionConfig{Values: values, RegexValues: regexes}
		for _, v := range values {
			if strings.Contains(v, " ") {
				return invalid("The path pattern '%s' holds a space", v)
			}
		}
	}
	if len(regexes) > 0 {
		return o.regexes("RegexValues", regexes)
	}
	return o.globs("Values", values)
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9.*?_-]*\.[A-Za-z]+$`)

// checkHost checks a host pattern: at least one dot, and only letters behind the last one.
func checkHost(v string) error {
	if !hostForm.MatchString(v) || len(v) > maxValue {
		return invalid("The host '%s' must hold letters, digits, - . * ? only, with at least one dot and only letters behind the last one", v)
	}
	return nil
}

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}$")

func (o *checked) header(h *types.HttpHeaderConditionConfig) error {
	if h == nil {
		return required("HttpHeaderConfig")
	}
	name := aws.ToString(h.HttpHeaderName)
	switch {
	case !headerName.MatchString(name):
		return invalid("HttpHeaderName '%s' must be the name of a header of at most 40 characters, without wildcards", name)
	case strings.EqualFold(name, "host"):
		return invalid("HttpHeaderName '%s' cannot be used; use a host-header condition", name)
	case len(h.Values) > 0 && len(h.RegexValues) > 0:
		return invalid("An 'http-header' condition has Values or RegexValues, not both")
	}
	o.shape.HttpHeaderConfig = &types.HttpHeaderConditionConfig{
		HttpHeaderName: h.HttpHeaderName, Values: slices.Clone(h.Values), RegexValues: slices.Clone(h.RegexValues),
	}
	if len(h.RegexValues) > 0 {
		return o.regexes("HttpHeaderConfig.RegexValues", h.RegexValues)
	}
	return o.globs("HttpHeaderConfig.Values", h.Values)
}

func (o *checked) query(q *types.QueryStringConditionConfig) error {
	if q == nil || len(q.Values) == 0 {
		return required("QueryStringConfig.Values")
	}
	for _, pair := range q.Values {
		if err := o.globs("QueryStringConfig.Values.Value", []string{aws.ToString(pair.Value)}); err != nil {
			return err
		}
		if pair.Key == nil {
			continue
		}
		if err := o.globs("QueryStringConfig.Values.Key", []string{*pair.Key}); err != nil {
			return err
		}
		o.values-- // a pair is one value
	}
	o.shape.QueryStringConfig = &types.QueryStringConditionConfig{Values: slices.Clone(q.Values)}
	return nil
}
