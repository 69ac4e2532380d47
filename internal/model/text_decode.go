package model

import (
	"reflect"
	"strconv"
	"strings"
)

// decode fills v from a node. What names v in errors.
func decode(n *node, v reflect.Value, what string) error {
	switch {
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return decode(n, v.Elem(), what)
	case v.Kind() == reflect.Struct:
		return decodeStruct(n, v, what)
	case v.Kind() == reflect.Slice && !isBytes(v.Type()):
		return decodeList(n, v, what)
	}
	return decodeScalar(n, v, what)
}

func decodeStruct(n *node, v reflect.Value, what string) error {
	if n.kind != mapNode {
		return textError(n.line, "%s must be a map of fields", what)
	}
	fields := fieldsOf(v.Type())
next:
	for i, key := range n.keys {
		for _, f := range fields {
			if f.name == key {
				if err := decode(n.items[i], v.Field(f.index), key); err != nil {
					return err
				}
				continue next
			}
		}
		names := make([]string, len(fields))
		for j, f := range fields {
			names[j] = f.name
		}
		return textError(n.items[i].line, "unknown field %q of %s; there are %s", key, what, strings.Join(names, ", "))
	}
	return nil
}

func decodeList(n *node, v reflect.Value, what string) error {
	t := v.Type().Elem()
	if n.kind == mapNode && isPair(t) {
		out := reflect.MakeSlice(v.Type(), len(n.keys), len(n.keys))
		for i, key := range n.keys {
			out.Index(i).Field(0).SetString(key)
			if err := decodeScalar(n.items[i], out.Index(i).Field(1), key); err != nil {
				return err
			}
		}
		return setList(v, out)
	}
	if n.kind != listNode {
		return textError(n.line, "%s must be a list", what)
	}
	out := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		if err := decode(item, out.Index(i), "a member of "+what); err != nil {
			return err
		}
	}
	return setList(v, out)
}

// setList leaves an empty list nil, as if it had not been given.
func setList(v, list reflect.Value) error {
	if list.Len() > 0 {
		v.Set(list)
	}
	return nil
}

func decodeScalar(n *node, v reflect.Value, what string) error {
	if n.kind != scalarNode {
		return textError(n.line, "%s must be a single value", what)
	}
	switch v.Kind() {
	case reflect.String:
		if !n.quoted && (n.text == "null" || n.text == "~") {
			return textError(n.line, "%s has no value; quote it if the word is meant", what)
		}
		v.SetString(n.text)
	case reflect.Slice:
		if n.text != "" {
			v.SetBytes([]byte(n.text))
		}
	case reflect.Bool:
		if n.quoted || n.text != "true" && n.text != "false" {
			return textError(n.line, "%s must be true or false", what)
		}
		v.SetBool(n.text == "true")
	case reflect.Int, reflect.Int32, reflect.Int64:
		i, err := strconv.ParseInt(n.text, 10, v.Type().Bits())
		if err != nil || n.quoted {
			return textError(n.line, "%s must be a whole number of %d bits", what, v.Type().Bits())
		}
		v.SetInt(i)
	default:
		return textError(n.line, "%s has a type that the text form does not know", what)
	}
	return nil
}
