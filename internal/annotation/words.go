package annotation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Words takes a list of words out of a fixed set, separated by blanks, and keeps their order. Repeats are dropped.
type Words struct {
	Words []string
}

// Parse reads the words.
func (t Words) Parse(raw string) ([]string, error) {
	var out []string
	for w := range strings.FieldsSeq(raw) {
		if !slices.Contains(t.Words, w) {
			return nil, fmt.Errorf("%q is not one of the words", w)
		}
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("there is no word in it")
	}
	return out, nil
}

// Format joins with blanks.
func (Words) Format(v []string) string { return strings.Join(v, " ") }

// Expected lists the words.
func (t Words) Expected() string {
	return "words separated by blanks out of " + strings.Join(t.Words, ", ")
}

// Codes takes a comma-separated list of HTTP status codes from Min to Max, sorted, without repeats.
type Codes struct {
	Min, Max int64
}

// Parse reads the codes.
func (t Codes) Parse(raw string) ([]int64, error) {
	pieces, err := StringList{}.Parse(raw)
	if err != nil {
		return nil, err
	}
	if len(pieces) == 0 {
		return nil, errors.New("there is no code in it")
	}
	out := make([]int64, 0, len(pieces))
	for _, p := range pieces {
		v, err := Int(t).Parse(p)
		if err != nil {
			return nil, fmt.Errorf("%q is %w", p, err)
		}
		out = append(out, v)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Format joins with commas.
func (Codes) Format(v []int64) string {
	out := make([]string, len(v))
	for i, c := range v {
		out[i] = Int{}.Format(c)
	}
	return strings.Join(out, ",")
}

// Expected names the range.
func (t Codes) Expected() string {
	return fmt.Sprintf("a comma-separated list of status codes from %d to %d", t.Min, t.Max)
}
