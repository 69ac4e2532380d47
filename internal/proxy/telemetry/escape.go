package telemetry

const upperHex = "0123456789ABCDEF"

// plain says for each byte whether it may stand in a quoted field as it is: what nginx's log_format leaves alone.
// bare says the same for fields without quotes, in which blanks, brackets and commas would shift the fields after.
var plain, bare = makeEscapes()

func makeEscapes() (quoted, unquoted [256]bool) {
	for c := 0x20; c < 0x7f; c++ {
		quoted[c] = c != '"' && c != '\\'
		unquoted[c] = quoted[c] && c != ' ' && c != '[' && c != ']' && c != ','
	}
	return quoted, unquoted
}

// appendSafe appends s with every byte that is not allowed written as \xHH.
func appendSafe[T string | []byte](b []byte, s T, allowed *[256]bool) []byte {
	start := 0
	for i := range len(s) {
		if c := s[i]; !allowed[c] {
			b = append(b, s[start:i]...)
			b = append(b, '\\', 'x', upperHex[c>>4], upperHex[c&15])
			start = i + 1
		}
	}
	return append(b, s[start:]...)
}

// appendQuoted appends a value for between quotes; empty ones are "-".
func appendQuoted[T string | []byte](b []byte, s T) []byte {
	if len(s) == 0 {
		return append(b, '-')
	}
	return appendSafe(b, s, &plain)
}

// appendBare appends a value for a field without quotes; empty ones are "-".
func appendBare[T string | []byte](b []byte, s T) []byte {
	if len(s) == 0 {
		return append(b, '-')
	}
	return appendSafe(b, s, &bare)
}

// appendJSON appends a value for a JSON string: as in the other formats, with the backslash doubled, so that the text
// is the same after decoding and never depends on what encoding a client thought of.
func appendJSONText[T string | []byte](b []byte, s T) []byte {
	start := 0
	for i := range len(s) {
		if c := s[i]; !plain[c] {
			b = append(b, s[start:i]...)
			b = append(b, '\\', '\\', 'x', upperHex[c>>4], upperHex[c&15])
			start = i + 1
		}
	}
	return append(b, s[start:]...)
}
