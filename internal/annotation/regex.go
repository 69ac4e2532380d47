package annotation

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
)

// maxRegex bounds the text of a regular expression (RE2 is linear in time, but its programs grow with the text).
const maxRegex = 1 << 10

// Regex takes a regular expression in the syntax of Go (RE2). Look-around and back-references, which PCRE has, are
// refused.
type Regex struct{}

// Parse compiles the expression and returns its text.
func (Regex) Parse(raw string) (string, error) {
	if raw == "" {
		return "", errors.New("it is empty")
	}
	if err := CheckRegex(raw); err != nil {
		return "", err
	}
	return raw, nil
}

// Format is the expression.
func (Regex) Format(v string) string { return v }

// Expected describes regular expressions.
func (Regex) Expected() string { return "a regular expression (RE2 syntax, without look-around)" }

// CheckRegex says why a text is not a usable regular expression; nil when it is one.
func CheckRegex(expr string) error {
	if len(expr) > maxRegex {
		return fmt.Errorf("longer than %d bytes", maxRegex)
	}
	_, err := regexp.Compile(expr)
	var bad *syntax.Error
	if errors.As(err, &bad) {
		return fmt.Errorf("%s: %q", bad.Code, bad.Expr)
	}
	return err
}
