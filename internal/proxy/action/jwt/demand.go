package jwt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
)

// Limits of additional claims (AWS).
const (
	maxClaims = 10
	maxValues = 10
	maxValue  = 256
)

// demand is a claim that a token must have.
type demand struct {
	name   string
	format string
	values []string
}

// demandsOf checks additional claims.
func demandsOf(claims []model.Claim) ([]demand, error) {
	if len(claims) > maxClaims {
		return nil, fmt.Errorf("jwt-validation has %d additional claims, more than %d", len(claims), maxClaims)
	}
	var out []demand
	for _, c := range claims {
		switch {
		case c.Name == "":
			return nil, fmt.Errorf("an additional claim has no name")
		case slices.Contains([]string{"exp", "iss", "nbf", "iat"}, c.Name):
			return nil, fmt.Errorf("the claim %q is always checked and cannot be an additional one", c.Name)
		case len(c.Values) == 0 || len(c.Values) > maxValues:
			return nil, fmt.Errorf("the claim %q has %d values; it needs 1 to %d", c.Name, len(c.Values), maxValues)
		case !slices.Contains([]string{"single-string", "string-array", "space-separated-values"}, c.Format):
			return nil, fmt.Errorf("the claim %q has the unknown format %q", c.Name, c.Format)
		}
		for _, v := range c.Values {
			if len(v) > maxValue {
				return nil, fmt.Errorf("a value of the claim %q has more than %d characters", c.Name, maxValue)
			}
			if c.Format == "space-separated-values" && strings.Contains(v, " ") {
				return nil, fmt.Errorf("a value of the claim %q has a space, which separates values", c.Name)
			}
		}
		out = append(out, demand{c.Name, c.Format, c.Values})
	}
	return out, nil
}

// met says whether a token has the claim: as a single string it must be one of the values; as a list, all of the values must
// be in it. AWS does not say which; a token that lacks one of several scopes must not be taken for one that has them.
func (d *demand) met(c idp.Claims) bool {
	switch d.format {
	case "string-array":
		list, ok := c.Texts(d.name)
		return ok && d.all(list)
	case "space-separated-values":
		text, ok := c.Text(d.name)
		return ok && d.all(strings.Split(text, " "))
	}
	text, ok := c.Text(d.name)
	return ok && slices.Contains(d.values, text)
}

func (d *demand) all(list []string) bool {
	for _, want := range d.values {
		if !slices.Contains(list, want) {
			return false
		}
	}
	return true
}
