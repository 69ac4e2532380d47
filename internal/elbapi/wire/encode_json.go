package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// encodeJSON writes an output or an error as an object.
func encodeJSON(out any) ([]byte, error) {
	v := reflect.Indirect(reflect.ValueOf(out))
	if v.Kind() != reflect.Struct {
		return nil, fmt.Errorf("the output is %T", out)
	}
	var b bytes.Buffer
	if err := jsonObject(&b, v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func jsonObject(b *bytes.Buffer, v reflect.Value) error {
	b.WriteByte('{')
	first := true
	for _, f := range JSON11.members(v.Type(), true) {
		m := v.Field(f.index)
		if absent(m) {
			continue
		}
		jsonName(b, f.name, &first)
		if err := jsonValue(b, m); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	b.WriteByte('}')
	return nil
}

func jsonName(b *bytes.Buffer, name string, first *bool) {
	if !*first {
		b.WriteByte(',')
	}
	*first = false
	jsonString(b, name)
	b.WriteByte(':')
}

// jsonString writes a text. Encoding a string cannot fail: what is not UTF-8 is replaced.
func jsonString(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	b.Truncate(b.Len() - 1) // the line break that Encode adds
}

func jsonValue(b *bytes.Buffer, v reflect.Value) error {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			b.WriteString("null")
			return nil
		}
		v = v.Elem()
	}
	t := v.Type()
	switch {
	case t == timeType:
		at, _ := v.Interface().(time.Time)
		b.WriteString(strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', -1, 64))
	case t == bytesType || t.Kind() == reflect.String:
		jsonString(b, text(v))
	case isScalar(t):
		b.WriteString(text(v))
	case t.Kind() == reflect.Struct:
		return jsonObject(b, v)
	case t.Kind() == reflect.Slice:
		return jsonList(b, v)
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		return jsonMap(b, v)
	default:
		return fmt.Errorf("values of type %s are not encoded", t)
	}
	return nil
}

func jsonList(b *bytes.Buffer, v reflect.Value) error {
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := jsonValue(b, v.Index(i)); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}

func jsonMap(b *bytes.Buffer, v reflect.Value) error {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int { return cmp.Compare(x.String(), y.String()) })
	b.WriteByte('{')
	first := true
	for _, k := range keys {
		jsonName(b, k.String(), &first)
		if err := jsonValue(b, v.MapIndex(k)); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}
