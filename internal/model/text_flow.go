package model

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

// flowReader reads what stands on one line: scalars, [lists] and {maps}.
type flowReader struct {
	line int
	s    string
}

// readFlow reads a whole value from the rest of a line; a comment may follow.
func readFlow(line int, s string) (*node, error) {
	r := flowReader{line, s}
	n, err := r.value(false, 0)
	if err != nil {
		return nil, textError(line, "%v", err)
	}
	r.skip()
	if r.s != "" && r.s[0] != '#' {
		return nil, textError(line, "unexpected %q after the value", r.s)
	}
	return n, nil
}

func (r *flowReader) skip() { r.s = strings.TrimLeft(r.s, " ") }

// value reads one value; inside says that brackets and commas end a plain scalar.
func (r *flowReader) value(inside bool, depth int) (*node, error) {
	r.skip()
	if depth > maxTextDepth {
		return nil, errors.New("nested too deep")
	}
	if r.s == "" {
		return nil, errors.New("a value is missing")
	}
	switch r.s[0] {
	case '[':
		return r.list(depth)
	case '{':
		return r.mapping(depth)
	case '"', '\'':
		text, rest, err := cutQuoted(r.s)
		r.s = rest
		return &node{line: r.line, text: text, quoted: true}, err
	case '!':
		return r.binary()
	case '&', '*', '|', '>', '%', '@', '`', ',', ']', '}', '#', '\t':
		return nil, errors.New("a value cannot begin with " + strconv.Quote(r.s[:1]) + "; quote it")
	}
	return r.plain(inside)
}

func (r *flowReader) plain(inside bool) (*node, error) {
	end := len(r.s)
	for i := 0; i < end; i++ {
		switch c := r.s[i]; {
		case c == '#' && i > 0 && r.s[i-1] == ' ', inside && strings.IndexByte(",[]{}", c) >= 0:
			end = i
		case c == ':' && (i+1 == len(r.s) || r.s[i+1] == ' '):
			return nil, errors.New("a colon inside a value needs quotes")
		case c < ' ' || c == 0x7f:
			return nil, errors.New("a control character inside a value needs quotes")
		}
	}
	text := strings.TrimRight(r.s[:end], " ")
	r.s = r.s[end:]
	if text == "" {
		return nil, errors.New("a value is missing")
	}
	return &node{line: r.line, text: text}, nil
}

// binary reads the only tag there is, for text that is not UTF-8.
func (r *flowReader) binary() (*node, error) {
	rest, ok := strings.CutPrefix(r.s, "!!binary ")
	if !ok || !strings.HasPrefix(strings.TrimLeft(rest, " "), `"`) {
		return nil, errors.New(`the only tag is !!binary with a "quoted" value`)
	}
	text, rest, err := cutQuoted(strings.TrimLeft(rest, " "))
	if err != nil {
		return nil, err
	}
	r.s = rest
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("!!binary is not base64")
	}
	return &node{line: r.line, text: string(raw), quoted: true}, nil
}

func (r *flowReader) list(depth int) (*node, error) {
	n := &node{kind: listNode, line: r.line}
	err := r.members(']', func() error {
		item, err := r.value(true, depth+1)
		n.items = append(n.items, item)
		return err
	})
	return n, err
}

func (r *flowReader) mapping(depth int) (*node, error) {
	n := &node{kind: mapNode, line: r.line}
	seen := map[string]bool{}
	err := r.members('}', func() error {
		key, rest, ok, err := cutKey(r.s)
		if err != nil || !ok {
			return errors.Join(errors.New("want a key and a colon"), err)
		}
		if seen[key] {
			return errors.New(strconv.Quote(key) + " is there twice")
		}
		seen[key] = true
		r.s = rest
		value, err := r.value(true, depth+1)
		n.keys, n.items = append(n.keys, key), append(n.items, value)
		return err
	})
	return n, err
}

// members reads what is between brackets, separated by commas, and the closing one.
func (r *flowReader) members(closing byte, one func() error) error {
	r.s = r.s[1:]
	for first := true; ; first = false {
		r.skip()
		if r.s == "" {
			return errors.New("a closing " + string(closing) + " is missing")
		}
		if r.s[0] == closing {
			r.s = r.s[1:]
			return nil
		}
		if !first {
			if r.s[0] != ',' {
				return errors.New("want a comma or " + string(closing))
			}
			r.s = r.s[1:]
			r.skip()
		}
		if err := one(); err != nil {
			return err
		}
	}
}
