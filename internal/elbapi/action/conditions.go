package action

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/model"
)

// maxValue is the longest value of a condition.
const maxValue = 128

// conditions checks the conditions of a rule and completes them: host-header and path-pattern have their values both in
// the short member and in their configuration.
func (a *Actions) conditions(b *store.LoadBalancer, list []types.RuleCondition) ([]types.RuleCondition, error) {
	if len(list) == 0 {
		return nil, required("Conditions")
	}
	if b.Type == types.LoadBalancerTypeEnumNetwork {
		return networkConditions(b, list)
	}
	out := make([]types.RuleCondition, len(list))
	seen := map[string]bool{}
	values, wildcards := 0, 0
	for i := range list {
		field := aws.ToString(list[i].Field)
		once := field != string(model.HTTPHeader) && field != string(model.QueryString)
		if seen[field] && once {
			return nil, invalid("A rule can have only one '%s' condition", field)
		}
		seen[field] = true
		done, err := condition(&list[i])
		if err != nil {
			return nil, err
		}
		out[i] = done.shape
		values += done.values
		wildcards += done.wildcards
	}
	if most := a.quota(quotaValues); values > most {
		return nil, invalid("The conditions of a rule hold %d values; at most %d are allowed", values, most)
	}
	if most := a.quota(quotaWildcards); wildcards > most {
		return nil, invalid("The conditions of a rule hold %d wildcards; at most %d are allowed", wildcards, most)
	}
	return out, nil
}

// networkConditions are those of rules of network load balancers: which of its two address families a client uses.
func networkConditions(b *store.LoadBalancer, list []types.RuleCondition) ([]types.RuleCondition, error) {
	c := &list[0]
	switch s := c.SourceIpConfig; {
	case len(list) != 1 || aws.ToString(c.Field) != string(model.SourceIP) || s == nil || s.IpAddressType == "":
		return nil, invalid("A rule of a network load balancer has one condition: source-ip with an IpAddressType")
	case !slices.Contains(s.IpAddressType.Values(), s.IpAddressType) || len(s.Values) > 0:
		return nil, invalid("SourceIpConfig.IpAddressType '%s' must be ipv4 or ipv6, without Values", s.IpAddressType)
	case b.IPAddressType != types.IpAddressTypeDualstack:
		return nil, conflicting("Rules of network load balancers need IpAddressType 'dualstack'; that of '%s' is '%s'", b.ARN, b.IPAddressType)
	}
	return slices.Clone(list), nil
}

// checked is a condition that is right, with what counts towards quotas.
type checked struct {
	shape             types.RuleCondition
	values, wildcards int
}

// condition checks one condition.
func condition(c *types.RuleCondition) (*checked, error) {
	out := &checked{shape: types.RuleCondition{Field: c.Field}}
	switch field := model.ConditionField(aws.ToString(c.Field)); field {
	case model.HostHeader, model.PathPattern:
		return out, out.hostOrPath(c, field)
	case model.HTTPHeader:
		return out, out.header(c.HttpHeaderConfig)
	case model.RequestMethod:
		return out, out.method(c.HttpRequestMethodConfig)
	case model.QueryString:
		return out, out.query(c.QueryStringConfig)
	case model.SourceIP:
		return out, out.source(c.SourceIpConfig)
	default:
		return nil, invalid("The condition field '%s' must be one of host-header, path-pattern, http-header, http-request-method, query-string, source-ip", field)
	}
}

// globs checks values with wildcards.
func (o *checked) globs(member string, list []string) error {
	if len(list) == 0 {
		return required(member)
	}
	for _, v := range list {
		if v == "" || len(v) > maxValue {
			return invalid("%s '%s' must have 1 to %d characters", member, v, maxValue)
		}
		if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
			return invalid("%s '%s' holds characters that are not printable ASCII", member, v)
		}
		o.values++
		o.wildcards += strings.Count(v, "*") + strings.Count(v, "?") - strings.Count(v, `\*`) - strings.Count(v, `\?`)
	}
	return nil
}

// regexes checks regular expressions. Our data plane runs them, so they must be RE2's.
func (o *checked) regexes(member string, list []string) error {
	for _, v := range list {
		if v == "" || len(v) > maxValue {
			return invalid("%s '%s' must have 1 to %d characters", member, v, maxValue)
		}
		if _, err := regexp.Compile(v); err != nil {
			return invalid("%s '%s' cannot be read: %v", member, v, err)
		}
		o.values++
	}
	return nil
}

var methodForm = regexp.MustCompile(`^[A-Z_-]{1,40}$`)

func (o *checked) method(m *types.HttpRequestMethodConditionConfig) error {
	if m == nil || len(m.Values) == 0 {
		return required("HttpRequestMethodConfig.Values")
	}
	for _, v := range m.Values {
		if !methodForm.MatchString(v) {
			return invalid("The request method '%s' must have 1 to 40 characters of A-Z, - and _", v)
		}
		o.values++
	}
	o.shape.HttpRequestMethodConfig = &types.HttpRequestMethodConditionConfig{Values: slices.Clone(m.Values)}
	return nil
}

func (o *checked) source(s *types.SourceIpConditionConfig) error {
	if s == nil || len(s.Values) == 0 {
		return required("SourceIpConfig.Values")
	}
	if s.IpAddressType != "" {
		return invalid("SourceIpConfig.IpAddressType is for network load balancers only")
	}
	for _, v := range s.Values {
		p, err := netip.ParsePrefix(v)
		if err != nil || p.Addr().Zone() != "" {
			return invalid("The source address '%s' must be a block of addresses in CIDR notation", v)
		}
		o.values++
	}
	o.shape.SourceIpConfig = &types.SourceIpConditionConfig{Values: slices.Clone(s.Values)}
	return nil
}
