package annotation

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Bounded takes any text that is not longer than Max (0: any length), and not empty with Needed.
type Bounded struct {
	// What says what the text is.
	What string
	// Max counts characters.
	Max    int
	Needed bool
}

// Parse checks the length.
func (t Bounded) Parse(raw string) (string, error) {
	if !utf8.ValidString(raw) {
		return "", errors.New("not valid UTF-8")
	}
	if t.Needed && raw == "" {
		return "", errors.New("empty")
	}
	if t.Max > 0 && utf8.RuneCountInString(raw) > t.Max {
		return "", fmt.Errorf("longer than %d characters", t.Max)
	}
	return raw, nil
}

// Format is the text.
func (Bounded) Format(v string) string { return v }

// Expected says what the text stands for.
func (t Bounded) Expected() string {
	if t.Max > 0 {
		return fmt.Sprintf("%s of at most %d characters", t.What, t.Max)
	}
	return t.What
}
