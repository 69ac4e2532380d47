package route

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"unicode"
	"unicode/utf8"
)

// MaxRegex is the greatest length of a regular expression in bytes. Go's regular expressions take time linear in the
// text whatever the pattern; the bound keeps the factor small.
const MaxRegex = 1024

// regex is a compiled regular expression with a cheap test in front of it.
type regex struct {
	re *regexp.Regexp
	// prefix is what every matching text starts with, in lower case when fold is set.
	prefix string
	fold   bool
	// whole says that the prefix is all there is to the expression.
	whole bool
}

// compileRegex refuses what is too long or not RE2.
func compileRegex(pattern string) (regex, error) {
	if len(pattern) > MaxRegex {
		return regex{}, fmt.Errorf("the regular expression is longer than %d bytes", MaxRegex)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return regex{}, err
	}
	r := regex{re: re}
	if tree, err := syntax.Parse(pattern, syntax.Perl); err == nil {
		r.prefix, r.fold, r.whole = anchoredLiteral(tree.Simplify())
	}
	return r, nil
}

// anchoredLiteral finds the literal behind a "^" at the start of an expression.
func anchoredLiteral(tree *syntax.Regexp) (prefix string, fold, whole bool) {
	if tree.Op != syntax.OpConcat || len(tree.Sub) < 2 || tree.Sub[0].Op != syntax.OpBeginText ||
		tree.Sub[1].Op != syntax.OpLiteral {
		return "", false, false
	}
	literal := tree.Sub[1]
	fold = literal.Flags&syntax.FoldCase != 0
	b := make([]byte, 0, 32)
	for i, c := range literal.Rune {
		if c >= utf8.RuneSelf {
			return string(b), fold, false
		}
		if fold {
			c = unicode.ToLower(c)
		}
		b = append(b, byte(c))
		whole = i == len(literal.Rune)-1 && len(tree.Sub) == 2
	}
	return string(b), fold, whole
}

// found says whether the expression is found in the text.
func (r *regex) found(text []byte) bool {
	for i := range len(r.prefix) {
		if i == len(text) {
			return false
		}
		c := text[i]
		if c >= utf8.RuneSelf && r.fold {
			// "k" and "s" have relatives outside ASCII that case folding knows.
			return r.re.Match(text)
		}
		if r.fold {
			c = lower(c)
		}
		if c != r.prefix[i] {
			return false
		}
	}
	return r.whole || r.re.Match(text)
}
