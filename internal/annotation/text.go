package annotation

import (
	"errors"
	"fmt"
	"strings"
)

// maxText bounds every free text. The API server bounds all annotations of an object together at 256 KiB; nothing
// that is served needs as much.
const maxText = 16 << 10

// Text takes any text without control characters. What says what it is.
type Text struct {
	What string
}

// Parse checks the text.
func (Text) Parse(raw string) (string, error) {
	if len(raw) > maxText {
		return "", errors.New("too long")
	}
	if strings.IndexFunc(raw, func(r rune) bool { return r < 0x20 || r == 0x7f }) >= 0 {
		return "", errors.New("it holds a line break or another control character")
	}
	return raw, nil
}

// Format is the text.
func (Text) Format(v string) string { return v }

// Expected says what the text is.
func (t Text) Expected() string { return t.What }

// Verbatim takes any text, line breaks too. It is for values that are never used, only recognised.
type Verbatim struct {
	What string
}

// Parse is the text.
func (Verbatim) Parse(raw string) (string, error) { return raw, nil }

// Format is the text.
func (Verbatim) Format(v string) string { return v }

// Expected says what the text is.
func (t Verbatim) Expected() string { return t.What }

// Chars takes a text made of ASCII letters, digits and a few further characters, as nginx's validators do.
type Chars struct {
	// Also lists the allowed characters besides letters and digits.
	Also string
	// What says what the text is.
	What string
	// MayBeEmpty accepts the empty text.
	MayBeEmpty bool
	// Check, when set, judges a text whose characters are all allowed.
	Check func(string) error
}

// Parse checks every character.
func (t Chars) Parse(raw string) (string, error) {
	if raw == "" && !t.MayBeEmpty {
		return "", errors.New("it is empty")
	}
	if len(raw) > maxText {
		return "", errors.New("too long")
	}
	for i := range len(raw) {
		if c := raw[i]; !isAlphanumeric(c) && strings.IndexByte(t.Also, c) < 0 {
			return "", fmt.Errorf("the character %q is not allowed", c)
		}
	}
	if t.Check != nil {
		if err := t.Check(raw); err != nil {
			return "", err
		}
	}
	return raw, nil
}

// Format is the text.
func (Chars) Format(v string) string { return v }

// Expected says what the text is.
func (t Chars) Expected() string { return t.What }

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
