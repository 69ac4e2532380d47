package plan

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// list writes up to five parts and counts the others: a plan is read by people.
func list[T any](parts []T, word func(T) string) string {
	const most = 5
	var out []string
	for i, p := range parts {
		if i == most {
			out = append(out, fmt.Sprintf("and %d more", len(parts)-most))
			break
		}
		out = append(out, word(p))
	}
	return strings.Join(out, ", ")
}

func permissions(rules []model.SecurityGroupRule) string {
	return list(rules, func(r model.SecurityGroupRule) string {
		from := cmp.Or(r.CIDR, r.CIDRv6, r.PrefixList, r.SecurityGroup)
		if r.FromPort == r.ToPort {
			return fmt.Sprintf("%s (%s port %d)", from, r.Protocol, r.FromPort)
		}
		return fmt.Sprintf("%s (%s ports %d to %d)", from, r.Protocol, r.FromPort, r.ToPort)
	})
}

func targets(ts []model.Target) string {
	return list(ts, func(t model.Target) string { return fmt.Sprintf("%s:%d", t.ID, t.Port) })
}

func attributes(as []model.Attribute) string {
	return list(as, func(a model.Attribute) string { return a.Key + "=" + a.Value })
}

func tags(ts []model.Tag, values bool) string {
	return list(ts, func(t model.Tag) string {
		if values {
			return t.Key + "=" + t.Value
		}
		return t.Key
	})
}

func conditions(cs []model.Condition) string {
	if len(cs) == 0 {
		return "every request"
	}
	return list(cs, func(c model.Condition) string {
		what := string(c.Field)
		if c.Name != "" {
			what += " " + c.Name
		}
		var values []string
		values = append(values, c.Values...)
		for _, r := range c.RegexValues {
			values = append(values, "/"+r+"/")
		}
		for _, q := range c.Query {
			values = append(values, q.Key+"="+q.Value)
		}
		return what + " " + strings.Join(values, "|")
	})
}

// actions never writes a secret: of a login it names the provider.
func actions(as []model.Action) string {
	var out []string
	for _, a := range as {
		out = append(out, action(a))
	}
	return strings.Join(out, ", then ")
}

func action(a model.Action) string {
	switch {
	case a.Forward != nil:
		if len(a.Forward.TargetGroups) == 1 {
			return "target group " + a.Forward.TargetGroups[0].TargetGroup
		}
		var groups []string
		for _, g := range a.Forward.TargetGroups {
			groups = append(groups, fmt.Sprintf("%s with weight %d", g.TargetGroup, g.Weight))
		}
		return "target groups " + strings.Join(groups, " and ")
	case a.Redirect != nil:
		r := normalRedirect(a.Redirect)
		return fmt.Sprintf("a redirect %d to %s://%s:%s%s?%s", r.StatusCode, r.Protocol, r.Host, r.Port, r.Path, r.Query)
	case a.FixedResponse != nil:
		return fmt.Sprintf("status %d", a.FixedResponse.StatusCode)
	case a.AuthenticateOIDC != nil:
		return "a login with " + a.AuthenticateOIDC.Issuer
	case a.AuthenticateCognito != nil:
		return "a login with Cognito pool " + a.AuthenticateCognito.UserPoolARN
	case a.JWTValidation != nil:
		return "a token of " + a.JWTValidation.Issuer
	}
	return string(a.Type)
}
