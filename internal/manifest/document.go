package manifest

import (
	"bytes"
	"strings"
)

// document is one YAML document of a file.
type document struct {
	// line is the file's line of the first line of text, counted from 1.
	line int
	text []byte
}

// split takes a file apart at its "---" lines. The text of a document that begins on the marker's line ("--- {a: b}")
// keeps its columns. Documents without anything but comments and directives are left out. Splitting before parsing keeps
// a broken document from taking its neighbours along.
func split(data []byte) []document {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var out []document
	current := document{line: 1}
	flush := func(nextLine int) {
		if meaningful(current.text) {
			out = append(out, current)
		}
		current = document{line: nextLine}
	}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		switch {
		case isMarker(line, "---"):
			flush(number)
			current.text = append(current.text, "   "...)
			current.text = append(current.text, line[3:]...)
		case isMarker(line, "..."):
			flush(number + 1)
		default:
			current.text = append(current.text, line...)
		}
	}
	flush(0)
	return out
}

// isMarker says whether a line begins with a document marker that ends or is followed by white space.
func isMarker(line []byte, marker string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || strings.IndexByte(" \t\r\n", rest[0]) >= 0)
}

// meaningful says whether a document holds more than comments, directives and white space.
func meaningful(text []byte) bool {
	for line := range bytes.Lines(text) {
		if t := bytes.TrimSpace(line); len(t) > 0 && t[0] != '#' && line[0] != '%' {
			return true
		}
	}
	return false
}
