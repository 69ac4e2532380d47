package model

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plainForm is what may be written without quotes: it begins with a letter or slash (or one of a few signs that YAML
// gives no meaning to), so it can be neither a number nor a date.
var plainForm = regexp.MustCompile(`^[A-Za-z/_$^(\\<;][ -~]*$`)

// addressForm is an IPv4 address or block: begins with a digit, yet YAML cannot take it for a number.
var addressForm = regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+(/\d+)?$`)

// reservedWord is what YAML 1.1 or 1.2 reads as a boolean, null or merge key, in any spelling.
var reservedWord = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|<<)$`)

// isPlain says whether s may stand without quotes. Within flow lists and maps, brackets and commas end a scalar.
func isPlain(s string, flow bool) bool {
	if addressForm.MatchString(s) {
		return true
	}
	switch {
	case !plainForm.MatchString(s), reservedWord.MatchString(s):
		return false
	case strings.Contains(s, ": "), strings.Contains(s, " #"), strings.HasSuffix(s, ":"), strings.HasSuffix(s, " "):
		return false
	case flow && strings.ContainsAny(s, ",[]{}?"): // the question mark only for YAML 1.1 parsers
		return false
	}
	return true
}

// quote writes s on one line: plain where possible, in single quotes when that saves escapes, else in double quotes.
// What is not UTF-8 becomes base64 with YAML's binary tag.
func quote(s string, flow bool) string {
	switch {
	case !utf8.ValidString(s):
		return `!!binary "` + base64.StdEncoding.EncodeToString([]byte(s)) + `"`
	case isPlain(s, flow):
		return s
	case strings.ContainsAny(s, `\"`) && isPrintable(s):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return doubleQuote(s)
}

// plainKey is what may be a key without quotes.
var plainKey = regexp.MustCompile(`^[A-Za-z/_][A-Za-z0-9/_.-]*$`)

// quoteKey writes a key of a map.
func quoteKey(s string) string {
	if plainKey.MatchString(s) && !reservedWord.MatchString(s) {
		return s
	}
	return doubleQuote(s)
}

// isPrintable says whether YAML allows all of s to stand as it is, on one line.
func isPrintable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !printable(r) }) < 0
}

// printable is stricter than YAML's own set: nothing invisible is left in a text that people read.
func printable(r rune) bool { return r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r) }

// doubleQuote escapes as YAML does: \x, \u and \U are code points, not bytes.
func doubleQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"', r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case printable(r):
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isLiteral says whether s may be written as a literal block ("|"): several plain lines, the first not indented, with
// at most one line break at the end.
func isLiteral(s string) bool {
	if !strings.Contains(strings.TrimSuffix(s, "\n"), "\n") || strings.HasSuffix(s, "\n\n") || !utf8.ValidString(s) {
		return false
	}
	for i, line := range strings.Split(s, "\n") {
		if !isPrintable(line) || i == 0 && (line == "" || line[0] == ' ') || strings.HasSuffix(line, " ") {
			return false
		}
	}
	return true
}
