package wire

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
)

// Decode fills an input: from the parameters of a request in the Query protocols, from its body in the others. What it refuses
// is a smithy.APIError that names the parameter.
func (d Dialect) Decode(form url.Values, body []byte, in any) error {
	v, p := reflect.ValueOf(in).Elem(), d.Protocol
	var err error
	switch p {
	case Query, EC2Query:
		var root *node
		if root, err = p.tree(form); err == nil {
			err = p.structure("", root, v)
		}
	case JSON11, CBOR:
		read := readJSON
		if p == CBOR {
			read = readCBOR
		}
		var o *object
		if o, err = read(body); err == nil {
			err = p.object("", o, v)
		}
	}
	if err != nil {
		return err
	}
	return p.complete("", v, 0)
}

func (p Protocol) structure(path string, n *node, v reflect.Value) error {
	if n.given && (n.text != "" || len(n.below) > 0) {
		return p.malformed(path, "it has members and cannot have a value")
	}
	fields := p.members(v.Type(), false)
	for _, name := range slices.Sorted(maps.Keys(n.below)) {
		f, ok := p.find(fields, name)
		if !ok {
			return p.unknown(clip(join(path, name)))
		}
		if err := p.value(join(path, name), n.below[name], v.Field(f.index)); err != nil {
			return err
		}
	}
	return nil
}

func (p Protocol) value(path string, n *node, v reflect.Value) error {
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		return p.value(path, n, v.Elem())
	case isScalar(t):
		if len(n.below) > 0 {
			return p.malformed(path, "it has a value and no members")
		}
		return p.parse(path, n.text, v)
	case t.Kind() == reflect.Struct:
		return p.structure(path, n, v)
	case t.Kind() == reflect.Slice:
		return p.list(path, n, v)
	case t.Kind() == reflect.Map:
		return p.mapping(path, n, v)
	}
	return fmt.Errorf("%s: values of type %s are not decoded", path, t)
}

// wrapped is the part of a list or map below the fixed word that stands before the numbers.
func (p Protocol) wrapped(path string, n *node, word string) (string, *node, error) {
	if n.given {
		if n.text != "" || len(n.below) > 0 {
			return "", nil, p.malformed(path, "it is a list and cannot have a value")
		}
		return path, &node{}, nil // an empty list
	}
	if word == "" {
		return path, n, nil
	}
	for _, name := range slices.Sorted(maps.Keys(n.below)) {
		if name != word {
			return "", nil, p.malformed(clip(join(path, name)), "elements are written as %s.%s.1", path, word)
		}
	}
	inner := n.below[word]
	if inner.given {
		return "", nil, p.malformed(join(path, word), "elements are written as %s.%s.1", path, word)
	}
	return join(path, word), inner, nil
}

func (p Protocol) list(path string, n *node, v reflect.Value) error {
	word := "member"
	if p == EC2Query {
		word = ""
	}
	path, n, err := p.wrapped(path, n, word)
	if err != nil {
		return err
	}
	elements, err := p.elements(path, n)
	if err != nil {
		return err
	}
	list := reflect.MakeSlice(v.Type(), len(elements), len(elements))
	for i, e := range elements {
		if err := p.value(join(path, strconv.Itoa(i+1)), e, list.Index(i)); err != nil {
			return err
		}
	}
	v.Set(list)
	return nil
}

// mapping reads `.entry.N.key` and `.entry.N.value`.
func (p Protocol) mapping(path string, n *node, v reflect.Value) error {
	path, n, err := p.wrapped(path, n, "entry")
	if err != nil {
		return err
	}
	elements, err := p.elements(path, n)
	if err != nil {
		return err
	}
	out := reflect.MakeMapWithSize(v.Type(), len(elements))
	for i, e := range elements {
		at := join(path, strconv.Itoa(i+1))
		if len(e.below) != 2 || e.below["key"] == nil || e.below["value"] == nil {
			return p.malformed(at, "an entry has a key and a value")
		}
		k, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if err := p.value(join(at, "key"), e.below["key"], k); err != nil {
			return err
		}
		if out.MapIndex(k).IsValid() {
			return p.malformed(at, "the key is given more than once")
		}
		if err := p.value(join(at, "value"), e.below["value"], value); err != nil {
			return err
		}
		out.SetMapIndex(k, value)
	}
	v.Set(out)
	return nil
}
