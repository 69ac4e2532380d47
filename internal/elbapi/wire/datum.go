package wire

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
)

// A datum is a value of JSON or CBOR as it was read: nil, bool, string, json.Number, []byte (CBOR only), []any or *object.

// object is a map whose members keep their order. No name is in it twice.
type object struct {
	names  []string
	values map[string]any
}

// add says whether the name is new.
func (o *object) add(name string, value any) bool {
	if _, twice := o.values[name]; twice {
		return false
	}
	o.names = append(o.names, name)
	o.values[name] = value
	return true
}

func newObject() *object { return &object{values: map[string]any{}} }

// fill sets a member to a datum.
func (p Protocol) fill(path string, datum any, v reflect.Value) error {
	kind := v.Kind()
	switch {
	case kind == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return p.fill(path, datum, v.Elem())
	case isScalar(v.Type()):
		return p.scalar(path, datum, v)
	case kind == reflect.Struct:
		o, ok := datum.(*object)
		if !ok {
			return p.malformed(path, "it must be an object")
		}
		return p.object(path, o, v)
	case kind == reflect.Slice:
		list, ok := datum.([]any)
		if !ok {
			return p.malformed(path, "it must be a list")
		}
		return p.sequence(path, list, v)
	case kind == reflect.Map && v.Type().Key().Kind() == reflect.String:
		o, ok := datum.(*object)
		if !ok {
			return p.malformed(path, "it must be an object")
		}
		return p.table(path, o, v)
	}
	return fmt.Errorf("%s: values of type %s are not decoded", path, v.Type())
}

// object fills a structure. A null leaves its member out.
func (p Protocol) object(path string, o *object, v reflect.Value) error {
	fields := p.members(v.Type(), false)
	seen := map[int]bool{}
	for _, name := range o.names {
		at := join(path, clip(name))
		f, ok := p.find(fields, name)
		if !ok {
			return p.unknown(at)
		}
		if seen[f.index] {
			return p.malformed(at, "it is given more than once")
		}
		seen[f.index] = true
		if o.values[name] == nil {
			continue
		}
		if err := p.fill(at, o.values[name], v.Field(f.index)); err != nil {
			return err
		}
	}
	return nil
}

func (p Protocol) sequence(path string, list []any, v reflect.Value) error {
	out := reflect.MakeSlice(v.Type(), len(list), len(list))
	for i, e := range list {
		at := join(path, strconv.Itoa(i+1))
		if e == nil {
			return p.malformed(at, "it must not be null")
		}
		if err := p.fill(at, e, out.Index(i)); err != nil {
			return err
		}
	}
	v.Set(out)
	return nil
}

func (p Protocol) table(path string, o *object, v reflect.Value) error {
	out := reflect.MakeMapWithSize(v.Type(), len(o.names))
	for _, name := range o.names {
		at := join(path, clip(name))
		if o.values[name] == nil {
			return p.malformed(at, "it must not be null")
		}
		e := reflect.New(v.Type().Elem()).Elem()
		if err := p.fill(at, o.values[name], e); err != nil {
			return err
		}
		out.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), e)
	}
	v.Set(out)
	return nil
}

func (p Protocol) scalar(path string, datum any, v reflect.Value) error {
	kind := v.Kind()
	switch d := datum.(type) {
	case string:
		if v.Type() == bytesType {
			b, err := base64.StdEncoding.DecodeString(d)
			if err != nil || p != JSON11 {
				return p.malformed(path, "it is not in base64")
			}
			v.SetBytes(b)
			return nil
		}
		if kind == reflect.String {
			return p.setString(path, d, v)
		}
	case []byte:
		if v.Type() == bytesType {
			v.SetBytes(d)
			return nil
		}
	case bool:
		if kind == reflect.Bool {
			v.SetBool(d)
			return nil
		}
	case json.Number:
		if v.Type() == timeType {
			return p.seconds(path, d, v)
		}
		if kind != reflect.String && kind != reflect.Bool && v.Type() != bytesType {
			return p.parse(path, d.String(), v)
		}
	}
	return p.malformed(path, "a value of this kind does not fit %s", kindWord(v.Type()))
}

// seconds reads a time: seconds since 1970, with fractions.
func (p Protocol) seconds(path string, n json.Number, v reflect.Value) error {
	const year9999 = 253402300799
	seconds, err := n.Float64()
	if err != nil || math.IsNaN(seconds) || math.Abs(seconds) > year9999 {
		return p.malformed(path, "%s is not a time in seconds since 1970", clip(n.String()))
	}
	whole, fraction := math.Modf(seconds)
	ms := time.Duration(math.Round(fraction*1000)) * time.Millisecond
	v.Set(reflect.ValueOf(time.Unix(int64(whole), 0).Add(ms).UTC()))
	return nil
}

func kindWord(t reflect.Type) string {
	switch {
	case t == timeType:
		return "a time"
	case t == bytesType:
		return "bytes"
	case t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	}
	return "a number"
}
