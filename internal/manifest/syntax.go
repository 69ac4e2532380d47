package manifest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
)

// syntaxProblem says where and why a document is not YAML.
type syntaxProblem struct {
	line   int
	reason string
	hint   string
}

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?((?:[^:{}]|':')*)$`)

// explainSyntax turns the parser's error into a place and a likely cause. The parser names the line where it gave up or
// where the surrounding block began; the indentation is looked at first, because that is what is wrong most often.
func explainSyntax(doc document, err error) syntaxProblem {
	text := string(doc.text)
	p := syntaxProblem{line: doc.line, reason: "this is not valid YAML"}
	if m := yamlErrorLine.FindStringSubmatch(err.Error()); m != nil {
		p.reason = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			p.line = doc.line + n - 1
		}
	}
	if before, _, ok := strings.Cut(text, "{{"); ok {
		p.line = doc.line + strings.Count(before, "\n")
		p.reason = "this is not valid YAML"
		p.hint = "it looks like a template: render it first (helm template, envsubst) and give the result"
		return p
	}
	// Only names that look like fields are shown, and none of a Secret: its lines may be anything.
	secret := strings.Contains(text, "Secret")
	if bad, ok := findBadIndent(text); ok {
		bad.line += doc.line - 1
		bad.above += doc.line - 1
		p.line = bad.line
		p.reason = "wrong indentation: " + bad.describe(secret)
		p.hint = bad.remedy(secret)
		return p
	}
	switch {
	case strings.Contains(p.reason, "cannot start any token"), strings.Contains(p.reason, "tab"):
		p.hint = "put the value in quotes; if the line is indented with a tab, use spaces: YAML does not allow tabs there"
	case strings.Contains(p.reason, "could not find expected ':'"):
		p.hint = `write "name: value" with a space after the colon, or put the text in quotes`
	case strings.Contains(p.reason, "mapping values are not allowed"):
		p.hint = `put a value that contains ": " in quotes, and look at the indentation of this line and the one before`
	case strings.Contains(p.reason, "unexpected end of stream"), strings.Contains(p.reason, "expected ',' or"):
		p.hint = "close the quote or bracket that was opened before"
	default:
		p.hint = "look at the indentation and quotes of this line and the one before"
	}
	return p
}

// badIndent is the first line whose indentation cannot be right.
type badIndent struct {
	line, column int
	// name is the field on the line, if there is one.
	name string
	// deeper: the line is indented deeper than the line at above, which has a value already. Otherwise the line's column
	// is none of those of the blocks around it, and columns lists these.
	deeper  bool
	above   int
	columns []int
}

func (b badIndent) describe(secret bool) string {
	what := "this line"
	if b.name != "" && !secret {
		what = b.name
	}
	if b.deeper {
		return fmt.Sprintf("%s is indented by %d, deeper than line %d, which has a value already", what, b.column, b.above)
	}
	return fmt.Sprintf("%s is indented by %d, but nothing around it is", what, b.column)
}

func (b badIndent) remedy(secret bool) string {
	what := "the line"
	if b.name != "" && !secret {
		what = b.name
	}
	var spaces []string
	for _, c := range b.columns {
		spaces = append(spaces, strconv.Itoa(c))
	}
	return fmt.Sprintf("indent %s and what belongs to it by %s spaces", what, strings.Join(spaces, " or "))
}

var (
	fieldLine  = regexp.MustCompile(`^( *(?:- +)*)([A-Za-z0-9_./-]+):(?: +(.*?))?\s*$`)
	blockStart = regexp.MustCompile(`[|>][-+0-9]*(?: +#.*)?$`)
)

// findBadIndent reads the lines of a document in block style and finds the first one that is indented deeper than a
// field with a value, or that falls between the columns of the blocks around it. It gives up (false) where a value goes
// over several lines, because indentation is free there.
func findBadIndent(text string) (badIndent, bool) {
	var open []int // columns of the blocks around the current line, rising
	valueLine, valueColumn := 0, -1
	skipDeeperThan := -1
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimLeft(line, " ")
		indent := len(line) - len(trimmed)
		trimmed = strings.TrimRight(trimmed, " \r")
		if trimmed == "" || trimmed[0] == '#' || skipDeeperThan >= 0 && indent > skipDeeperThan {
			continue
		}
		skipDeeperThan = -1
		m := fieldLine.FindStringSubmatch(line)
		if m == nil {
			if strings.HasPrefix(trimmed, "- ") || trimmed == "-" {
				open = openAt(open, indent)
				valueColumn = -1
				continue
			}
			return badIndent{}, false
		}
		column, value := len(m[1]), m[3]
		if valueColumn >= 0 && indent > valueColumn {
			return badIndent{line: i + 1, column: indent, name: m[2], deeper: true, above: valueLine, columns: []int{valueColumn}}, true
		}
		if len(open) > 0 && indent < open[len(open)-1] && !contains(open, indent) {
			return badIndent{line: i + 1, column: indent, name: m[2], columns: around(open, indent)}, true
		}
		open = openAt(open, indent)
		if column != indent {
			open = openAt(open, column)
		}
		valueColumn = -1
		switch {
		case value == "" || value[0] == '#' || value[0] == '&' || value[0] == '!':
		case blockStart.MatchString(value):
			skipDeeperThan = column
		case !closed(value):
			return badIndent{}, false
		default:
			valueLine, valueColumn = i+1, column
		}
	}
	return badIndent{}, false
}

// openAt closes the blocks deeper than column and opens one there.
func openAt(open []int, column int) []int {
	for len(open) > 0 && open[len(open)-1] > column {
		open = open[:len(open)-1]
	}
	if len(open) == 0 || open[len(open)-1] < column {
		open = append(open, column)
	}
	return open
}

func contains(columns []int, c int) bool {
	for _, have := range columns {
		if have == c {
			return true
		}
	}
	return false
}

// around are the open columns next to c, below and above it.
func around(open []int, c int) []int {
	below, above := -1, -1
	for _, o := range open {
		if o < c {
			below = o
		} else if above < 0 {
			above = o
		}
	}
	var out []int
	if below >= 0 {
		out = append(out, below)
	}
	if above >= 0 {
		out = append(out, above)
	}
	return out
}

// closed says whether a value ends on its line: its quotes and brackets are balanced.
func closed(value string) bool {
	switch value[0] {
	case '"', '\'':
		rest := value[1:]
		if value[0] == '"' {
			rest = strings.ReplaceAll(rest, `\"`, "")
		}
		return strings.Count(rest, value[:1])%2 == 1
	case '[', '{':
		return strings.Count(value, "[") == strings.Count(value, "]") && strings.Count(value, "{") == strings.Count(value, "}")
	}
	return true
}

// diagnostic makes the message about a file.
func (p syntaxProblem) diagnostic(file string) diag.Diagnostic {
	d := diag.New(diag.ManifestSyntax, fileObject(file), "",
		diag.A("line", p.line), diag.A("reason", p.reason), diag.A("hint", p.hint))
	d.File, d.Line = file, p.line
	return d
}

func fileObject(file string) diag.Object { return diag.Object{Kind: "File", Name: file} }
