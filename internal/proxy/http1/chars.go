package http1

import (
	"bytes"
	"encoding/binary"
)

// Kinds of bytes in field names, as bits. Letters, digits and "-" have none.
const (
	nameUnderscore = 1 << iota
	// nameToken is any other byte of an RFC 9110 token.
	nameToken
	// nameForeign is a visible byte outside of tokens, or one of 0x80 and above.
	nameForeign
	// nameBad is a control byte, a blank or DEL.
	nameBad
	nameColon
)

var nameBits = makeNameBits()

func makeNameBits() (t [256]uint8) {
	for i := range t {
		c := byte(i)
		switch {
		case isAlnum(c) || c == '-':
		case c == '_':
			t[i] = nameUnderscore
		case c == ':':
			t[i] = nameColon
		case bytes.IndexByte([]byte("!#$%&'*+.^`|~"), c) >= 0:
			t[i] = nameToken
		case c <= ' ' || c == 0x7f:
			t[i] = nameBad
		default:
			t[i] = nameForeign
		}
	}
	return t
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// isToken says whether b is an RFC 9110 token.
func isToken(b []byte) bool {
	for _, c := range b {
		if nameBits[c] > nameToken {
			return false
		}
	}
	return len(b) > 0
}

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// anyControl says whether b holds a byte below floor (at most 0x80) or DEL, eight bytes at a time.
func anyControl(b []byte, floor byte) bool {
	below := lows * uint64(floor)
	for len(b) >= 8 {
		w := binary.LittleEndian.Uint64(b)
		del := w ^ lows*0x7f
		if ((w-below)&^w|(del-lows)&^del)&highs != 0 {
			return true
		}
		b = b[8:]
	}
	for _, c := range b {
		if c < floor || c == 0x7f {
			return true
		}
	}
	return false
}

// validValue says whether b may be a field value: visible bytes, blanks, tabs and obs-text (RFC 9110 section 5.5).
func validValue(b []byte) bool {
	if !anyControl(b, ' ') {
		return true
	}
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// trim cuts blanks and tabs from both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// nextItem cuts the first member off a comma-separated list, trimmed; rest is nil after the last.
func nextItem(list []byte) (item, rest []byte) {
	if i := bytes.IndexByte(list, ','); i >= 0 {
		return trim(list[:i]), list[i+1:]
	}
	return trim(list), nil
}

// foldedEqual compares two names without regard to ASCII case.
func foldedEqual(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		if lower(c) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

func appendLower(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, lower(c))
	}
	return dst
}

// unhex is the value of a hexadecimal digit, or 255.
func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}
