package rewrite

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// maxRegex is the greatest length of a pattern.
const maxRegex = 1024

type filter struct {
	re    *regexp.Regexp
	parts []part
}

// part is literal text, or the group with that number when it is not 0.
type part struct {
	text  string
	group int
}

// New makes the filter; nil for nil. It fails when the expression is not RE2, or when the replacement names a group that
// the expression does not have: nginx would put a variable of its own there, which we do not know.
func New(c *model.Rewrite) (exchange.Filter, error) {
	if c == nil {
		return nil, nil
	}
	if len(c.Regex) > maxRegex {
		return nil, fmt.Errorf("the regular expression of the rewrite is longer than %d bytes", maxRegex)
	}
	re, err := regexp.Compile("(?i)" + c.Regex)
	if err != nil {
		return nil, fmt.Errorf("the rewrite cannot be compiled: %w", err)
	}
	f := filter{re: re}
	if f.parts, err = parse(c.Replace, re); err != nil {
		return nil, err
	}
	return f, nil
}

// parse takes a replacement apart: $1 to $9 (one digit, as nginx reads them), $name and ${name}.
func parse(replace string, re *regexp.Regexp) ([]part, error) {
	var parts []part
	for replace != "" {
		i := strings.IndexByte(replace, '$')
		if i < 0 || i == len(replace)-1 {
			return append(parts, part{text: replace}), nil
		}
		if i > 0 {
			parts = append(parts, part{text: replace[:i]})
		}
		replace = replace[i+1:]
		if replace != "" && replace[0] >= '0' && replace[0] <= '9' {
			// A group that the expression lacks is empty, as in nginx; $0 is nothing there.
			if n := int(replace[0] - '0'); n > 0 && n <= re.NumSubexp() {
				parts = append(parts, part{group: n})
			}
			replace = replace[1:]
			continue
		}
		name, rest := variable(replace)
		n := re.SubexpIndex(name)
		if name == "" || n < 0 {
			return nil, fmt.Errorf("the rewrite uses $%s, which is not a group of its regular expression", name)
		}
		parts, replace = append(parts, part{group: n}), rest
	}
	return parts, nil
}

// variable reads name or {name} from the start of s.
func variable(s string) (name, rest string) {
	if inner, ok := strings.CutPrefix(s, "{"); ok {
		name, rest, _ = strings.Cut(inner, "}")
		return name, rest
	}
	n := 0
	for n < len(s) && (s[n] == '_' || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || s[n] >= '0' && s[n] <= '9') {
		n++
	}
	return s[:n], s[n:]
}

// Request sets UpstreamPath when the expression is found in the normalised path: the whole path becomes the replacement,
// escaped again where needed, and the query stays.
func (f filter) Request(x *exchange.Exchange) exchange.Verdict {
	path := x.Request.NormalPath
	found := f.re.FindSubmatchIndex(path)
	if found == nil {
		return exchange.Continue
	}
	x.UpstreamPath = x.Build(func(b []byte) []byte {
		start := len(b)
		for _, p := range f.parts {
			if p.group == 0 {
				b = appendEscaped(b, p.text)
			} else if from := found[2*p.group]; from >= 0 {
				b = appendEscaped(b, path[from:found[2*p.group+1]])
			}
		}
		if len(b) == start || b[start] != '/' {
			// A request target starts with a slash (RFC 9112 section 3.2.1).
			b = append(b, 0)
			copy(b[start+1:], b[start:])
			b[start] = '/'
		}
		if len(x.Request.Query) > 0 { // nginx drops a lone "?" when it writes a target anew
			b = append(b, '?')
			b = append(b, x.Request.Query...)
		}
		return b
	})
	return exchange.Continue
}

// appendEscaped escapes what nginx escapes in a URI: blanks, control bytes, bytes beyond ASCII, and those that RFC 3986
// leaves no place for in a path or that would end it.
func appendEscaped[T string | []byte](b []byte, s T) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"#%<>?\^`+"`{|}", c) >= 0 {
			b = append(b, '%', hex[c>>4], hex[c&15])
			continue
		}
		b = append(b, c)
	}
	return b
}
