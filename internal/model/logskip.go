package model

import (
	"fmt"
	"regexp"
	"strings"
)

// LogSkip says which requests are left out of the access log by their targets, as a list of nginx's map with $request_uri.
type LogSkip struct {
	texts       map[string]bool
	expressions []*regexp.Regexp
}

// maxSkipExpression bounds an expression in bytes.
const maxSkipExpression = 4096

// ParseLogSkip reads a comma-separated list: whole targets (path and query), whose letters may be small or capital, "~" with
// a regular expression that has to be found in the target, and "~*" with one that does not care for small and capital
// letters either. An empty list leaves nothing out.
func ParseLogSkip(list string) (*LogSkip, error) {
	out := &LogSkip{texts: map[string]bool{}}
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		expr, isExpr := strings.CutPrefix(part, "~")
		if !isExpr {
			out.texts[strings.ToLower(strings.TrimPrefix(part, `\`))] = true // a backslash says that it is no expression
			continue
		}
		if bare, either := strings.CutPrefix(expr, "*"); either {
			expr = "(?i)" + bare
		}
		if len(expr) > maxSkipExpression {
			return nil, fmt.Errorf("an expression is longer than %d bytes", maxSkipExpression)
		}
		re, err := regexp.Compile(expr)
		if err != nil {
			return nil, fmt.Errorf("%q is no regular expression that can be used here: %w", part, err)
		}
		out.expressions = append(out.expressions, re)
	}
	return out, nil
}

// Matches says whether a request with this target is left out.
func (s *LogSkip) Matches(target []byte) bool {
	if len(s.texts) > 0 && s.texts[strings.ToLower(string(target))] {
		return true
	}
	for _, re := range s.expressions {
		if re.Match(target) {
			return true
		}
	}
	return false
}
