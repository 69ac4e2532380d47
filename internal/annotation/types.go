package annotation

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bool takes what Go's ParseBool takes, as both originals do.
type Bool struct{}

// Parse reads a boolean.
func (Bool) Parse(raw string) (bool, error) {
	v, err := strconv.ParseBool(raw)
	if err != nil {
		return false, errors.New("not a boolean")
	}
	return v, nil
}

// Format prints true or false.
func (Bool) Format(v bool) string { return strconv.FormatBool(v) }

// Expected describes booleans.
func (Bool) Expected() string { return `"true" or "false"` }

// Int takes whole numbers from Min to Max.
type Int struct {
	Min, Max int64
}

// Parse reads a whole number in base 10; a sign is allowed.
func (t Int) Parse(raw string) (int64, error) {
	v, err := strconv.ParseInt(raw, 10, 64)
	if err != nil {
		return 0, errors.New("not a whole number")
	}
	if v < t.Min || v > t.Max {
		return 0, fmt.Errorf("outside %d to %d", t.Min, t.Max)
	}
	return v, nil
}

// Format prints the number.
func (Int) Format(v int64) string { return strconv.FormatInt(v, 10) }

// Expected names the range.
func (t Int) Expected() string { return fmt.Sprintf("a whole number from %d to %d", t.Min, t.Max) }

// Enum takes one of a few words. With FoldCase the case of letters does not matter.
type Enum struct {
	Words    []string
	FoldCase bool
}

// Parse finds the word and returns it as declared.
func (t Enum) Parse(raw string) (string, error) {
	i := slices.IndexFunc(t.Words, func(w string) bool {
		return w == raw || t.FoldCase && strings.EqualFold(w, raw)
	})
	if i < 0 {
		return "", errors.New("not one of these words")
	}
	return t.Words[i], nil
}

// Format is the word.
func (Enum) Format(v string) string { return v }

// Expected lists the words.
func (t Enum) Expected() string {
	switch len(t.Words) {
	case 0:
		return "no value"
	case 1:
		return t.Words[0]
	}
	last := len(t.Words) - 1
	return strings.Join(t.Words[:last], ", ") + " or " + t.Words[last]
}

// StringList splits on commas; pieces are trimmed, empty ones dropped. It never fails.
type StringList struct{}

// Parse splits the value.
func (StringList) Parse(raw string) ([]string, error) {
	var out []string
	for piece := range strings.SplitSeq(raw, ",") {
		if piece = strings.TrimSpace(piece); piece != "" {
			out = append(out, piece)
		}
	}
	return out, nil
}

// Format joins with commas.
func (StringList) Format(v []string) string { return strings.Join(v, ",") }

// Expected describes lists.
func (StringList) Expected() string { return "a comma-separated list" }

// Pair is one key with its value.
type Pair struct {
	Key   string
	Value string
}

// StringMap takes "k=v" pieces separated by commas, as the AWS controller does: a comma separates only if the text
// after it still holds an unescaped "=", a backslash takes the next character literally, both sides are trimmed. A later
// piece with the same key replaces the earlier one. Pairs come back sorted by key.
type StringMap struct{}

// Parse reads the pairs.
func (StringMap) Parse(raw string) ([]Pair, error) {
	var out []Pair
	for _, piece := range splitPairs(raw) {
		if strings.TrimSpace(piece) == "" {
			continue
		}
		i := indexUnescaped(piece, '=')
		if i < 0 {
			return nil, fmt.Errorf("%q lacks an =", piece)
		}
		key := strings.TrimSpace(unescape(piece[:i]))
		if key == "" {
			return nil, fmt.Errorf("%q lacks a key before the =", piece)
		}
		p := Pair{Key: key, Value: strings.TrimSpace(unescape(piece[i+1:]))}
		if j := slices.IndexFunc(out, func(q Pair) bool { return q.Key == key }); j >= 0 {
			out[j] = p
			continue
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Pair) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

// splitPairs cuts at unescaped commas that have an unescaped "=" somewhere after them.
func splitPairs(raw string) []string {
	var out []string
	start := 0
	last := lastUnescaped(raw, '=') // looked up once: values may be long
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case ',':
			if i < last {
				out = append(out, raw[start:i])
				start = i + 1
			}
		}
	}
	return append(out, raw[start:])
}

// lastUnescaped is where the last c stands that has no backslash before it, or -1.
func lastUnescaped(s string, c byte) int {
	last := -1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case c:
			last = i
		}
	}
	return last
}

func indexUnescaped(s string, c byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case c:
			return i
		}
	}
	return -1
}

func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Format prints the pairs with commas, equal signs and backslashes escaped.
func (StringMap) Format(v []Pair) string {
	escape := strings.NewReplacer(`\`, `\\`, `,`, `\,`, `=`, `\=`)
	pieces := make([]string, len(v))
	for i, p := range v {
		pieces[i] = escape.Replace(p.Key) + "=" + escape.Replace(p.Value)
	}
	return strings.Join(pieces, ",")
}

// Expected describes maps.
func (StringMap) Expected() string { return "key=value pairs separated by commas" }

// JSON takes the JSON form of a Go type. Field names match without regard to case and unknown fields are ignored, as
// the AWS controller's decoder does. Validate, when set, judges the decoded value.
type JSON[T any] struct {
	What     string
	Validate func(T) error
}

// Parse decodes and validates.
func (t JSON[T]) Parse(raw string) (T, error) {
	var v, zero T
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		return zero, fmt.Errorf("not the expected JSON: %w", err)
	}
	if t.Validate != nil {
		if err := t.Validate(v); err != nil {
			return zero, err
		}
	}
	return v, nil
}

// Format encodes without escaping for HTML.
func (JSON[T]) Format(v T) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Expected says what the JSON holds.
func (t JSON[T]) Expected() string { return "JSON of " + t.What }
