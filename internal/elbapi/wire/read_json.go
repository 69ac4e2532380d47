package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// readJSON reads the JSON object of a request, token by token, so that a member given twice and nesting too deep are seen. An
// empty body is an empty object.
func readJSON(body []byte) (*object, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return newObject(), nil
	}
	if !utf8.Valid(body) {
		return nil, JSON11.malformed("", "it is not UTF-8")
	}
	r := jsonReader{json.NewDecoder(bytes.NewReader(body))}
	r.d.UseNumber()
	datum, err := r.datum(0)
	if err != nil {
		return nil, err
	}
	o, ok := datum.(*object)
	if !ok {
		return nil, JSON11.malformed("", "it must be a JSON object")
	}
	if _, err := r.d.Token(); !errors.Is(err, io.EOF) {
		return nil, JSON11.malformed("", "something follows the JSON object")
	}
	return o, nil
}

type jsonReader struct{ d *json.Decoder }

func (r jsonReader) token() (json.Token, error) {
	t, err := r.d.Token()
	if err != nil {
		return nil, JSON11.malformed("", "the JSON cannot be read: %v", err)
	}
	return t, nil
}

func (r jsonReader) datum(depth int) (any, error) {
	t, err := r.token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, JSON11.malformed("", "it is nested deeper than %d", maxDepth)
	}
	switch t {
	case json.Delim('{'):
		return r.object(depth)
	case json.Delim('['):
		return r.list(depth)
	}
	return t, nil
}

func (r jsonReader) object(depth int) (any, error) {
	o := newObject()
	for r.d.More() {
		t, err := r.token()
		if err != nil {
			return nil, err
		}
		name, ok := t.(string)
		if !ok {
			return nil, JSON11.malformed("", "the name of a member is expected")
		}
		value, err := r.datum(depth + 1)
		if err != nil {
			return nil, err
		}
		if !o.add(name, value) {
			return nil, JSON11.malformed(clip(name), "it is given more than once")
		}
	}
	_, err := r.token()
	return o, err
}

func (r jsonReader) list(depth int) (any, error) {
	list := []any{}
	for r.d.More() {
		if len(list) == maxList {
			return nil, JSON11.malformed("", "a list is longer than %d", maxList)
		}
		value, err := r.datum(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := r.token()
	return list, err
}
