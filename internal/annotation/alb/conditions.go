package alb

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Condition is one entry of a conditions.* annotation. The member that belongs to Field is set; an unknown Field has no
// effect.
type Condition struct {
	Field         string         `json:"field"`
	HostHeader    *ValuesOrRegex `json:"hostHeaderConfig,omitempty"`
	PathPattern   *ValuesOrRegex `json:"pathPatternConfig,omitempty"`
	HTTPHeader    *HTTPHeader    `json:"httpHeaderConfig,omitempty"`
	RequestMethod *Values        `json:"httpRequestMethodConfig,omitempty"`
	QueryString   *QueryString   `json:"queryStringConfig,omitempty"`
	SourceIP      *Values        `json:"sourceIPConfig,omitempty"`
}

// Values is a list of values.
type Values struct {
	Values []string `json:"values,omitempty"`
}

// ValuesOrRegex is a list of globs or of regular expressions.
type ValuesOrRegex struct {
	Values      []string `json:"values,omitempty"`
	RegexValues []string `json:"regexValues,omitempty"`
}

// HTTPHeader is a header's name with globs or regular expressions.
type HTTPHeader struct {
	Name        string   `json:"httpHeaderName"`
	Values      []string `json:"values,omitempty"`
	RegexValues []string `json:"regexValues,omitempty"`
}

// QueryString is a list of query pairs.
type QueryString struct {
	Values []QueryPair `json:"values,omitempty"`
}

// QueryPair is one query pair; without a key any key fits.
type QueryPair struct {
	Key   string `json:"key,omitempty"`
	Value string `json:"value"`
}

func validateConditions(list []Condition) error {
	for i, c := range list {
		if err := c.validate(); err != nil {
			return fmt.Errorf("[%d] %s: %w", i, c.Field, err)
		}
	}
	return nil
}

func (c Condition) validate() error {
	switch c.Field {
	case "host-header":
		return c.HostHeader.validate("hostHeaderConfig")
	case "path-pattern":
		return c.PathPattern.validate("pathPatternConfig")
	case "http-header":
		return c.HTTPHeader.validate()
	case "http-request-method":
		if c.RequestMethod == nil || len(c.RequestMethod.Values) == 0 {
			return errors.New("httpRequestMethodConfig needs values")
		}
	case "query-string":
		if c.QueryString == nil || len(c.QueryString.Values) == 0 {
			return errors.New("queryStringConfig needs values")
		}
		for _, q := range c.QueryString.Values {
			if q.Value == "" {
				return errors.New("a query value is empty")
			}
		}
	case "source-ip":
		if c.SourceIP == nil || len(c.SourceIP.Values) == 0 {
			return errors.New("sourceIPConfig needs values")
		}
		for _, v := range c.SourceIP.Values {
			if _, err := netip.ParsePrefix(v); err != nil {
				return fmt.Errorf("%q is not an address range", v)
			}
		}
	}
	return nil
}

// Known says whether load balancers have a condition of this field.
func (c Condition) Known() bool {
	switch c.Field {
	case "host-header", "path-pattern", "http-header", "http-request-method", "query-string", "source-ip":
		return true
	}
	return false
}

func (v *ValuesOrRegex) validate(member string) error {
	switch {
	case v == nil || len(v.Values)+len(v.RegexValues) == 0:
		return fmt.Errorf("%s needs values or regexValues", member)
	case len(v.Values) > 0 && len(v.RegexValues) > 0:
		return fmt.Errorf("%s has both values and regexValues", member)
	}
	return nil
}

func (h *HTTPHeader) validate() error {
	switch {
	case h == nil:
		return errors.New("httpHeaderConfig is missing")
	case h.Name == "" || len(h.Name) > 40:
		return errors.New("httpHeaderName needs 1 to 40 characters")
	case strings.EqualFold(h.Name, "Host"):
		return errors.New("the header Host has a condition of its own, host-header")
	}
	return (&ValuesOrRegex{h.Values, h.RegexValues}).validate("httpHeaderConfig")
}
