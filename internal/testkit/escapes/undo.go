package escapes

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Undo undoes the escapes of a line: \r \n \t, \xHH for any byte, a backslash before any other character for the
// character itself, and {TEXT*N} for TEXT, which may hold escapes, N times. It fails on an escape that is cut short and on
// a brace that opens no repetition.
func Undo(line string) ([]byte, error) {
	out := []byte{}
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line):
			b, length, err := escaped(line[i+1:])
			if err != nil {
				return nil, fmt.Errorf("%w in %q", err, line)
			}
			out = append(out, b)
			i += length
		case line[i] == '{':
			repeated, length, err := repetition(line[i:])
			if err != nil {
				return nil, fmt.Errorf("%w in %q", err, line)
			}
			out = append(out, repeated...)
			i += length - 1
		default:
			out = append(out, line[i])
		}
	}
	return out, nil
}

// escaped is the byte that the text behind a backslash begins with, and how much of the text it takes.
func escaped(text string) (b byte, length int, err error) {
	switch text[0] {
	case 'r':
		return '\r', 1, nil
	case 'n':
		return '\n', 1, nil
	case 't':
		return '\t', 1, nil
	case 'x':
		if len(text) < 3 {
			return 0, 0, fmt.Errorf("escape cut short")
		}
		n, err := strconv.ParseUint(text[1:3], 16, 8)
		if err != nil {
			return 0, 0, fmt.Errorf("bad escape: %w", err)
		}
		return byte(n), 3, nil
	default:
		return text[0], 1, nil
	}
}

// repetition is what the {TEXT*N} at the start of text stands for, and its length.
func repetition(text string) (repeated []byte, length int, err error) {
	end := strings.IndexByte(text, '}')
	star := -1
	if end > 0 {
		star = strings.LastIndexByte(text[:end], '*')
	}
	if star < 0 {
		return nil, 0, fmt.Errorf("bad repetition")
	}
	n, err := strconv.Atoi(text[star+1 : end])
	if err != nil || n < 0 {
		return nil, 0, fmt.Errorf("bad repetition: %q times", text[star+1:end])
	}
	once, err := Undo(text[1:star])
	if err != nil {
		return nil, 0, err
	}
	return bytes.Repeat(once, n), end + 1, nil
}
