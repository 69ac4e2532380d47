package annotation

import (
	"errors"
	"fmt"
	"strings"
)

// HeaderName takes the name of an HTTP header: an RFC 9110 token.
type HeaderName struct{}

// Parse checks the token.
func (HeaderName) Parse(raw string) (string, error) {
	if err := checkToken(raw); err != nil {
		return "", err
	}
	return raw, nil
}

// Format is the name.
func (HeaderName) Format(v string) string { return v }

// Expected describes header names.
func (HeaderName) Expected() string { return "the name of an HTTP header" }

// HeaderNames takes a comma-separated list of header names; with Star, "*" is one.
type HeaderNames struct {
	Star bool
}

// Parse reads the names.
func (t HeaderNames) Parse(raw string) ([]string, error) {
	names, err := StringList{}.Parse(raw)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("there is no name in it")
	}
	for _, n := range names {
		if n == "*" && !t.Star {
			return nil, errors.New("* is not allowed")
		}
		if err := checkToken(n); err != nil {
			return nil, fmt.Errorf("%q: %w", n, err)
		}
	}
	return names, nil
}

// Format joins with commas.
func (HeaderNames) Format(v []string) string { return strings.Join(v, ",") }

// Expected describes lists of header names.
func (t HeaderNames) Expected() string {
	if t.Star {
		return "a comma-separated list of header names, or *"
	}
	return "a comma-separated list of header names"
}

func checkToken(s string) error {
	if s == "" {
		return errors.New("it is empty")
	}
	if len(s) > 256 {
		return errors.New("too long")
	}
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && strings.IndexByte("!#$%&'*+-.^_`|~", s[i]) < 0 {
			return fmt.Errorf("the character %q is not allowed in a name", s[i])
		}
	}
	return nil
}
