package ingressalb

import (
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Quotas of ELBv2 for all conditions of one rule together. AWS raises neither.
const (
	maxConditionValues    = 5
	maxConditionWildcards = 5
)

// warnQuotas tells of a rule that AWS would refuse. Our own data plane serves it; it is said there as well, because the
// same Ingress is meant to work on AWS.
func (m *member) warnQuotas(conditions []model.Condition, field string) {
	values, wildcards := 0, 0
	for i := range conditions {
		c := &conditions[i]
		values += len(c.Values) + len(c.RegexValues) + len(c.Query)
		if c.Field == model.SourceIP || c.Field == model.RequestMethod {
			continue
		}
		for _, v := range c.Values {
			wildcards += countWildcards(v)
		}
		for _, q := range c.Query {
			wildcards += countWildcards(q.Key) + countWildcards(q.Value)
		}
	}
	if values > maxConditionValues || wildcards > maxConditionWildcards {
		m.say(diag.ALBRuleQuotas, field, diag.A("values", values), diag.A("wildcards", wildcards),
			diag.A("maxValues", maxConditionValues), diag.A("maxWildcards", maxConditionWildcards))
	}
}

// countWildcards counts * and ? that no backslash makes literal. Regular expressions have none.
func countWildcards(pattern string) int {
	n := 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '*', '?':
			n++
		}
	}
	return n
}
