package ingressnginx

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// pattern is a location with the text that is its regular expression.
type pattern struct {
	text string
	*location
}

// writeRegexRules writes a host whose paths are regular expressions: longer texts first, the higher text first among
// equally long ones, and the first that is found at the start of the path wins.
func (h *hostBuild) writeRegexRules() {
	patterns := h.patterns()
	slices.SortStableFunc(patterns, func(a, b pattern) int {
		return cmp.Or(cmp.Compare(len(b.text), len(a.text)), cmp.Compare(b.text, a.text))
	})
	for _, p := range patterns {
		if p.text == "/" {
			// Every path begins with a slash, and no text is shorter.
			h.writeLocation(p.location, nil, h.rewriteOf(p))
			return
		}
		expr := "(?i)^" + p.text
		if err := annotation.CheckRegex(expr); err != nil {
			h.refusePattern(p, err)
			continue
		}
		h.writeLocation(p.location, &model.Condition{Field: model.PathPattern, RegexValues: []string{expr}}, h.rewriteOf(p))
	}
}

// patterns lists the texts. A Prefix path that is no regular expression of its own comes twice, with and without a slash
// at its end, unless an Exact path takes the place of the latter.
func (h *hostBuild) patterns() []pattern {
	var out []pattern
	for _, l := range h.locations {
		if l.kind == exact || l.path == "/" || l.regex() {
			out = append(out, pattern{l.path, l})
			continue
		}
		if !strings.HasSuffix(l.path, "/") {
			out = append(out, pattern{l.path + "/", l})
			if h.find(l.path, exact) != nil {
				continue
			}
		}
		out = append(out, pattern{l.path, l})
	}
	return out
}

// refusePattern leaves out a path that is no usable expression. If it was to be protected, what lies below its literal
// beginning is denied: requests meant for it must not fall through to a path without protection.
func (h *hostBuild) refusePattern(p pattern, err error) {
	policy := h.policy(p.location)
	consequence := "it is not served"
	if policy.Denied != "" || policy.BasicAuth != nil {
		literal := literalStart(p.text)
		consequence = "because it asks for protection, all paths that begin with " + literal + " answer 503"
		denied := *p.location
		denied.denied = "the path is no usable regular expression"
		denied.canary = nil
		h.writeLocation(&denied, &model.Condition{
			Field: model.PathPattern, RegexValues: []string{"(?i)^" + regexp.QuoteMeta(literal)},
		}, nil)
	}
	h.diags.Add(diag.NginxPathPattern, p.owner.object, p.field+".path", diag.A("path", p.path),
		diag.A("host", shownHost(h.host)), diag.A("reason", err), diag.A("consequence", consequence))
}

// literalStart is a text that everything begins with which an expression could match at the start of a path, whether the
// expression can be read or not.
func literalStart(expr string) string {
	if hasOuterChoice(expr) {
		return "/"
	}
	i := strings.IndexAny(expr, `\.+*?()[]{}^$|`)
	if i < 0 {
		return expr
	}
	literal := expr[:i]
	if strings.IndexByte("*?{", expr[i]) >= 0 {
		// The character before may be absent.
		_, size := utf8.DecodeLastRuneInString(literal)
		literal = literal[:len(literal)-size]
	}
	return cmp.Or(literal, "/")
}

// hasOuterChoice says whether a "|" stands outside of all groups; in doubt it says so.
func hasOuterChoice(expr string) bool {
	depth := 0
	for i := 0; i < len(expr); i++ {
		switch expr[i] {
		case '\\':
			i++
			if i < len(expr) && expr[i] == 'Q' {
				return strings.Contains(expr, "|")
			}
		case '[':
			// Parentheses are letters in a class, and a bracket that comes first is one too.
			first := i + 2
			if strings.HasPrefix(expr[i+1:], "^") {
				first++
			}
			end := strings.IndexByte(expr[min(first, len(expr)):], ']')
			if end < 0 || strings.ContainsAny(expr[i+1:first+end], `\[`) {
				return strings.Contains(expr, "|")
			}
			i = first + end
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth <= 0 {
				return true
			}
		}
	}
	return false
}

// rewriteOf is the rewrite of a location; nil when its path is sent as it is. A target that refers to a group which the
// path does not have denies the location: where the request would go is anyone's guess.
func (h *hostBuild) rewriteOf(p pattern) *model.Rewrite {
	if !p.rewrites() || p.backend == nil && h.defaultService() == nil {
		return nil
	}
	expr := "(?i)" + p.path
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil // refused already
	}
	replace, missing := numberGroups(p.owner.s.rewriteTarget, re)
	if missing != "" && p.isDefault {
		return nil // the name is a group of the owner's own paths
	}
	if missing != "" {
		h.diags.Add(diag.NginxRewriteGroup, p.owner.object,
			annotation.FieldOf(nginx.Registry.FullKey(&nginx.RewriteTarget.Entry)), diag.A("group", missing), diag.A("path", p.path))
		p.denied = "rewrite-target refers to a group that the path does not have"
		return nil
	}
	return &model.Rewrite{Regex: expr, Replace: replace}
}

// numberGroups writes references by name as references by number and says which name the expression does not have. A
// number that it does not have stays: nginx puts nothing in its place.
func numberGroups(target string, re *regexp.Regexp) (replace, missing string) {
	var b strings.Builder
	for i := 0; i < len(target); i++ {
		if target[i] != '$' || i+1 == len(target) || '1' <= target[i+1] && target[i+1] <= '9' {
			b.WriteByte(target[i])
			continue
		}
		end := i + 1
		for end < len(target) && isWord(target[end]) {
			end++
		}
		name := target[i+1 : end]
		n := re.SubexpIndex(name)
		if n < 1 || n > 9 {
			return "", name
		}
		b.WriteString("$" + strconv.Itoa(n))
		i = end - 1
	}
	return b.String(), ""
}

func isWord(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
