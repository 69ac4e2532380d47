package model

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// cutKey splits "key: rest" or "key:"; ok is false when the text is no such thing.
func cutKey(s string) (key, rest string, ok bool, err error) {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		key, rest, err = cutQuoted(s)
		if err != nil || !strings.HasPrefix(rest, ":") {
			return "", "", false, err
		}
		rest = rest[1:]
	} else {
		i := strings.IndexByte(s, ':')
		if i <= 0 || strings.ContainsAny(s[:i], "[]{},\"'#&*!|>%@` \t") {
			return "", "", false, nil
		}
		key, rest = s[:i], s[i+1:]
	}
	if rest != "" && rest[0] != ' ' {
		return "", "", false, nil
	}
	return key, strings.TrimLeft(rest, " "), true, nil
}

// cutQuoted reads a quoted scalar at the start of s.
func cutQuoted(s string) (text, rest string, err error) {
	if s[0] == '\'' {
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			if s[i] != '\'' {
				b.WriteByte(s[i])
				continue
			}
			if i+1 == len(s) || s[i+1] != '\'' {
				return b.String(), s[i+1:], nil
			}
			b.WriteByte('\'')
			i++
		}
		return "", "", errors.New("a closing ' is missing")
	}
	var b strings.Builder
	for i := 1; i < len(s); {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], nil
		case '\\':
			r, n, err := unescapeRune(s[i+1:])
			if err != nil {
				return "", "", err
			}
			b.WriteRune(r)
			i += 1 + n
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return "", "", errors.New(`a closing " is missing`)
}

// unescapeRune reads what follows a backslash and says how many bytes that was.
func unescapeRune(s string) (rune, int, error) {
	if s == "" {
		return 0, 0, errors.New("nothing follows a backslash")
	}
	digits := 0
	switch s[0] {
	case 'n':
		return '\n', 1, nil
	case 'r':
		return '\r', 1, nil
	case 't':
		return '\t', 1, nil
	case '0':
		return 0, 1, nil
	case '"', '\\', '/':
		return rune(s[0]), 1, nil
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		return 0, 0, errors.New("unknown escape")
	}
	if len(s) < 1+digits {
		return 0, 0, errors.New("an escape is cut short")
	}
	v, err := strconv.ParseUint(s[1:1+digits], 16, 32)
	if err != nil || !utf8.ValidRune(rune(v)) {
		return 0, 0, errors.New("an escape is no character")
	}
	return rune(v), 1 + digits, nil
}
