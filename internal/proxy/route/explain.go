package route

import (
	"fmt"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Check is what one condition of a rule saw.
type Check struct {
	Field model.ConditionField
	// Name is the header's or cookie's name.
	Name string
	// Want are the values of the condition as written, Saw what the request has.
	Want []string
	Saw  string
	Held bool
}

// String is the check on one line: "path-pattern /a/* is not met by "/b"".
func (c Check) String() string {
	field := string(c.Field)
	if c.Name != "" {
		field += " " + c.Name
	}
	verb := "is not met by"
	if c.Held {
		verb = "is met by"
	}
	return fmt.Sprintf("%s %s %s %q", field, strings.Join(c.Want, " or "), verb, c.Saw)
}

// Explain says for each condition of a rule what it saw. r must be made from m.
func (r *Rule) Explain(dialect model.Dialect, m *model.Rule, x *exchange.Exchange) []Check {
	checks := make([]Check, 0, len(m.Conditions))
	tests := r.tests
	for i := range m.Conditions {
		c := &m.Conditions[i]
		check := Check{Field: c.Field, Name: c.Name, Want: wanted(c), Saw: saw(dialect, c, x)}
		if hostFirst(dialect, c) {
			check.Held = true // or the host would not have been picked
		} else {
			check.Held = tests[0].holds(x)
			tests = tests[1:]
		}
		checks = append(checks, check)
	}
	return checks
}

func wanted(c *model.Condition) []string {
	out := append([]string(nil), c.Values...)
	for _, v := range c.RegexValues {
		out = append(out, "/"+v+"/")
	}
	for _, q := range c.Query {
		if q.Key == "" {
			out = append(out, q.Value)
		} else {
			out = append(out, q.Key+"="+q.Value)
		}
	}
	return out
}

// saw is the part of the request that a condition looks at, as text.
func saw(dialect model.Dialect, c *model.Condition, x *exchange.Exchange) string {
	switch c.Field {
	case model.HostHeader:
		return string(x.Request.Host)
	case model.PathPattern:
		return string(pathOf(x, dialect == model.DialectNginx))
	case model.RequestMethod:
		return string(x.Request.Method)
	case model.QueryString:
		return string(x.Request.Query)
	case model.SourceIP:
		if dialect == model.DialectNginx {
			return x.ClientIP.String()
		}
		return x.Conn.Remote.Addr().String()
	case model.Cookie:
		value, _ := cookie(x, c.Name)
		return string(value)
	case model.HTTPHeader:
		var values []string
		if strings.EqualFold(c.Name, "upgrade") && len(x.Request.Upgrade) > 0 {
			values = append(values, string(x.Request.Upgrade))
		}
		for i := range x.Request.Header.Len() {
			if f := x.Request.Header.At(i); exchange.EqualFold(f.Name, c.Name) {
				values = append(values, string(f.Value))
			}
		}
		return strings.Join(values, ", ")
	}
	return ""
}
