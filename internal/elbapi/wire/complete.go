package wire

import (
	"path"
	"reflect"
	"strconv"
	"strings"
)

// complete looks for members that must be given and are not, anywhere in an input.
func (p Protocol) complete(at string, v reflect.Value, depth int) error {
	t := v.Type()
	if depth > 2*maxDepth || t == timeType || t == bytesType {
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return p.complete(at, v.Elem(), depth)
	case reflect.Slice:
		word := "member."
		if p != Query {
			word = ""
		}
		for i := range v.Len() {
			if err := p.complete(join(at, word+strconv.Itoa(i+1)), v.Index(i), depth+1); err != nil {
				return err
			}
		}
	case reflect.Struct:
		return p.completeStruct(at, v, depth)
	}
	return nil
}

func (p Protocol) completeStruct(at string, v reflect.Value, depth int) error {
	fields := p.members(v.Type(), false)
	for _, name := range requiredMembers[shapeKey(v.Type())] {
		for _, f := range fields {
			if v.Type().Field(f.index).Name == name && absent(v.Field(f.index)) {
				return p.missing(join(at, f.name))
			}
		}
	}
	for _, f := range fields {
		if err := p.complete(join(at, f.name), v.Field(f.index), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// shapeKey names a structure as the table of required members does: "ec2.Tag" for ec2/types.Tag.
func shapeKey(t reflect.Type) string {
	return path.Base(strings.TrimSuffix(t.PkgPath(), "/types")) + "." + t.Name()
}
