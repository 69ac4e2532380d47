package model

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxTextDepth bounds how deep lists and maps may lie in each other; a model itself is 10 deep.
const maxTextDepth = 40

// node is a parsed piece of text: a scalar, a list (items) or a map (keys and items).
type node struct {
	line   int
	kind   nodeKind
	text   string
	quoted bool
	keys   []string
	items  []*node
}

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	listNode
	mapNode
)

// textError is an error at a line.
func textError(line int, format string, args ...any) error {
	return fmt.Errorf("line %d: %s", line, fmt.Sprintf(format, args...))
}

// textLine is one line that is neither blank nor a comment, without its indentation.
type textLine struct {
	number int
	indent int
	text   string
}

// textReader reads block style; values on one line are read by flowReader.
type textReader struct {
	raw   []string
	lines []textLine
	pos   int
}

// readDocument parses a text; nil for a text without content.
func readDocument(text string) (*node, error) {
	if !utf8.ValidString(text) {
		return nil, textError(1, "not UTF-8")
	}
	r := textReader{raw: strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")}
	for i, raw := range r.raw {
		trimmed := strings.TrimLeft(raw, " ")
		if i == 0 && strings.TrimRight(trimmed, " ") == "---" || strings.TrimSpace(trimmed) == "" || trimmed[0] == '#' {
			continue
		}
		r.lines = append(r.lines, textLine{i + 1, len(raw) - len(trimmed), strings.TrimRight(trimmed, " ")})
	}
	if len(r.lines) == 0 {
		return nil, nil
	}
	n, err := r.block(r.lines[0].indent, 0)
	if err != nil {
		return nil, err
	}
	if r.pos < len(r.lines) {
		return nil, textError(r.lines[r.pos].number, "unexpected indentation")
	}
	return n, nil
}

// block reads the list, map or single value that begins at the current line.
func (r *textReader) block(indent, depth int) (*node, error) {
	line := r.lines[r.pos]
	if depth > maxTextDepth {
		return nil, textError(line.number, "nested too deep")
	}
	if line.text[0] == '\t' {
		return nil, textError(line.number, "indented with a tab")
	}
	if isDash(line.text) {
		return r.list(indent, depth)
	}
	if _, _, ok, err := cutKey(line.text); err != nil {
		return nil, textError(line.number, "%v", err)
	} else if ok {
		return r.mapping(indent, depth)
	}
	r.pos++
	return readFlow(line.number, line.text)
}

func isDash(s string) bool { return s == "-" || strings.HasPrefix(s, "- ") }

// more says whether the current line belongs to the block with this indentation.
func (r *textReader) more(indent int) (textLine, bool) {
	if r.pos >= len(r.lines) || r.lines[r.pos].indent != indent {
		return textLine{}, false
	}
	return r.lines[r.pos], true
}

func (r *textReader) list(indent, depth int) (*node, error) {
	n := &node{kind: listNode, line: r.lines[r.pos].number}
	for {
		line, ok := r.more(indent)
		if !ok || !isDash(line.text) {
			return n, nil
		}
		item, err := r.item(line, indent, depth)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
}

// item reads what follows a dash. Content on the same line is a block of its own that begins at its column.
func (r *textReader) item(line textLine, indent, depth int) (*node, error) {
	rest := strings.TrimLeft(line.text[1:], " ")
	if rest == "" || rest[0] == '#' {
		r.pos++
		return r.nested(line.number, indent+1, depth)
	}
	if rest[0] == '|' {
		return r.literal(line.number, rest, indent)
	}
	r.lines[r.pos].indent = indent + len(line.text) - len(rest)
	r.lines[r.pos].text = rest
	return r.block(r.lines[r.pos].indent, depth+1)
}

func (r *textReader) mapping(indent, depth int) (*node, error) {
	n := &node{kind: mapNode, line: r.lines[r.pos].number}
	seen := map[string]bool{}
	for {
		line, ok := r.more(indent)
		if !ok {
			return n, nil
		}
		key, rest, ok, err := cutKey(line.text)
		if err != nil {
			return nil, textError(line.number, "%v", err)
		}
		if !ok {
			return nil, textError(line.number, "want a key and a colon")
		}
		if seen[key] {
			return nil, textError(line.number, "%q is there twice", key)
		}
		seen[key] = true
		value, err := r.member(line, rest, indent, depth)
		if err != nil {
			return nil, err
		}
		n.keys, n.items = append(n.keys, key), append(n.items, value)
	}
}

// member reads what follows "key:". A list may stand at the same indentation as its key.
func (r *textReader) member(line textLine, rest string, indent, depth int) (*node, error) {
	switch {
	case rest == "" || rest[0] == '#':
		r.pos++
		if next, ok := r.more(indent); ok && isDash(next.text) {
			return r.list(indent, depth+1)
		}
		return r.nested(line.number, indent+1, depth)
	case rest[0] == '|':
		return r.literal(line.number, rest, indent)
	}
	r.pos++
	return readFlow(line.number, rest)
}

// nested reads a block that is indented at least so far; it must be there.
func (r *textReader) nested(number, indent, depth int) (*node, error) {
	if r.pos < len(r.lines) && r.lines[r.pos].text[0] == '\t' {
		return nil, textError(r.lines[r.pos].number, "indented with a tab")
	}
	if r.pos >= len(r.lines) || r.lines[r.pos].indent < indent {
		return nil, textError(number, "a value is missing")
	}
	return r.block(r.lines[r.pos].indent, depth+1)
}

// literal reads a "|" or "|-" block: the lines that follow and are indented deeper than the parent.
func (r *textReader) literal(number int, mark string, parent int) (*node, error) {
	if mark != "|" && mark != "|-" {
		return nil, textError(number, "only | and |- introduce a block of text")
	}
	var lines []string
	indent := 0
	for _, raw := range r.raw[number:] {
		trimmed := strings.TrimLeft(raw, " ")
		at := len(raw) - len(trimmed)
		if trimmed == "" {
			lines = append(lines, raw[min(indent, at):])
			continue
		}
		if indent == 0 {
			indent = at
		}
		if at <= parent || at < indent {
			break
		}
		lines = append(lines, raw[indent:])
	}
	for r.pos < len(r.lines) && r.lines[r.pos].number <= number+len(lines) {
		r.pos++
	}
	text := strings.TrimRight(strings.Join(lines, "\n"), "\n")
	if mark == "|" && text != "" {
		text += "\n"
	}
	return &node{line: number, text: text, quoted: true}, nil
}
